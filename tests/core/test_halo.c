/* The halo of a network against what cutting its input does: far enough from the cut nothing changes, and one row nearer
 * something does. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "gan/layers.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "gan/plan.h"
#include "support/rig.h"

enum { SEED = 7 };

/* A network, and how its input is cut: rows and columns, at this one of them. */
struct sight {
    const char *name;
    gan_id (*build)(gan_graph *g, gan_id x);
    int halo, reach; /* the halo counts the worse side of every layer; a cut may reach less far */
};

static gan_id conv3(gan_graph *g, gan_id x)
{
    return gan_conv(g, "c", x, (gan_conv_opt){ .oc = 3, .k = 3, .stride = 1, .pad = 1 });
}

static gan_id down(gan_graph *g, gan_id x, const char *name)
{
    return gan_conv(g, name, x, (gan_conv_opt){ .oc = 8, .k = 4, .stride = 2, .pad = 1 });
}

static gan_id up(gan_graph *g, gan_id x, const char *name)
{
    return gan_deconv(g, name, x, (gan_conv_opt){ .oc = 3, .k = 4, .stride = 2, .pad = 1 });
}

static gan_id one_level(gan_graph *g, gan_id x)
{
    return up(g, gan_tanh(g, "t", down(g, x, "d1")), "u1");
}

static gan_id two_levels(gan_graph *g, gan_id x)
{
    gan_id a = down(g, x, "d1"), b = gan_batchnorm(g, "n", up(g, down(g, a, "d2"), "u2"), 1e-5f);
    return up(g, gan_concat(g, "j", gan_dropout(g, "drop", a, 0.5f), b), "u1");
}

static gan_id odd_deconv(gan_graph *g, gan_id x)
{
    gan_id y = gan_conv(g, "d", x, (gan_conv_opt){ .oc = 8, .k = 3, .stride = 2, .pad = 1 });
    return gan_deconv(g, "u", y, (gan_conv_opt){ .oc = 2, .k = 3, .stride = 2, .pad = 1, .out_pad = 1 });
}

static gan_id mirrored(gan_graph *g, gan_id x)
{
    return gan_conv(g, "c", gan_reflectpad(g, "p", x, 3), (gan_conv_opt){ .oc = 2, .k = 7, .stride = 1 });
}

static gan_id enlarged(gan_graph *g, gan_id x)
{
    return conv3(g, gan_upsample(g, "u", gan_lrelu(g, "l", down(g, x, "d"), 0.2f), 2));
}

static gan_id residual(gan_graph *g, gan_id x)
{
    return gan_add(g, "sum", conv3(g, x), gan_conv(g, "e", x, (gan_conv_opt){ .oc = 3, .k = 1, .stride = 1 }));
}

/* As Keras pads: nothing above, a row below. */
static gan_id padded_at_the_end(gan_graph *g, gan_id x)
{
    gan_id t = gan_conv(g, "d", x, (gan_conv_opt){ .oc = 3, .k = 3, .stride = 2, .far = 1 });
    return conv3(g, gan_upsample(g, "u", t, 2));
}

static gan_id dilated(gan_graph *g, gan_id x)
{
    return gan_conv(g, "d", x, (gan_conv_opt){ .oc = 3, .k = 3, .stride = 1, .pad = 3, .dilation = 3 });
}

static gan_id pooled(gan_graph *g, gan_id x)
{
    return gan_upsample(g, "u", gan_maxpool(g, "pool", conv3(g, x), 3, 2), 2);
}

static gan_id enlarged_linearly(gan_graph *g, gan_id x)
{
    return gan_bilinear(g, "u", down(g, down(g, x, "d1"), "d2"), 4);
}

static const struct sight sights[] = {
    { "conv", conv3, 1, 1 },
    { "one level", one_level, 3, 3 },
    { "two levels", two_levels, 7, 7 },
    { "odd", odd_deconv, 3, 2 },
    { "mirrored", mirrored, 3, 3 },
    { "enlarged", enlarged, 3, 3 },
    { "residual", residual, 1, 1 },
    { "padded at the end", padded_at_the_end, 3, 3 },
    { "dilated", dilated, 3, 3 },
    { "pooled", pooled, 2, 2 },
    { "enlarged linearly", enlarged_linearly, 6, 6 },
};
enum { SIGHTS = sizeof sights / sizeof *sights, SIDE = 48, CUT = 16, REST = SIDE - CUT };

static gan_graph *graph_of(const struct sight *s)
{
    gan_graph *g = gan_graph_new(s->name);
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 1, SIDE, SIDE });
    cr_assert_geq(gan_graph_output(g, "y", s->build(g, x)), 0, "%s", gan_error_message());
    return g;
}

/* h * w samples of the picture from (top, left) on through the network; owned. */
static float *run(const gan_graph *g, gan_params *w, const float *picture, int top, int left, int height, int width)
{
    gan_id in = gan_graph_input_at(g, 0), out = gan_graph_output_at(g, 0);
    gan_plan *p = gan_plan_new(g, w, &(gan_plan_opt){ .batch = 1, .h = height, .w = width });
    float *x = rig_floats((size_t)height * (size_t)width);
    for (int y = 0; y < height; y++)
        memcpy(x + y * width, picture + (top + y) * SIDE + left, (size_t)width * sizeof *x);
    cr_assert(p && !gan_plan_bind(p, NULL, 0), "%s", gan_error_message());
    gan_plan_put(p, in, 0, 1, x);
    cr_assert_eq(gan_plan_run(p, GAN_FWD, (gan_step_key){ 0 }), 0);
    gan_shape s = gan_plan_shape(p, out);
    cr_assert(s.h == height && s.w == width);
    float *y = rig_floats((size_t)s.c * (size_t)s.h * (size_t)s.w);
    memcpy(y, gan_plan_dst(p, out), (size_t)s.c * (size_t)s.h * (size_t)s.w * sizeof *y);
    gan_mem_free(x);
    gan_plan_free(p);
    return y;
}

