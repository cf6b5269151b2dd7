/* What a model may be: checkpoints, frozen networks, plain weights; and what is none of them. */
#define _GNU_SOURCE
#include <criterion/criterion.h>

#include <math.h>
#include <unistd.h>

#include "colorize/models.h"
#include "colorize/trained.h"
#include "gan/layers.h"
#include "gan/mem.h"

enum { SIZE = 64, N = 2, H = 64, W = 128 };

static const char config[] = "[data]\nsize = 64\n"
                             "[generator]\nfilters = 4\nlevels = 4\ninit = 0.15\n"
                             "[train]\nrecipe = regression\nbatch = 1\n";

static char folder[PATH_BYTES];
static float x[N * H * W], wanted[2 * N * H * W], got[2 * N * H * W];

static void run(const char *path, float *y)
{
    gan_colorizer *c = gan_colorizer_open(path);
    cr_assert(c, "%s: %s", path, gan_error_message());
    cr_expect_eq(gan_colorizer_config(c)->data.size, SIZE, "%s", path);
    cr_expect_eq(gan_colorizer_multiple(c), 16, "%s", path);
    cr_assert_eq(gan_colorizer_run(c, N, H, W, x, y), 0, "%s", gan_error_message());
    gan_colorizer_free(c);
}

static void setup(void)
{
    char path[PATH_BYTES];
    make_folder(folder);
    join(path, folder, "model.safetensors");
    save_model(path, config);
    for (int i = 0; i < N * H * W; i++) x[i] = sinf((float)(i * i % 107));
    run(path, wanted);
}

static void teardown(void)
{
    gan_mem_fail_at(0);
    remove_folder(folder);
}

TestSuite(trained, .init = setup, .fini = teardown);

static void export_to(const char *path, const gan_export_opt *o)
{
    char checkpoint[PATH_BYTES];
    join(checkpoint, folder, "model.safetensors");
    export_model(path, checkpoint, o);
}

Test(trained, every_export_colours_as_the_checkpoint_does)
{
    static const struct {
        const char *name;
        gan_export_opt o;
        double tolerance;
    } files[] = {
        { "plain.safetensors", { 0 }, 1e-6 },
        { "plain.pth", { 0 }, 1e-6 },
        { "lab.onnx", { 0 }, 1e-5 },
        { "rgb.onnx", { .io = GAN_IO_RGB }, 1e-5 },
        { "fixed.onnx", { .h = 50, .w = 70 }, 1e-5 },
        { "both.onnx", { .io = GAN_IO_RGB, .h = 64, .w = 64 }, 1e-5 },
        { "half.onnx", { .fp16 = 1 }, 2e-2 },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[PATH_BYTES];
        join(path, folder, files[i].name);
        export_to(path, &files[i].o);
        run(path, got);
        for (int k = 0; k < 2 * N * H * W; k++)
            cr_assert_float_eq(got[k], wanted[k], files[i].tolerance, "%s: %g, not %g", path, got[k], wanted[k]);
    }
}

/* Batch norm frozen as instance norm is another network, which only the file's own graph can tell. */
Test(trained, a_network_frozen_to_instance_norm_is_taken_as_it_is)
{
    char path[PATH_BYTES];
    gan_trained t;
    join(path, folder, "instance.onnx");
    export_to(path, &(gan_export_opt){ .norm = GAN_FREEZE_INSTANCE });
    run(path, got);
    cr_assert_eq(gan_trained_open(&t, path), 0, "%s", gan_error_message());
    int norms = 0;
    for (int i = 0; i < gan_graph_nodes(t.graph); i++) {
        const gan_node *nd = gan_graph_node(t.graph, i);
        norms += nd->def && !strncmp(gan_layer_name(nd->def), "instancenorm", 12);
    }
    cr_assert_gt(norms, 0);
    gan_trained_release(&t);
}

static void expect_refused(const char *path)
{
    gan_trained t;
    cr_assert_eq(gan_trained_open(&t, path), -1, "%s", path);
    cr_assert(strstr(gan_error_message(), path), "%s", gan_error_message());
    cr_assert(!t.graph && !t.params);
}

