/* ONNX files as generators: ours and PyTorch's give the same pictures as what they were made of; others are refused with
 * the place where they differ. */
#define _GNU_SOURCE
#include "export/onnx_file.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "data/photos.h"
#include "export/imported.h"
#include "gan/export.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "support/damage.h"

static char folder[PATH_BYTES], path[PATH_BYTES];

static void setup(void)
{
    make_folder(folder);
    join(path, folder, "a.onnx");
    gan_parallel_use(1);
}

static void teardown(void)
{
    gan_mem_fail_at(0);
    remove_folder(folder);
}

TestSuite(onnx_import, .init = setup, .fini = teardown);

enum { SIDE = 16 };

/* The largest difference of what two generators make of one picture. */
static double difference(const struct generator *a, const struct generator *b)
{
    float *x = generator_run(a->graph, a->params, SIDE, SIDE), *y = generator_run(b->graph, b->params, SIDE, SIDE);
    double worst = 0;
    for (int i = 0; i < 2 * SIDE * SIDE; i++) worst = fmax(worst, fabs((double)x[i] - (double)y[i]));
    gan_mem_free(x);
    gan_mem_free(y);
    return worst;
}

static void export_onnx(const struct generator *g, const gan_export_opt *o)
{
    gan_generator from = generator_of(g);
    gan_export_report r = { 0 };
    cr_assert_eq(gan_export(path, &from, o, &r), 0, "%s", gan_error_message());
}

static const struct {
    const char *ini;
    int norm; /* of what comes back */
} rows[] = {
    { "[generator]\nmodel = unet\nlevels = 2\nfilters = 1\nnorm = batch\n", GAN_NORM_NONE },
    { "[generator]\nmodel = unet\nlevels = 4\nfilters = 3\nnorm = batch\n", GAN_NORM_NONE },
    { "[generator]\nmodel = unet\nlevels = 3\nfilters = 2\nnorm = none\n", GAN_NORM_NONE },
    { "[generator]\nmodel = unet\nlevels = 3\nfilters = 2\nnorm = instance\n", GAN_NORM_INSTANCE },
    { "[generator]\nmodel = resnet\nblocks = 2\nfilters = 2\nnorm = batch\n", GAN_NORM_NONE },
    { "[generator]\nmodel = resnet\nblocks = 1\nfilters = 2\nnorm = instance\ndropout = 0.5\n", GAN_NORM_INSTANCE },
};
enum { ROWS = sizeof rows / sizeof *rows };

static void come_back(const gan_export_opt *o, double tolerance)
{
    for (int i = 0; i < ROWS; i++) {
        struct generator g = generator_new(rows[i].ini), back;
        export_onnx(&g, o);
        cr_assert_eq(import_file(path, NULL, &back), 0, "%s%s", rows[i].ini, gan_error_message());
        cr_expect_eq(back.config.generator.norm, rows[i].norm, "%s", rows[i].ini);
        cr_expect_leq(difference(&g, &back), tolerance, "%s%g", rows[i].ini, difference(&g, &back));
        generator_free(&back);
        generator_free(&g);
    }
}

Test(onnx_import, what_is_exported_makes_the_same_pictures)
{
    come_back(&(gan_export_opt){ 0 }, 1e-6);
}

/* What surrounds the network in the file is left away. */
Test(onnx_import, also_with_colour_conversion_and_padding_around_it)
{
    come_back(&(gan_export_opt){ .io = GAN_IO_RGB }, 1e-6);
    come_back(&(gan_export_opt){ .io = GAN_IO_RGB, .h = 17, .w = 23 }, 1e-6);
}

Test(onnx_import, sixteen_bits_are_read)
{
    come_back(&(gan_export_opt){ .fp16 = 1 }, 8e-3); /* sixteen roundings of weights, one after the other: 2^-11 each */
}

Test(onnx_import, norms_of_each_picture_with_scale_and_shift_are_refused)
{
    struct generator g = generator_new(rows[0].ini);
    export_onnx(&g, &(gan_export_opt){ .norm = GAN_FREEZE_INSTANCE });
    expect_refused(path, NULL, "at our 'dec1.instancenorm': an instance norm with scale or shift, which ours has not");
    generator_free(&g);
}

Test(onnx_import, another_norm_than_the_file_has_is_refused)
{
    struct generator g = generator_new(rows[0].ini);
    export_onnx(&g, &(gan_export_opt){ 0 });
    expect_refused(path, &(gan_import_opt){ .norm = "batch" },
                   "its norm is 'none', not 'batch': it has none, or they are folded into its convolutions");
    generator_free(&g);
}

/* PyTorch's, in the corpus of the fuzzer */

static struct generator of_corpus(const char *name)
{
    struct generator g;
    char from[PATH_BYTES];
    join(from, GAN_SOURCE_DIR "/tests/fuzz/corpus/onnx", name);
    cr_assert_eq(import_file(from, NULL, &g), 0, "%s", gan_error_message());
    return g;
}

