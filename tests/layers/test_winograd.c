/* Winograd's algorithm for 4x4 convolutions without stride: every pass agrees with the reference, with blocks of 16 and of 8
 * channels, for every pad, whatever lies over the last tiles' edges, in one chunk of tiles or several. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/simd.h"
#include "core/build.h"
#include "gan/layers.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/tuning.h"
#include "support/rig.h"

/* Of the largest value. With hundreds of channels the largest errors are a third of that; a wrong factor or a pixel too
 * few is off by more than 1e-3. */
static const double TOLERANCE = 1e-5;

enum { WAYS = 3, THREADS = 3 }; /* among the usual way and the first two others of a pass is winograd */

static const struct layer {
    int ic, oc, h, w, pad, batch;
} layers[] = {
    { 32, 32, 8, 9, 1, 2 }, { 64, 32, 5, 6, 0, 3 }, { 32, 96, 7, 7, 1, 1 },   { 32, 64, 4, 4, 0, 1 },
    { 32, 32, 3, 2, 2, 5 }, { 32, 32, 1, 6, 3, 2 }, { 32, 32, 30, 29, 1, 2 },
};
enum { LAYERS = sizeof layers / sizeof *layers, MANY_TILES = LAYERS - 1 }; /* more than a thread takes at once */

static gan_graph *graph(const struct layer *l)
{
    gan_graph *g = gan_graph_new("winograd");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 3, l->h, l->w });
    x = gan_conv(g, "before", x, (gan_conv_opt){ .oc = l->ic, .k = 1, .stride = 1 });
    x = gan_conv(g, "l", x, (gan_conv_opt){ .oc = l->oc, .k = 4, .stride = 1, .pad = l->pad, .bias = 1 });
    gan_graph_output(g, "y", gan_lrelu(g, "act", x, 0.2f));
    return g;
}

/* Way number n of each pass, without a cache. */
static gan_tuning *way(int n)
{
    setenv("GAN_TUNING_CACHE", "", 1);
    gan_tuning *t = gan_tuning_new(GAN_TUNE_FULL);
    cr_assert(t, "%s", gan_error_message());
    gan_tuning_force(t, n);
    return t;
}

static struct rig rig(const struct layer *l, gan_tuning *t)
{
    return rig_new(graph(l),
                   (gan_plan_opt){ .batch = l->batch, .flags = GAN_GRAD_PARAMS, .input_diffs = RIG_ALL, .tuning = t });
}

/* The passes that are computed so, as bits 1 << enum gan_conv_kind. */
static unsigned by_winograd(const gan_plan *p)
{
    static const char *const passes[] = { [GAN_CONV_FWD] = "l.conv fwd",
                                          [GAN_CONV_BWD_DATA] = "l.conv bwd_data",
                                          [GAN_CONV_BWD_WEIGHTS] = "l.conv bwd_weights" };
    unsigned found = 0;
    for (int i = 0; i < gan_plan_ops(p); i++)
        for (int k = 0; k < 3 && !strcmp(gan_plan_op_at(p, i).kernel, "winograd"); k++)
            if (!strncmp(gan_plan_op_at(p, i).label, passes[k], strlen(passes[k]))) found |= 1u << k;
    return found;
}

static unsigned agrees(const struct layer *l, int n)
{
    gan_tuning *t = way(n);
    struct rig r = rig(l, t);
    unsigned passes = by_winograd(r.p);
    rig_run(&r);
    rig_expect(&r, TOLERANCE, "%d pictures of %dx%d, %d -> %d channels, pad %d, way %d", l->batch, l->w, l->h, l->ic,
               l->oc, l->pad, n);
    rig_free(&r);
    gan_tuning_free(t);
    return passes;
}

static void expect_all_agree(void)
{
    for (int i = 0; i < LAYERS; i++) {
        unsigned passes = 0;
        gan_parallel_use(1 + i % THREADS);
        for (int n = 0; n < WAYS; n++) passes |= agrees(&layers[i], n);
        cr_expect_eq(passes, 7, "layer %d: passes %u", i, passes);
    }
}

Test(winograd, agrees_with_the_reference)
{
    expect_all_agree();
}

Test(winograd, agrees_with_the_reference_in_blocks_of_8)
{
    setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
    cr_assert_eq(gan_block_of(32), 8);
    expect_all_agree();
}

static float *results(int n, int threads, size_t *count)
{
    gan_tuning *t = way(n);
    gan_parallel_use(threads);
    struct rig r = rig(&layers[MANY_TILES], t);
    rig_plan(&r);
    float *out = rig_results(&r, count);
    rig_free(&r);
    gan_tuning_free(t);
    return out;
}

Test(winograd, two_runs_have_the_same_bits)
{
    for (int n = 0; n < WAYS; n++)
        for (int threads = 1; threads <= THREADS; threads++) {
            size_t count;
            float *a = results(n, threads, &count), *b = results(n, threads, &count);
            cr_expect(!memcmp(a, b, count * sizeof *a), "way %d, %d threads", n, threads);
            gan_mem_free(a);
            gan_mem_free(b);
        }
}

/* Where it is the usual way. */