Test(trained, what_is_no_model_is_refused)
{
    static const char *const names[] = { "absent", "text.onnx", "text.pth", "text.safetensors" };
    char path[PATH_BYTES];
    for (size_t i = 0; i < 4; i++) {
        if (i) put_text(folder, names[i], "no model, but long enough to have a head of its own");
        join(path, folder, names[i]);
        expect_refused(path);
    }
    expect_refused(folder);
}

/* A file may hold any graph beside any configuration, and callers make room for what the configuration says. */
Test(trained, networks_of_other_channels_than_their_task_are_refused)
{
    static const int channels[][2] = { { 1, 3 }, { 3, 2 }, { 1, 100 } };
    for (size_t i = 0; i < 3; i++) {
        gan_trained t = { .multiple = 1, .graph = gan_graph_new("other") };
        gan_config_defaults(&t.config);
        gan_id in = gan_graph_input(t.graph, "x", (gan_shape){ 1, channels[i][0], SIZE, SIZE });
        gan_conv_opt o = { .oc = channels[i][1], .k = 1, .stride = 1 };
        cr_assert_geq(gan_graph_output(t.graph, "y", gan_conv(t.graph, "y", in, o)), 0, "%s", gan_error_message());
        t.params = gan_params_new(t.graph, 0);
        cr_assert_null(gan_colorizer_of(&t));
        cr_expect(strstr(gan_error_message(), "channels"), "%s", gan_error_message());
        cr_assert(!t.graph && !t.params);
    }
}

/* Twice the sides, then 64x64 of them: fits at 64, and would be more than what is asked for at 32. */
Test(trained, networks_that_make_other_sizes_than_they_see_are_refused)
{
    gan_trained t = { .multiple = 1, .graph = gan_graph_new("other") };
    gan_config_defaults(&t.config);
    gan_id y = gan_upsample(t.graph, "up", gan_graph_input(t.graph, "x", (gan_shape){ 1, 1, SIZE, SIZE }), 2);
    y = gan_crop(t.graph, "cut", gan_conv(t.graph, "y", y, (gan_conv_opt){ .oc = 2, .k = 1, .stride = 1 }), SIZE, SIZE);
    cr_assert_geq(gan_graph_output(t.graph, "y", y), 0, "%s", gan_error_message());
    t.params = gan_params_new(t.graph, 0);
    gan_colorizer *c = gan_colorizer_of(&t);
    cr_assert(c, "%s", gan_error_message());
    cr_expect_eq(gan_colorizer_run(c, 1, SIZE, SIZE, x, got), 0, "%s", gan_error_message());
    cr_expect_eq(gan_colorizer_run(c, 1, SIZE / 2, SIZE / 2, x, got), -1);
    cr_expect(strstr(gan_error_message(), "64x64 of 32x32"), "%s", gan_error_message());
    gan_colorizer_free(c);
}

Test(trained, files_that_end_early_are_refused)
{
    static const char *const names[] = { "cut.safetensors", "cut.pth", "cut.onnx" };
    for (size_t i = 0; i < 3; i++) {
        char path[PATH_BYTES];
        struct stat s;
        join(path, folder, names[i]);
        export_to(path, &(gan_export_opt){ 0 });
        cr_assert_eq(stat(path, &s), 0);
        for (int part = 6; part >= 0; part--) { /* beyond lie an ONNX file's texts, without some of which it is one */
            cr_assert_eq(truncate(path, s.st_size * part / 8), 0);
            expect_refused(path);
        }
    }
}

Test(trained, lack_of_memory_anywhere_is_an_error)
{
    char path[PATH_BYTES];
    join(path, folder, "lab.onnx");
    export_to(path, &(gan_export_opt){ 0 });
    uint64_t n = 0;
    for (int failed = -1; failed;) {
        gan_trained t;
        gan_mem_fail_at(++n);
        failed = gan_trained_open(&t, path);
        gan_mem_fail_at(0);
        cr_assert(!failed || *gan_error_message());
        gan_trained_release(&t);
    }
    cr_assert_gt(n, 10);
}