/* One file has all its norms, the other those behind deconvolutions only: folding ours gives the same pictures. */
Test(onnx_import, half_folded_files_of_pytorch_are_folded)
{
    struct generator whole = of_corpus("torch_unet_unfolded.onnx"), folded = of_corpus("torch_unet.onnx");
    cr_expect_eq(whole.config.generator.norm, GAN_NORM_BATCH);
    cr_expect_eq(folded.config.generator.norm, GAN_NORM_NONE);
    cr_expect_leq(difference(&whole, &folded), 1e-6, "%g", difference(&whole, &folded));
    generator_free(&whole);
    generator_free(&folded);
}

Test(onnx_import, resnets_of_pytorch)
{
    struct generator batch = of_corpus("torch_resnet.onnx"), instance = of_corpus("torch_resnet_instance.onnx");
    cr_expect_str_eq(batch.config.generator.model, "resnet");
    cr_expect_eq(batch.config.generator.blocks, 1);
    cr_expect_eq(batch.config.generator.norm, GAN_NORM_NONE);
    cr_expect_eq(instance.config.generator.norm, GAN_NORM_INSTANCE);
    generator_free(&batch);
    generator_free(&instance);
}

/* Changed files */

/* PyTorch's U-Net with `from` replaced by `to`, of the same length, at its nth place from 0. */
static void put_changed(const char *name, const void *from, const void *to, size_t bytes, int nth)
{
    size_t n;
    char source[PATH_BYTES];
    join(source, GAN_SOURCE_DIR "/tests/fuzz/corpus/onnx", name);
    unsigned char *file = file_bytes(source, &n), *at = file;
    while ((at = memmem(at, n - (size_t)(at - file), from, bytes)) && nth-- > 0) at++;
    cr_assert(at, "nothing to change");
    memcpy(at, to, bytes);
    put_bytes(path, file, n);
    free(file);
}

Test(onnx_import, networks_that_differ_are_refused_where_they_do)
{
    static const struct {
        const char *from, *to;
        int nth;
        const char *why;
    } changes[] = {
        { "\"\x04Tanh", "\"\x04Sinh", 0, "it has no Tanh at the end of a generator" },
        { "\"\x04Relu", "\"\x04Selu", 0, "the file has Selu there" },
        { "\"\x06"
          "Concat",
          "\"\x06"
          "Stack?",
          0, "the file has Stack? there" },
        { "pads@\x01@\x01", "pads@\x02@\x01", 0, "another stride, padding, dilation or group" },
        { "strides@\x02@\x02", "strides@\x01@\x02", 0, "another stride, padding, dilation or group" },
        { "group\x18\x01", "group\x18\x02", 0, "another stride, padding, dilation or group" },
        { "alpha\x15\xcd\xcc\x4c\x3e", "alpha\x15\xcd\xcc\x4c\x3f", 0, "another activation" },
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        put_changed("torch_unet_unfolded.onnx", changes[i].from, changes[i].to, strlen(changes[i].from),
                    changes[i].nth);
        expect_refused(path, NULL, changes[i].why);
    }
}

/* Ours cannot have it, but it can be folded. */
Test(onnx_import, norms_with_another_epsilon_are_folded)
{
    struct generator g;
    put_changed("torch_unet_unfolded.onnx", "epsilon\x15\xac\xc5\x27\x37", "epsilon\x15\xac\xc5\x27\x38", 12, 0);
    cr_assert_eq(import_file(path, NULL, &g), 0, "%s", gan_error_message());
    cr_expect_eq(g.config.generator.norm, GAN_NORM_NONE);
    generator_free(&g);
}

/* A file that is cut off within its metadata or between two messages may still be whole enough. */
Test(onnx_import, files_survive_damage)
{
    size_t n;
    unsigned char *bytes = file_bytes(GAN_SOURCE_DIR "/tests/fuzz/corpus/onnx/torch_small.onnx", &n);
    damage_shorten(path, bytes, n, import_any, path);
    damage_flip(path, bytes, n, import_any, path);
    free(bytes);
    bytes = file_bytes(GAN_SOURCE_DIR "/tests/fuzz/corpus/onnx/gan.onnx", &n);
    damage_shorten(path, bytes, n, import_any, path);
    free(bytes);
}

Test(onnx_import, every_allocation_may_fail)
{
    struct generator g;
    put_changed("torch_unet.onnx", "", "", 0, 0);
    for (uint64_t nth = 1;; nth++) {
        gan_mem_fail_at(nth);
        int failed = import_file(path, NULL, &g);
        gan_mem_fail_at(0);
        if (!failed) {
            cr_expect_gt(nth, 20);
            generator_free(&g);
            break;
        }
        cr_assert_lt(nth, 10000);
    }
}

/* Protobuf by hand: messages that repeat */

struct text {
    unsigned char *bytes;
    size_t n;
};

static void add(struct text *t, const void *bytes, size_t n)
{
    t->bytes = realloc(t->bytes, t->n + n + 16);
    memcpy(t->bytes + t->n, bytes, n);
    t->n += n;
}

static void add_varint(struct text *t, uint64_t value)
{
    unsigned char byte;
    for (; value > 127; value >>= 7) {
        byte = (unsigned char)(value | 128);
        add(t, &byte, 1);
    }
    byte = (unsigned char)value;
    add(t, &byte, 1);
}