static unsigned usual(const struct layer *l, enum gan_math math)
{
    struct rig r = rig_new(
        graph(l), (gan_plan_opt){ .batch = l->batch, .flags = GAN_GRAD_PARAMS, .input_diffs = RIG_ALL, .math = math });
    unsigned passes = by_winograd(r.p);
    rig_free(&r);
    return passes;
}

Test(winograd, is_usual_for_many_channels_and_tiles)
{
    unsigned all = GAN_SIMD_LEVELS ? 7 : 0;
    cr_expect_eq(usual(&(struct layer){ 64, 64, 33, 33, 1, 1 }, GAN_MATH_F32), all);
    cr_expect_eq(usual(&(struct layer){ 128, 256, 8, 8, 1, 32 }, GAN_MATH_F32), all);
    cr_expect_eq(usual(&(struct layer){ 64, 64, 9, 9, 1, 1 }, GAN_MATH_F32), 0, "few tiles");
    cr_expect_eq(usual(&(struct layer){ 16, 64, 33, 33, 1, 1 }, GAN_MATH_F32), 0, "few channels");
    cr_expect_eq(usual(&(struct layer){ 64, 80, 33, 33, 1, 1 }, GAN_MATH_F32), 0, "half a panel");
    cr_expect_eq(usual(&(struct layer){ 64, 64, 33, 33, 1, 1 }, GAN_MATH_BF16_EMULATED),
                 all & 1u << GAN_CONV_BWD_WEIGHTS, "operands are rounded");
}

/* Gradients in pieces */

enum { SIZE = 32 * 32 * 16 }; /* weights of layers[0] */

struct taken {
    int param;       /* whose gradient is looked at */
    float *grad;     /* in its own layout */
    unsigned *count; /* how often each float came in a piece */
};

static void take(void *ctx, int param, const float *diff)
{
    struct taken *t = ctx;
    if (param == t->param && diff) memcpy(t->grad, diff, SIZE * sizeof *diff);
}

static void take_piece(void *ctx, int param, size_t begin, size_t end, const float *diff)
{
    struct taken *t = ctx;
    if (param != t->param) return;
    cr_assert(begin < end && end <= SIZE);
    memcpy(t->grad + begin, diff, (end - begin) * sizeof *diff);
    for (size_t i = begin; i < end; i++) t->count[i]++; /* nobody else's floats */
}

static int param_of(const gan_graph *g, size_t count)
{
    int i = 0;
    while (i < gan_graph_params(g) && gan_graph_param(g, i)->count != count) i++;
    cr_assert(i < gan_graph_params(g));
    return i;
}

/* 1 if Winograd's algorithm made the gradient. */
static unsigned gradient(int n, gan_grad_piece *piece, struct taken *to)
{
    gan_tuning *t = way(n);
    gan_graph *g = graph(&layers[0]);
    gan_params *w = gan_params_new(g, 0);
    cr_assert(w, "%s", gan_error_message());
    gan_params_init(w, 1, 0, 0.1);
    to->param = param_of(g, SIZE);
    gan_plan *p = gan_plan_new(
        g, w,
        &(gan_plan_opt){ .batch = 2, .flags = GAN_GRAD_PARAMS, .ready = take, .piece = piece, .ctx = to, .tuning = t });
    cr_assert(p && !gan_plan_bind(p, NULL, 0), "%s", gan_error_message());
    gan_id x = gan_graph_input_at(g, 0), y = gan_graph_output_at(g, 0);
    gan_shape in = gan_plan_shape(p, x), out = gan_plan_shape(p, y);
    float *picture = rig_numbers(1, (size_t)(in.n * in.c * in.h * in.w));
    size_t outs = (size_t)(out.n * out.c * out.h * out.w);
    float *diff = rig_numbers(2, outs);
    gan_plan_put(p, x, 0, in.n, picture);
    cr_assert(!gan_plan_run(p, GAN_FWD, (gan_step_key){ 0, 0 }), "%s", gan_error_message());
    memcpy(gan_plan_diff(p, y), diff, outs * sizeof *diff);
    cr_assert(!gan_plan_run(p, GAN_BWD, (gan_step_key){ 0, 0 }), "%s", gan_error_message());
    unsigned own = by_winograd(p) >> GAN_CONV_BWD_WEIGHTS & 1;
    gan_mem_free(picture);
    gan_mem_free(diff);
    gan_plan_free(p);
    gan_params_free(w);
    gan_graph_free(g);
    gan_tuning_free(t);
    return own;
}

Test(winograd, gives_its_gradient_in_pieces_of_the_same_bits)
{
    static float whole[SIZE], pieces[SIZE];
    static unsigned count[SIZE];
    unsigned own = 0;
    gan_parallel_use(2);
    for (int n = 0; n < WAYS; n++) {
        memset(count, 0, sizeof count);
        gradient(n, NULL, &(struct taken){ .grad = whole });
        if (!gradient(n, take_piece, &(struct taken){ .grad = pieces, .count = count })) continue;
        own++;
        for (int i = 0; i < SIZE; i++) cr_assert_eq(count[i], 1, "float %d came %u times", i, count[i]);
        cr_expect(!memcmp(whole, pieces, sizeof whole));
    }
    cr_expect(own);
}
