/* What `gan export` writes of trained generators gives the same numbers in the plain C runtime as in gan itself. */
#define _GNU_SOURCE
#include "runtime/gan_infer.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "data/photos.h"
#include "gan/colour.h"
#include "gan/error.h"
#include "gan/export.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "gan/plan.h"
#include "gan/recipes.h"
#include "gan/scene.h"
#include "support/squeezenet.h"

enum { SIZE = 32, BATCH = 2, BATCHES = 4, STEPS = 24, PIXELS = SIZE * SIZE };

static char folder[PATH_BYTES], path[PATH_BYTES], classifier[PATH_BYTES];
static gan_image shown; /* what the trained generators see: 256 x 256 */

static void setup(void)
{
    make_folder(folder);
    join(path, folder, "a.onnx");
    join(classifier, folder, "classifier");
    cr_assert_eq(squeezenet_write(classifier), 0, "%s", gan_error_message());
    cr_assert_eq(gan_scene_draw(&shown, 2, 0, 256), 0);
}

static void teardown(void)
{
    remove_folder(folder);
    gan_image_release(&shown);
}

TestSuite(runtime_export, .init = setup, .fini = teardown);

static gan_recipe *new_recipe(const char *model, const char *option)
{
    gan_config c;
    char text[2 * PATH_BYTES];
    snprintf(text, sizeof text,
             "[data]\nsize = %d\n[generator]\nmodel = %s\nfilters = 4\nlevels = 4\nblocks = 2\nfeatures = %s\n%s\n"
             "[train]\nrecipe = regression\nbatch = %d\n",
             SIZE, model, classifier, option, BATCH);
    cr_assert_eq(gan_config_parse(&c, "test", text, 0, NULL), 0, "%s", gan_error_message());
    gan_recipe *r = gan_recipe_new(gan_recipe_find(c.train.recipe), &c);
    cr_assert(r, "%s", gan_error_message());
    return r;
}

static void draw(uint64_t number, float *x, float *y)
{
    gan_image scene;
    cr_assert_eq(gan_scene_draw(&scene, 1, number, SIZE), 0);
    gan_lab_normalise(scene.rgb, PIXELS, x, y);
    gan_image_release(&scene);
}

static gan_recipe *train(const char *model, const char *option)
{
    static float x[BATCHES][BATCH * PIXELS], y[BATCHES][BATCH * 2 * PIXELS];
    double loss[GAN_MAX_LOSSES];
    gan_recipe *r = new_recipe(model, option);
    for (uint64_t i = 0; i < BATCHES * BATCH; i++)
        draw(i, x[i / BATCH] + i % BATCH * PIXELS, y[i / BATCH] + i % BATCH * 2 * PIXELS);
    for (int step = 0; step < STEPS; step++) {
        gan_batch b = { .n = BATCH, .size = SIZE, .x = x[step % BATCHES], .y = y[step % BATCHES] };
        cr_assert_eq(gan_recipe_step(r, &b, 2e-3, loss), 0, "%s", gan_error_message());
    }
    return r;
}

/* The scene over and over, in the colours of the interface. */
static float *make_input(enum gan_io io, gan_shape s)
{
    size_t plane = (size_t)s.h * (size_t)s.w;
    float *x = gan_mem_alloc((size_t)s.n * (size_t)s.c * plane, sizeof *x);
    cr_assert(x);
    for (int i = 0; i < s.n * s.h * s.w; i++) {
        int row = i / s.w % s.h % 256, col = i % s.w % 256;
        const uint8_t *rgb = shown.rgb + 3 * (row * 256 + col);
        size_t at = (size_t)i / plane * (size_t)s.c * plane + (size_t)i % plane;
        if (io == GAN_IO_LAB)
            gan_lab_normalise(rgb, 1, &x[at], NULL);
        else
            for (size_t c = 0; c < 3; c++) x[at + c * plane] = (float)rgb[c] / 255;
    }
    return x;
}

