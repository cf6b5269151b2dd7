/* Convolution and deconvolution in many shapes, all three passes, as a plan runs them against the reference. Each is run
 * right behind the input, which is plain, and behind another convolution, whose output may be blocked. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "base/simd.h"
#include "gan/layers.h"
#include "support/rig.h"

static const double TOLERANCE = 1e-5;

enum { CONV, DECONV };

static const struct geometry {
    int kind, k, stride, pad, out_pad, h, w, dilation, far;
} geometries[] = {
    { CONV, 1, 1, 0, 0, 3, 5, 1, 0 },    { CONV, 1, 2, 0, 0, 4, 5, 1, 0 },   { CONV, 3, 1, 1, 0, 5, 4, 1, 0 },
    { CONV, 3, 1, 0, 0, 5, 4, 1, 0 },    { CONV, 3, 2, 1, 0, 6, 5, 1, 0 },   { CONV, 4, 2, 1, 0, 8, 6, 1, 0 },
    { CONV, 4, 2, 1, 0, 7, 5, 1, 0 },    { CONV, 4, 1, 1, 0, 5, 6, 1, 0 },   { CONV, 4, 2, 1, 0, 2, 2, 1, 0 },
    { CONV, 7, 1, 3, 0, 5, 4, 1, 0 },    { CONV, 7, 1, 0, 0, 9, 8, 1, 0 },   { CONV, 4, 2, 3, 0, 3, 2, 1, 0 },
    { DECONV, 1, 1, 0, 0, 3, 5, 1, 0 },  { DECONV, 3, 1, 1, 0, 4, 5, 1, 0 }, { DECONV, 3, 2, 1, 1, 3, 4, 1, 0 },
    { DECONV, 3, 2, 1, 0, 3, 4, 1, 0 },  { DECONV, 4, 2, 1, 0, 3, 5, 1, 0 }, { DECONV, 4, 2, 1, 0, 1, 1, 1, 0 },
    { DECONV, 4, 2, 1, 1, 3, 2, 1, 0 },  { DECONV, 4, 1, 1, 0, 3, 4, 1, 0 }, { DECONV, 7, 1, 3, 0, 4, 5, 1, 0 },
    { DECONV, 2, 2, 0, 1, 3, 2, 1, 0 },  { DECONV, 4, 2, 0, 0, 2, 3, 1, 0 }, { CONV, 3, 1, 2, 0, 7, 6, 2, 0 },
    { CONV, 3, 1, 4, 0, 6, 9, 4, 0 },    { CONV, 3, 2, 1, 0, 9, 8, 2, 0 },   { CONV, 3, 2, 0, 0, 6, 4, 1, 1 },
    { CONV, 4, 1, 0, 0, 6, 5, 1, 3 },    { CONV, 3, 1, 1, 0, 8, 8, 2, 2 },   { DECONV, 4, 2, 1, 0, 2, 6, 1, 0 },
    { DECONV, 4, 2, 1, 0, 3, 13, 1, 0 }, { CONV, 4, 2, 1, 0, 4, 20, 1, 0 },  { CONV, 3, 1, 1, 0, 3, 9, 1, 0 },
    { CONV, 4, 1, 1, 0, 2, 12, 1, 0 },   { CONV, 4, 1, 1, 0, 12, 13, 1, 0 }, { CONV, 4, 1, 1, 0, 8, 9, 2, 0 },
    { CONV, 4, 2, 1, 0, 9, 8, 2, 0 },
};

static const struct channels {
    int ic, oc;
} channels[] = { { 1, 2 },   { 3, 16 },  { 16, 3 },  { 2, 20 }, { 20, 8 }, { 16, 16 }, { 32, 64 },
                 { 64, 32 }, { 24, 48 }, { 48, 24 }, { 1, 1 },  { 32, 1 }, { 8, 24 } };

static gan_id layer(gan_graph *g, const char *name, gan_id x, const struct geometry *at, int oc, int bias)
{
    gan_conv_opt o = { .oc = oc,
                       .k = at->k,
                       .stride = at->stride,
                       .pad = at->pad,
                       .out_pad = at->out_pad,
                       .bias = bias,
                       .dilation = at->dilation,
                       .far = at->far };
    return at->kind == CONV ? gan_conv(g, name, x, o) : gan_deconv(g, name, x, o);
}

static void compare(const struct geometry *at, const struct channels *c, int behind, int batch, int bias)
{
    gan_graph *g = gan_graph_new("conv");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, behind ? 3 : c->ic, at->h, at->w });
    if (behind) x = gan_conv(g, "before", x, (gan_conv_opt){ .oc = c->ic, .k = 1, .stride = 1 });
    gan_graph_output(g, "y", layer(g, "l", x, at, c->oc, bias));
    struct rig r = rig_new(g, (gan_plan_opt){ .batch = batch, .flags = GAN_GRAD_PARAMS, .input_diffs = RIG_ALL });
    rig_run(&r);
    rig_expect(&r, TOLERANCE, "%s k%d s%d p%d+%d d%d of %dx%d, %d -> %d channels, %s, batch %d",
               at->kind == CONV ? "conv" : "deconv", at->k, at->stride, at->pad, at->out_pad + at->far, at->dilation,
               at->w, at->h, c->ic, c->oc, behind ? "behind a convolution" : "behind the input", batch);
    rig_free(&r);
}

static void compare_all(int kind, int behind)
{
    int turn = 0;
    for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++)
        for (size_t k = 0; k < sizeof channels / sizeof *channels && geometries[i].kind == kind; k++, turn++)
            compare(&geometries[i], &channels[k], behind, turn % 3 ? 1 : 3, turn % 2);
}

Test(conv, agrees_with_the_reference_behind_an_input)
{
    compare_all(CONV, 0);
}

Test(conv, agrees_with_the_reference_behind_a_convolution)
{
    compare_all(CONV, 1);
}

Test(deconv, agrees_with_the_reference_behind_an_input)
{
    compare_all(DECONV, 0);
}

Test(deconv, agrees_with_the_reference_behind_a_convolution)
{
    compare_all(DECONV, 1);
}

/* Only what is asked for is computed, and it is the same. */
Test(conv, computes_either_gradient_alone)
{
    for (unsigned wanted = 0; wanted < 4; wanted++)
        for (int kind = CONV; kind <= DECONV; kind++) {
            gan_graph *g = gan_graph_new("conv");
            gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 16, 6, 6 });
            gan_graph_output(g, "y", layer(g, "l", x, &(struct geometry){ kind, 4, 2, 1, 0, 6, 6, 1, 0 }, 32, 1));
            struct rig r =
                rig_new(g, (gan_plan_opt){ .flags = wanted & 1 ? GAN_GRAD_PARAMS : 0, .input_diffs = wanted >> 1 });
            rig_run(&r);
            rig_expect(&r, TOLERANCE, "kind %d, wanted %u", kind, wanted);
            unsigned data = 0, weights = 0;
            for (int i = 0; i < gan_plan_ops(r.p); i++) {
                data += strstr(gan_plan_op_at(r.p, i).label, "bwd_data") != NULL;
                weights += strstr(gan_plan_op_at(r.p, i).label, "bwd_weights") != NULL;
            }
            cr_expect(data == wanted >> 1 && weights == (wanted & 1));
            rig_free(&r);
        }
}

