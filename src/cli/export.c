/* gan export: a checkpoint's generator as a file for other programs. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "export/tensors.h"
#include "gan/checkpoint.h"
#include "gan/export.h"
#include "gan/log.h"

struct options {
    const char *output, *norm, *io, *size;
    int fp16;
};

#define AT(field) offsetof(struct options, field)
static const gan_flag flags[] = {
    { "output", 'o', GAN_FLAG_TEXT, AT(output), "FILE", .required = 1, .help = "file; its ending is the format" },
    { "norm", 0, GAN_FLAG_TEXT, AT(norm), "HOW", .help = "running, instance or recalibrate:DIR; default: running" },
    { "io", 0, GAN_FLAG_TEXT, AT(io), "WHAT", .help = "lab, rgb, or native of other tasks; default: lab or native" },
    { "size", 0, GAN_FLAG_TEXT, AT(size), "HxW", .help = "one size, padded inside; default: any multiple" },
    { "fp16", 0, GAN_FLAG_SWITCH, AT(fp16), .help = "weights as 16-bit floats" },
    { 0 },
};

static const gan_syntax syntax = {
    .name = "export",
    .arguments = "CHECKPOINT -o FILE",
    .help =
        "Freezes the generator of CHECKPOINT (the moving average of its weights if there is one) and writes it for\n"
        "other programs. Batch norm is folded into convolutions: by its running statistics; by those of each\n"
        "picture (instance), which stays a norm; or by running statistics taken anew over a folder of photographs\n"
        "(recalibrate). The file holds its own proof, which 'gan info --verify' checks.",
    .flags = flags,
    .least = 1,
    .most = 1,
    .computes = 1,
};

/* What --norm names; *folder: of recalibrate. */
static int parse_norm(const char *text, gan_export_opt *o, const char **folder)
{
    static const char recalibrate[] = "recalibrate:";
    *folder = NULL;
    if (!text || !strcmp(text, "running")) return 0;
    if (!strcmp(text, "instance")) {
        o->norm = GAN_FREEZE_INSTANCE;
        return 0;
    }
    if (strncmp(text, recalibrate, strlen(recalibrate)) != 0 || !text[strlen(recalibrate)])
        return gan_usage_error(&syntax, "norm: '%s' is not running, instance or recalibrate:DIR", text);
    *folder = text + strlen(recalibrate);
    return 0;
}

static int parse_io(const char *text, gan_export_opt *o)
{
    if (!text || !gan_io_find(text, &o->io)) return 0;
    return gan_usage_error(&syntax, "io: '%s' is not lab, rgb or native", text);
}

static int parse_size(const char *text, gan_export_opt *o)
{
    enum { MOST = 16384 };
    char rest;
    if (!text) return 0;
    if (strspn(text, "0123456789x") == strlen(text) && sscanf(text, "%5dx%5d%c", &o->h, &o->w, &rest) == 2 &&
        o->h > 1 && o->w > 1 && o->h <= MOST && o->w <= MOST)
        return 0;
    return gan_usage_error(&syntax, "size: '%s' is not HxW, height and width of 2 to %d", text, MOST);
}

static void show_progress(void *ctx, const gan_progress *p)
{
    gan_bar_show(ctx, p);
}

static int recalibrate(const gan_config *c, const gan_graph *g, gan_params *w, const char *folder)
{
    gan_dataset *d = gan_dataset_open(folder);
    gan_bar bar;
    if (!d) return -1;
    gan_bar_init(&bar, stderr);
    gan_messages_over(&bar);
    int result = gan_recalibrate(g, w, d, (int)c->data.size, (int)c->train.batch, show_progress, &bar);
    gan_messages_over(NULL);
    gan_bar_finish(&bar);
    gan_dataset_free(d);
    return result;
}

static void print_report(const struct options *o, const gan_export_report *r)
{
    gan_print_visible(o->output, stdout);
    printf(": %zu parameters, %d batch norms folded, %d dropouts dropped\n", r->parameters, r->folded, r->dropped);
    if (r->kept)
        printf("note: %d norms are not folded: they use the statistics of each picture, or follow no convolution\n",
               r->kept);
}

static int check_kind(const char *path)
{
    const gan_tensor_reader *r = gan_tensors_reader(path);
    if (!r || r == &gan_safetensors_reader) return 0; /* what else is wrong is said where it is read */
    return gan_error("'%s' is %s, no checkpoint: 'gan import' makes one of it", path, r->name);
}

static int export(const char *checkpoint, const struct options *o, const char *folder, gan_export_opt *opt)
{
    static gan_config config; /* large */
    gan_graph *g = NULL;
    gan_params *w = NULL;
    gan_export_report r;
    const gan_export_format *format = gan_export_format_of(o->output);
    if (!format || gan_check_output(checkpoint, o->output)) return -1;
    if (check_kind(checkpoint) || gan_checkpoint_generator(checkpoint, &config, &g, &w)) return -1;
    if (!o->io && format->options & GAN_EXPORT_IO) opt->io = gan_io_usual(&config);
    int result = folder ? recalibrate(&config, g, w, folder) : 0;
    if (!result) result = gan_export(o->output, &(gan_generator){ &config, g, w }, opt, &r);
    if (!result) print_report(o, &r);
    gan_params_free(w);
    gan_graph_free(g);
    return result;
}

int gan_cmd_export(int argc, char **argv)
{
    struct options o = { 0 };
    gan_export_opt opt = { 0 };
    gan_arguments a;
    const char *folder;
    int end = gan_parse(&syntax, argc, argv, &o, &a);
    if (end >= 0) return end;
    end = parse_norm(o.norm, &opt, &folder);
    if (!end) end = parse_io(o.io, &opt);
    if (!end) end = parse_size(o.size, &opt);
    if (end) return end;
    opt.recalibrated = folder;
    opt.fp16 = o.fp16;
    return export(a.item[0], &o, folder, &opt) ? gan_failed() : GAN_EXIT_DONE;
}