static void compare(const gan_frozen *f, gan_infer *m, enum gan_io io, gan_shape s, double tolerance, const char *what)
{
    const gan_infer_info *info = gan_infer_get_info(m);
    s.c = info->in_channels;
    size_t n = (size_t)s.n * (size_t)info->out_channels * (size_t)s.h * (size_t)s.w;
    float *x = make_input(io, s), *y = gan_mem_alloc(n, sizeof *y);
    gan_plan *p = gan_plan_new(f->graph, f->params, &(gan_plan_opt){ .batch = s.n, .h = s.h, .w = s.w });
    cr_assert(y && p && !gan_plan_bind(p, NULL, 0), "%s", gan_error_message());
    gan_plan_put(p, gan_graph_input_at(f->graph, 0), 0, s.n, x);
    cr_assert_eq(gan_plan_run(p, GAN_FWD, (gan_step_key){ 0 }), 0, "%s", gan_error_message());
    cr_assert_eq(gan_infer_run(m, s.n, s.h, s.w, x, y), 0, "%s", gan_infer_error(m));
    const float *expected = gan_plan_dst(p, gan_graph_output_at(f->graph, 0));
    double worst = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, isnan(y[i]) ? HUGE_VAL : fabs((double)y[i] - expected[i]));
        largest = fmax(largest, fabs(expected[i]));
    }
    cr_expect_leq(worst, tolerance, "%s at %d x %d: %g", what, s.w, s.h, worst);
    cr_expect_gt(largest, 0.01, "%s: a picture without colours shows nothing", what);
    gan_plan_free(p);
    gan_mem_free(x);
    gan_mem_free(y);
}

static int has_classifier(const gan_graph *g)
{
    for (int i = 0; i < gan_graph_params(g); i++)
        if (!strncmp(gan_graph_param(g, i)->name, "squeeze_", strlen("squeeze_"))) return 1;
    return 0;
}

static void check_export(const gan_generator *from, const gan_export_opt *o, const char *what)
{
    static const gan_shape sizes[] = { { 1, 0, 64, 64 }, { 2, 0, 96, 160 }, { 1, 0, 256, 256 } };
    const size_t asked = has_classifier(from->graph) ? 2 : 3; /* it takes its time */
    const double tolerance = o->io == GAN_IO_LAB ? 1e-5 : 5e-5;
    char why[GAN_INFER_ERROR_BYTES] = "";
    gan_export_report report;
    gan_exported e;
    cr_assert_eq(gan_export(path, from, o, &report), 0, "%s", gan_error_message());
    cr_assert_eq(gan_exported_open(&e, path), 0, "%s", gan_error_message());
    gan_infer *m = gan_infer_open(path, why, sizeof why);
    cr_assert(m, "%s: %s", what, why);
    cr_expect_eq(gan_infer_get_info(m)->multiple, e.multiple);
    cr_expect_eq(gan_infer_get_info(m)->io, o->io == GAN_IO_LAB ? GAN_INFER_LAB : GAN_INFER_RGB);
    if (o->h) compare(&e.frozen, m, o->io, (gan_shape){ 1, 0, o->h, o->w }, tolerance, what);
    for (size_t i = 0; !o->h && i < asked; i++) compare(&e.frozen, m, o->io, sizes[i], tolerance, what);
    gan_infer_close(m);
    gan_exported_release(&e);
}

static void check_model(const char *model, const char *option)
{
    static const struct {
        const char *name;
        gan_export_opt o;
        int always; /* else of the U-Net and the ResNet only */
    } ways[] = {
        { "lab", { .io = GAN_IO_LAB }, 1 },
        { "lab, statistics of the picture", { .io = GAN_IO_LAB, .norm = GAN_FREEZE_INSTANCE }, 0 },
        { "rgb", { .io = GAN_IO_RGB }, 0 },
        { "lab of one size", { .io = GAN_IO_LAB, .h = 255, .w = 257 }, 0 },
        { "rgb of one size", { .io = GAN_IO_RGB, .h = 255, .w = 257 }, 1 },
        { "16 bits", { .io = GAN_IO_LAB, .fp16 = 1 }, 1 },
    };
    int thorough = !strcmp(model, "unet") || !strcmp(model, "resnet");
    gan_recipe *r = train(model, option);
    gan_generator from = { .config = &r->config, .graph = r->net[0].graph, .params = r->net[0].params };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char what[128];
        if (!thorough && !ways[i].always) continue;
        snprintf(what, sizeof what, "%s, %s, %s", model, option, ways[i].name);
        check_export(&from, &ways[i].o, what);
    }
    gan_recipe_free(r);
}

Test(runtime_export, equals_gan_for_every_generator)
{
    static const struct {
        const char *model, *option;
    } more[] = { { "unet", "norm = instance" },
                 { "unet", "decoder = nearest" },
                 { "resnet", "norm = instance" },
                 { "fusion", "embedding = map" } };
    for (int i = 0; gan_model_all()[i]; i++) {
        const gan_model_def *model = gan_model_all()[i];
        if (model->kind != GAN_GENERATOR) continue;
        check_model(model->name, "norm = batch");
        for (size_t k = 0; k < sizeof more / sizeof *more; k++)
            if (!strcmp(more[k].model, model->name)) check_model(model->name, more[k].option);
    }
}