/* Every pass is a kernel of our own for small pictures only, and those share one layout of weights: the tables above hold
 * both. Compiled for the plainest machine, sums are left to oneDNN. */
static void expect_small(int kind, int small)
{
    int w = (small ? 2 : 10) * (kind == CONV ? 2 : 1), own = 0;
    gan_graph *g = gan_graph_new("conv");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 3, 4, w });
    x = gan_conv(g, "before", x, (gan_conv_opt){ .oc = 16, .k = 1, .stride = 1 });
    gan_graph_output(g, "y", layer(g, "l", x, &(struct geometry){ kind, 4, 2, 1, 0, 4, w, 1, 0 }, 32, 0));
    struct rig r = rig_new(g, (gan_plan_opt){ .batch = 2, .flags = GAN_GRAD_PARAMS });
    char weights[3][32] = { { 0 } };
    for (int i = 0; i < gan_plan_ops(r.p); i++) {
        gan_plan_op op = gan_plan_op_at(r.p, i);
        if (!op.convolution || strncmp(op.label, "l.", 2) || strcmp(op.kernel, "own")) continue;
        cr_assert(own < 3 && sscanf(op.layouts, "%*s %31s", weights[own]) == 1, "%s", op.layouts);
        cr_expect_str_eq(weights[own++], weights[0], "%s", op.label);
    }
    cr_expect_eq(own, !small ? 0 : GAN_SIMD_LEVELS ? 3 : 1, "kind %d, width %d: %d", kind, w, own);
    rig_free(&r);
}

Test(conv, has_kernels_of_its_own_for_small_pictures)
{
    for (int kind = CONV; kind <= DECONV; kind++)
        for (int small = 0; small < 2; small++) expect_small(kind, small);
}
