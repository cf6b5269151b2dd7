/* gan import: weights that gan or another program wrote, as a checkpoint. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "gan/checkpoint.h"
#include "gan/import.h"

struct options {
    const char *output, *model, *norm;
    int64_t size;
};

#define AT(field) offsetof(struct options, field)
static const gan_flag flags[] = {
    { "output", 'o', GAN_FLAG_TEXT, AT(output), "CHECKPOINT", .required = 1, .help = "file to write" },
    { "model", 0, GAN_FLAG_TEXT, AT(model), "NAME", .help = "what it must be: unet or resnet" },
    { "norm", 0, GAN_FLAG_TEXT, AT(norm), "KIND", .help = "batch, instance or none, where the file cannot tell" },
    { "size", 's', GAN_FLAG_NUMBER, AT(size), "S", 8, 4096, .help = "side of the pictures it was trained at" },
    { 0 },
};

static const gan_syntax syntax = {
    .name = "import",
    .arguments = "FILE -o CHECKPOINT",
    .help = "Makes a checkpoint of a generator that sees L/50-1 and answers with ab/110. FILE is what gan exports, a "
            "state\n"
            "dict of the reference pix2pix code in PyTorch (.pth, or as .safetensors), or the ONNX file that PyTorch\n"
            "makes of it. Nothing in a file is executed. 'gan train CONFIG --init FILE' goes on from it.",
    .flags = flags,
    .least = 1,
    .most = 1,
};

static int print_result(const char *path)
{
    static gan_config c; /* large */
    gan_run_state s;
    if (gan_checkpoint_peek(path, &c, &s)) return -1;
    gan_print_visible(path, stdout);
    printf(": %s of %" PRId64 " filters, taken to be trained at %" PRId64 " pixels\n", c.generator.model,
           c.generator.filters, c.data.size);
    return 0;
}

int gan_cmd_import(int argc, char **argv)
{
    struct options o = { 0 };
    gan_arguments a;
    int end = gan_parse(&syntax, argc, argv, &o, &a);
    if (end >= 0) return end;
    gan_import_opt opt = { .model = o.model, .norm = o.norm, .size = (int)o.size };
    int failed = gan_check_output(a.item[0], o.output) || gan_import_checkpoint(a.item[0], &opt, o.output) ||
                 print_result(o.output);
    return failed ? gan_failed() : GAN_EXIT_DONE;
}