/* How many rows next to the cut differ: of the part below it, and of the part above. */
static void count_spoilt(const struct sight *s, int columns, int *below, int *above)
{
    gan_graph *g = graph_of(s);
    gan_params *w = gan_params_new(g, 0);
    float *picture = rig_numbers(SEED, SIDE * SIDE);
    int h = columns ? SIDE : REST, v = columns ? REST : SIDE, at = columns ? CUT : 0;
    gan_params_init(w, SEED, 0, 0.5);
    float *whole = run(g, w, picture, 0, 0, SIDE, SIDE);
    float *last = run(g, w, picture, columns ? 0 : CUT, at, h, v), *first = run(g, w, picture, 0, 0, h, v);
    *below = *above = 0;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < v; x++) {
            int i = columns ? x : y;
            float a = whole[(y + CUT - at) * SIDE + x + at], b = last[y * v + x];
            float c = whole[y * SIDE + x], d = first[y * v + x];
            if (fabsf(a - b) > 1e-5f && i + 1 > *below) *below = i + 1;
            if (fabsf(c - d) > 1e-5f && REST - i > *above) *above = REST - i;
        }
    float *all[] = { picture, whole, last, first };
    for (size_t i = 0; i < 4; i++) gan_mem_free(all[i]);
    gan_params_free(w);
    gan_graph_free(g);
}

Test(halo, is_as_far_as_a_cut_reaches)
{
    for (int i = 0; i < SIGHTS; i++)
        for (int columns = 0; columns < 2; columns++) {
            gan_graph *g = graph_of(&sights[i]);
            int halo, below, above;
            cr_assert_eq(gan_graph_halo(g, &halo), 0, "%s", gan_error_message());
            cr_expect_eq(halo, sights[i].halo, "%s: %d", sights[i].name, halo);
            count_spoilt(&sights[i], columns, &below, &above);
            cr_expect_eq(below > above ? below : above, sights[i].reach, "%s: %d below, %d above", sights[i].name,
                         below, above);
            gan_graph_free(g);
        }
}

static gan_id with_instancenorm(gan_graph *g, gan_id x)
{
    return gan_instancenorm(g, "norm", conv3(g, x), 1e-5f);
}

static gan_id with_mean(gan_graph *g, gan_id x)
{
    gan_id t = conv3(g, x);
    return gan_shift(g, "sum", t, gan_avgpool(g, "mean", t));
}

static gan_id with_crop(gan_graph *g, gan_id x)
{
    return gan_crop(g, "cut", conv3(g, x), 9, 9);
}

Test(halo, of_what_depends_on_the_whole_picture_there_is_none)
{
    static const struct sight refused[] = { { "norm", with_instancenorm, 0, 0 },
                                            { "cut", with_crop, 0, 0 },
                                            { "mean", with_mean, 0, 0 } };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        gan_graph *g = graph_of(&refused[i]);
        int halo;
        cr_assert_eq(gan_graph_halo(g, &halo), -1);
        cr_assert(strstr(gan_error_message(), "depends on the whole picture"), "%s", gan_error_message());
        cr_assert(strstr(gan_error_message(), refused[i].name), "%s", gan_error_message());
        gan_graph_free(g);
    }
}

static gan_id far(gan_graph *g, gan_id x)
{
    for (int i = 0; i < 17; i++) x = gan_upsample(g, "up", i ? x : conv3(g, x), 2);
    return x;
}

Test(halo, beyond_any_picture_is_refused)
{
    gan_graph *g = gan_graph_new("far");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 1, 1, 1 });
    cr_assert_geq(gan_graph_output(g, "y", far(g, x)), 0, "%s", gan_error_message());
    int halo;
    cr_assert_eq(gan_graph_halo(g, &halo), -1);
    cr_assert(strstr(gan_error_message(), "looks further"), "%s", gan_error_message());
    gan_graph_free(g);
}

/* Those that have an instance norm, and those that see a classifier's scores. */
static int depends_on_the_whole(const gan_model_def *m, int norm)
{
    static const char *const normed[] = { "unet", "resnet", "zhang" }, *const scored[] = { "full", "fusion" };
    for (size_t i = 0; i < sizeof scored / sizeof *scored; i++)
        if (!strcmp(m->name, scored[i])) return 1;
    for (size_t i = 0; i < sizeof normed / sizeof *normed; i++)
        if (!strcmp(m->name, normed[i])) return norm == GAN_NORM_INSTANCE;
    return 0;
}

/* Every generator of the table: either it can be cut, or it says why not. */
Test(halo, every_generator_has_one_or_says_why)
{
    for (const gan_model_def *const *m = gan_model_all(); *m; m++) {
        if ((*m)->kind != GAN_GENERATOR) continue;
        for (int norm = GAN_NORM_BATCH; norm <= GAN_NORM_INSTANCE; norm++) {
            gan_model_opt o = { .in = 1, .out = 2, .filters = 4, .levels = 3, .blocks = 2, .norm = norm, .size = 64 };
            gan_graph *g = gan_model_build(*m, "gen", &o);
            int halo, failed;
            cr_assert(g, "%s: %s", (*m)->name, gan_error_message());
            failed = gan_graph_halo(g, &halo);
            cr_expect_eq(failed ? 1 : 0, depends_on_the_whole(*m, norm), "%s", (*m)->name);
            cr_expect(failed || halo > 0);
            gan_graph_free(g);
        }
    }
}
