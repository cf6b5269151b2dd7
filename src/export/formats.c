/* Which files a generator can be exported to. */
#include "export/formats.h"

#include <stdio.h>
#include <string.h>

static const gan_export_format formats[] = {
    { ".onnx", "ONNX, opset 13, frozen", GAN_EXPORT_NORM | GAN_EXPORT_IO | GAN_EXPORT_SIZE | GAN_EXPORT_FP16,
      gan_export_onnx },
    { ".pth", "state dict of the reference pix2pix code in PyTorch", 0, gan_export_pth },
    { ".safetensors", "weights by the names of the graph", 0, gan_export_safetensors },
    { 0 },
};

static const struct option {
    unsigned bit;
    const char *name;
} options[] = {
    { GAN_EXPORT_NORM, "norm" }, { GAN_EXPORT_IO, "io" }, { GAN_EXPORT_SIZE, "size" }, { GAN_EXPORT_FP16, "fp16" }
};

const gan_export_format *gan_export_formats(void)
{
    return formats;
}

static int ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text), m = strlen(ending);
    return n > m && !strcmp(text + n - m, ending);
}

const gan_export_format *gan_export_format_of(const char *path)
{
    char endings[256] = "";
    for (const gan_export_format *f = formats; f->ending; f++) {
        if (ends_with(path, f->ending)) return f;
        size_t used = strlen(endings);
        snprintf(endings + used, sizeof endings - used, "%s%s", used ? ", " : "", f->ending);
    }
    gan_error("'%s' has the ending of no format that can be written: %s", path, endings);
    return NULL;
}

/* Those that differ from their default. */
static unsigned options_used(const gan_export_opt *o)
{
    unsigned used = 0;
    if (o->norm != GAN_FREEZE_RUNNING) used |= GAN_EXPORT_NORM;
    if (o->io != GAN_IO_LAB) used |= GAN_EXPORT_IO;
    if (o->h || o->w) used |= GAN_EXPORT_SIZE;
    if (o->fp16) used |= GAN_EXPORT_FP16;
    return used;
}

int gan_export(const char *path, const gan_generator *from, const gan_export_opt *o, gan_export_report *r)
{
    const gan_export_format *f = gan_export_format_of(path);
    *r = (gan_export_report){ 0 };
    if (!f) return -1;
    unsigned foreign = options_used(o) & ~f->options;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (foreign & options[i].bit)
            return gan_error("cannot write '%s': %s files know no '%s'", path, f->ending, options[i].name);
    return f->write(path, from, o, r) ? gan_error_in("cannot export '%s'", path) : 0;
}