static void add_field(struct text *t, unsigned number, const void *bytes, size_t n)
{
    add_varint(t, number << 3 | 2);
    add_varint(t, n);
    add(t, bytes, n);
}

/* A model of that graph */
static void put_model(struct text *graph)
{
    struct text model = { NULL, 0 };
    add(&model, "\x08\x07", 2);
    add_field(&model, 7, graph->bytes, graph->n);
    put_bytes(path, model.bytes, model.n);
    free(model.bytes);
    free(graph->bytes);
}

static void add_op(struct text *graph, const char *type, const char *input, const char *weights, const char *output)
{
    struct text op = { NULL, 0 };
    add_field(&op, 1, input, strlen(input));
    if (weights) add_field(&op, 1, weights, strlen(weights));
    add_field(&op, 2, output, strlen(output));
    add_field(&op, 4, type, strlen(type));
    add_field(graph, 1, op.bytes, op.n);
    free(op.bytes);
}

/* A chain of Identity that every one of as many deconvolutions would follow to its end. */
Test(onnx_import, long_chains_take_little_time)
{
    enum { LINKS = 4000 };
    static const char weights[] = "\x08\x01\x08\x01\x08\x01\x08\x01\x10\x01\x42\x01w\x4a\x04"
                                  "abcd";
    struct text graph = { NULL, 0 };
    char from[16] = "w", to[16];
    add_field(&graph, 5, weights, sizeof weights - 1);
    for (int i = 1; i <= LINKS; i++) {
        snprintf(to, sizeof to, "w%d", i);
        add_op(&graph, "Identity", from, NULL, to);
        memcpy(from, to, sizeof from);
    }
    for (int i = 0; i < LINKS; i++) add_op(&graph, "ConvTranspose", "x", to, "z");
    add_op(&graph, "ConvTranspose", "x", "w", "y");
    add_op(&graph, "Tanh", "y", NULL, "out");
    put_model(&graph);
    clock_t begin = clock();
    expect_refused(path, NULL, "unet");
    cr_expect_lt((double)(clock() - begin) / CLOCKS_PER_SEC, 1);
}

Test(onnx_import, more_parts_than_any_network_has_are_refused)
{
    struct text graph = { NULL, 0 };
    for (int i = 0; i < 20000; i++) add_op(&graph, "Relu", "x", NULL, "x");
    put_model(&graph);
    expect_refused(path, NULL, "parts of one kind");
}

Test(onnx_import, messages_that_are_none_are_refused)
{
    static const struct {
        const char *bytes, *why;
        size_t n;
    } messages[] = {
        { "\x08\x07\x00", "it has no graph", 2 },
        { "\x08\x07\x3a\x00", "it has no graph", 4 },
        { "\x08\x07\x3a\x7f\x00", "its protobuf is cut off", 5 },
        { "\x08\x07\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "its protobuf is cut off", 13 },
        { "\x08\x07\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "its protobuf is damaged", 14 },
        { "\x08\x07\x3b\x00\x00", "a field of the unknown kind 3", 5 },
        { "\x08\x07\x3a\x02\x0a\x00", "it has no Tanh", 6 },
    };
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        put_bytes(path, messages[i].bytes, messages[i].n);
        expect_refused(path, NULL, messages[i].n == 2 ? "" : messages[i].why);
    }
}

/* Dimensions whose product is no size, or not that of the data */
Test(onnx_import, absurd_constants_are_refused)
{
    static const struct {
        const char *bytes, *why;
        size_t n;
    } tensors[] = {
        { "\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x10\x01", "are too large", 20 },
        { "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10\x01", "are too large", 13 },
        { "\x08\x64\x10\x01", "do not fit its data", 4 },
        { "\x08\x02\x10\x01\x4a\x04"
          "abcd",
          "do not fit its data", 10 },
        { "\x0a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01\x10\x01", "more than 8 dimensions", 13 },
        { "\x10\x01\x70\x01", "its data are in another file", 4 },
    };
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        struct text graph = { NULL, 0 };
        add_field(&graph, 5, tensors[i].bytes, tensors[i].n);
        put_model(&graph);
        expect_refused(path, NULL, tensors[i].why);
    }
}

/* Models that only their configuration tells: convolutions with more zeros at the far end, upsampling, also behind tanh. */
Test(onnx_import, of_other_models_comes_back)
{
    static const char *const models[] = { "model = alpha", "model = beta", "norm = none\ndecoder = nearest" };
    static const gan_export_opt options[] = { { 0 }, { .io = GAN_IO_RGB }, { .h = 36, .w = 40 } };
    for (size_t i = 0; i < 9; i++) {
        char ini[128];
        struct generator g, back;
        snprintf(ini, sizeof ini, "[generator]\n%s\nlevels = 2\nfilters = 4\n", models[i / 3]);
        g = generator_new(ini);
        export_onnx(&g, &options[i % 3]);
        cr_assert_eq(import_file(path, NULL, &back), 0, "%s%s", ini, gan_error_message());
        expect_same_values(&g, back.graph, back.params);
        generator_free(&back);
        generator_free(&g);
    }
}
