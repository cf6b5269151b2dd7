/* Adam against the loop of the paper in double: moments, bias corrections, the moving average, packed copies. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "core/params.h"
#include "gan/adam.h"
#include "gan/layers.h"
#include "gan/mem.h"
#include "gan/plan.h"
#include "support/rig.h"

enum { SIDE = 6, STEPS = 5 };

static const gan_adam ADAM = { .lr = 3e-3, .beta1 = 0.5, .beta2 = 0.999, .eps = 1e-8, .ema = 0.9 };

/* 40 to 24 channels: with parameters of more than one grain of packing, and layouts that pad. */
static gan_graph *graph(void)
{
    gan_graph *g = gan_graph_new("g");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 20, SIDE, SIDE });
    gan_id t = gan_conv(g, "a", x, (gan_conv_opt){ .oc = 48, .k = 3, .stride = 1, .pad = 1, .bias = 1 });
    t = gan_relu(g, "a", gan_batchnorm(g, "a", t, 1e-5f));
    t = gan_deconv(g, "b", t, (gan_conv_opt){ .oc = 24, .k = 4, .stride = 2, .pad = 1, .bias = 1 });
    t = gan_conv(g, "c", gan_tanh(g, "b", t), (gan_conv_opt){ .oc = 3, .k = 3, .stride = 1, .pad = 1, .bias = 1 });
    gan_graph_output(g, "y", t);
    cr_assert(!gan_graph_failed(g), "%s", gan_error_message());
    return g;
}

struct model {
    gan_graph *g;
    gan_params *w;
    gan_plan *p;
};

static void update(void *ctx, int i, const float *diff)
{
    gan_adam_param(ctx, &ADAM, i, diff);
}

static struct model model_new(unsigned blocks, int by_callback)
{
    struct model m = { .g = graph() };
    m.w = gan_params_new(m.g, blocks);
    cr_assert(m.w, "%s", gan_error_message());
    gan_params_init(m.w, 3, 1, 0.1);
    gan_plan_opt o = { .batch = 2, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS, .input_diffs = RIG_ALL };
    if (by_callback) {
        o.ready = update;
        o.ctx = m.w;
    }
    m.p = gan_plan_new(m.g, m.w, &o);
    cr_assert(m.p && !gan_plan_bind(m.p, NULL, 0), "%s", gan_error_message());
    return m;
}

static void model_free(struct model *m)
{
    gan_plan_free(m->p);
    gan_params_free(m->w);
    gan_graph_free(m->g);
}

/* Forward and backward; with a callback that updates. */
static void run(struct model *m, uint64_t seed)
{
    gan_id y = gan_graph_output_at(m->g, 0);
    gan_shape s = gan_plan_shape(m->p, y);
    size_t n = (size_t)(s.n * s.c * s.h * s.w);
    float *x = rig_numbers(seed, (size_t)s.n * 20 * SIDE * SIDE), *diff = rig_numbers(seed + 1, n);
    gan_plan_put(m->p, 0, 0, s.n, x);
    cr_assert(!gan_plan_run(m->p, GAN_FWD, (gan_step_key){ 0, 0 }), "%s", gan_error_message());
    memcpy(gan_plan_diff(m->p, y), diff, n * sizeof *diff);
    cr_assert(!gan_plan_run(m->p, GAN_BWD, (gan_step_key){ 0, 0 }), "%s", gan_error_message());
    gan_mem_free(x);
    gan_mem_free(diff);
}

static float *block_of(struct model *m, int i, enum gan_block b)
{
    float *x = rig_floats(gan_graph_param(m->g, i)->count);
    cr_assert(!gan_params_get(m->w, i, b, x), "%s", gan_error_message());
    return x;
}

/* The paper's loop for one parameter, in canonical order. */
struct reference {
    double *value, *m, *v, *ema;
};

static double *zeros(size_t n)
{
    double *x = gan_mem_alloc(n, sizeof *x);
    cr_assert(x, "%s", gan_error_message());
    return x;
}

static struct reference reference_new(struct model *m, int i)
{
    size_t n = gan_graph_param(m->g, i)->count;
    struct reference r = { zeros(n), zeros(n), zeros(n), zeros(n) };
    float *x = block_of(m, i, GAN_VALUES);
    for (size_t k = 0; k < n; k++) r.value[k] = r.ema[k] = (double)x[k];
    gan_mem_free(x);
    return r;
}

static void reference_free(struct reference *r)
{
    double *all[] = { r->value, r->m, r->v, r->ema };
    for (int i = 0; i < 4; i++) gan_mem_free(all[i]);
}

static void reference_step(struct reference *r, const float *diff, size_t n, int t)
{
    for (size_t k = 0; k < n; k++) {
        double g = (double)diff[k];
        r->m[k] = ADAM.beta1 * r->m[k] + (1 - ADAM.beta1) * g;
        r->v[k] = ADAM.beta2 * r->v[k] + (1 - ADAM.beta2) * g * g;
        double mean = r->m[k] / (1 - pow(ADAM.beta1, t)), square = r->v[k] / (1 - pow(ADAM.beta2, t));
        r->value[k] -= ADAM.lr * mean / (sqrt(square) + ADAM.eps);
        r->ema[k] = ADAM.ema * r->ema[k] + (1 - ADAM.ema) * r->value[k];
    }
}

static void expect_block(struct model *m, int i, enum gan_block b, const double *right, const char *what)
{
    const gan_param *p = gan_graph_param(m->g, i);
    float *got = block_of(m, i, b);
    double distance = rig_distance(got, right, p->count);
    cr_expect(distance < 1e-5, "%s of %s is off by %g", what, p->name, distance);
    gan_mem_free(got);
}

Test(adam, follows_the_paper)
{
    struct model m = model_new(GAN_HAS_GRADS | GAN_HAS_ADAM | GAN_HAS_EMA, 0);
    struct reference r[16];
    int params = gan_graph_params(m.g);
    for (int i = 0; i < params; i++) r[i] = reference_new(&m, i);
    for (int t = 1; t <= STEPS; t++) {
        run(&m, (uint64_t)t);
        for (int i = 0; i < params; i++) {
            if (gan_graph_param(m.g, i)->kind != GAN_TRAINABLE) continue;
            float *diff = block_of(&m, i, GAN_GRADS);
            reference_step(&r[i], diff, gan_graph_param(m.g, i)->count, t);
            gan_mem_free(diff);
        }
        gan_adam_step(m.w, &ADAM);
        cr_expect(gan_params_updates(m.w) == t);
    }
    for (int i = 0; i < params; i++) {
        expect_block(&m, i, GAN_VALUES, r[i].value, "value");
        expect_block(&m, i, GAN_ADAM_M, r[i].m, "m");
        expect_block(&m, i, GAN_ADAM_V, r[i].v, "v");
        expect_block(&m, i, GAN_EMA, r[i].ema, "average");
        reference_free(&r[i]);
    }
    model_free(&m);
}

static void expect_same(struct model *a, struct model *b, enum gan_block block)
{
    for (int i = 0; i < gan_graph_params(a->g); i++) {
        const gan_param *p = gan_graph_param(a->g, i);
        float *x = block_of(a, i, block), *y = block_of(b, i, block);
        cr_expect(!memcmp(x, y, p->count * sizeof *x), "%s", p->name);
        gan_mem_free(x);
        gan_mem_free(y);
    }
}

/* Layer by layer as gradients get ready, which are kept nowhere, or all at the end: the same bits. */
Test(adam, updates_by_callback_as_at_the_end)
{
    struct model a = model_new(GAN_HAS_GRADS | GAN_HAS_ADAM, 0), b = model_new(GAN_HAS_ADAM, 1);
    for (int t = 1; t <= STEPS; t++) {
        run(&a, (uint64_t)t);
        gan_adam_step(a.w, &ADAM);
        gan_adam_begin(b.w);
        run(&b, (uint64_t)t);
    }
    expect_same(&a, &b, GAN_VALUES);
    expect_same(&a, &b, GAN_ADAM_M);
    expect_same(&a, &b, GAN_ADAM_V);
    model_free(&a);
    model_free(&b);
}

/* Forward and the diff of the input read weights in layouts of their own: after updates they see what a plan sees that
 * was given the same values from outside. */
Test(adam, keeps_packed_copies_up_to_date)
{
    struct model a = model_new(GAN_HAS_GRADS | GAN_HAS_ADAM, 0), b = model_new(GAN_HAS_GRADS, 0);
    for (int t = 1; t <= STEPS; t++) {
        run(&a, (uint64_t)t);
        gan_adam_step(a.w, &ADAM);
    }
    for (int i = 0; i < gan_graph_params(a.g); i++) {
        float *x = block_of(&a, i, GAN_VALUES);
        cr_assert(!gan_params_set(b.w, i, GAN_VALUES, x), "%s", gan_error_message());
        gan_mem_free(x);
    }
    run(&a, 99);
    run(&b, 99);
    gan_id y = gan_graph_output_at(a.g, 0);
    gan_shape s = gan_plan_shape(a.p, y);
    size_t n = (size_t)(s.n * s.c * s.h * s.w), nx = 2 * 20 * SIDE * SIDE;
    cr_expect(!memcmp(gan_plan_dst(a.p, y), gan_plan_dst(b.p, y), n * sizeof(float)), "forward");
    float *dx = rig_floats(nx), *dy = rig_floats(nx);
    gan_plan_get_diff(a.p, 0, 0, 2, dx);
    gan_plan_get_diff(b.p, 0, 0, 2, dy);
    cr_expect(!memcmp(dx, dy, nx * sizeof *dx), "diff of the input");
    expect_same(&a, &b, GAN_GRADS);
    gan_mem_free(dx);
    gan_mem_free(dy);
    model_free(&a);
    model_free(&b);
}

/* Only a floating-point 0 keeps padded channels out of every sum, so no update may move it. */
Test(adam, leaves_padding_at_zero)
{
    struct model m = model_new(GAN_HAS_GRADS | GAN_HAS_ADAM | GAN_HAS_EMA, 0);
    size_t padded = 0;
    for (int t = 1; t <= STEPS; t++) {
        run(&m, (uint64_t)t);
        gan_adam_step(m.w, &ADAM);
    }
    for (int b = 0; b < GAN_NBLOCK; b++)
        for (int i = 0; i < gan_graph_params(m.g); i++) {
            float *x = block_of(&m, i, (enum gan_block)b), *raw = gan_params_data(m.w, i, (enum gan_block)b);
            size_t count = gan_graph_param(m.g, i)->count, floats = gan_params_floats(m.w, i), zero = 0, raw_zero = 0;
            for (size_t k = 0; k < count; k++) zero += x[k] == 0;
            for (size_t k = 0; k < floats; k++) raw_zero += raw[k] == 0;
            cr_expect(raw_zero - zero == floats - count, "%s, block %d", gan_graph_param(m.g, i)->name, b);
            padded += floats - count;
            gan_mem_free(x);
        }
    cr_log_info("%zu floats of padding", padded);
    model_free(&m);
}

/* Gradients of several runs add up where a plan says so, and are replaced where it does not. */
Test(adam, gradients_add_where_told)
{
    gan_graph *g = graph();
    for (unsigned add = 0; add < 2; add++) {
        gan_params *w = gan_params_new(g, GAN_HAS_GRADS);
        cr_assert(w, "%s", gan_error_message());
        gan_params_init(w, 3, 1, 0.1);
        struct model m = { g, w, NULL };
        m.p = gan_plan_new(
            g, w, &(gan_plan_opt){ .batch = 2, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS | (add ? GAN_GRAD_ADD : 0) });
        cr_assert(m.p && !gan_plan_bind(m.p, NULL, 0), "%s", gan_error_message());
        run(&m, 5);
        float *once = block_of(&m, 0, GAN_GRADS);
        run(&m, 5);
        float *twice = block_of(&m, 0, GAN_GRADS);
        for (size_t k = 0; k < gan_graph_param(g, 0)->count; k++)
            cr_assert(twice[k] == (float)(add + 1) * once[k], "%g, %g", (double)once[k], (double)twice[k]);
        gan_mem_free(once);
        gan_mem_free(twice);
        gan_plan_free(m.p);
        gan_params_free(w);
    }
    gan_graph_free(g);
}

/* Gradients in pieces: each float once, and the same bits as whole ones. */

struct pieces {
    gan_params *w;
    int *taken[8]; /* per parameter: how often each float came; NULL: it came whole */
};

static void take_piece(void *ctx, int i, size_t begin, size_t end, const float *diff)
{
    struct pieces *p = ctx;
    gan_adam_piece(p->w, &ADAM, i, begin, end, diff);
    for (size_t k = begin; k < end; k++) p->taken[i][k]++; /* nobody else's floats */
}

static void take(void *ctx, int i, const float *diff)
{
    struct pieces *p = ctx;
    if (diff)
        gan_adam_param(p->w, &ADAM, i, diff);
    else
        gan_adam_pieced(p->w, i);
}

/* Convolutions of small pictures both ways. In a large batch oneDNN computes one of their other passes from packed copies. */
static struct model small_pictures(struct pieces *in_pieces, int batch)
{
    struct model m = { .g = gan_graph_new("g") };
    gan_id x = gan_graph_input(m.g, "x", (gan_shape){ 1, 20, SIDE, SIDE });
    gan_id t = gan_conv(m.g, "a", x, (gan_conv_opt){ .oc = 32, .k = 4, .stride = 2, .pad = 1 });
    t = gan_conv(m.g, "b", t, (gan_conv_opt){ .oc = 48, .k = 4, .stride = 1, .pad = 1, .bias = 1 });
    t = gan_deconv(m.g, "c", gan_tanh(m.g, "b", t), (gan_conv_opt){ .oc = 64, .k = 4, .stride = 2, .pad = 1 });
    gan_graph_output(m.g, "y", t);
    m.w = gan_params_new(m.g, GAN_HAS_ADAM | GAN_HAS_EMA);
    cr_assert(m.w, "%s", gan_error_message());
    gan_params_init(m.w, 3, 1, 0.1);
    in_pieces->w = m.w;
    m.p = gan_plan_new(m.g, m.w,
                       &(gan_plan_opt){ .batch = batch,
                                        .flags = GAN_GRAD_PARAMS,
                                        .ready = take,
                                        .piece = in_pieces->taken[0] ? take_piece : NULL,
                                        .ctx = in_pieces });
    cr_assert(m.p && !gan_plan_bind(m.p, NULL, 0), "%s", gan_error_message());
    return m;
}

static int is_piecewise(const int *taken, size_t n)
{
    for (size_t k = 0; k < n; k++) cr_assert_eq(taken[k], taken[0] ? STEPS : 0, "float %zu came %d times", k, taken[k]);
    return taken[0] > 0;
}

static void expect_the_same_in_pieces(int batch)
{
    enum { ROOM = 1 << 17 };
    struct pieces none = { 0 }, all = { 0 };
    for (int i = 0; i < 8; i++) cr_assert(all.taken[i] = gan_mem_alloc(ROOM, sizeof *all.taken[i]));
    struct model a = small_pictures(&none, batch), b = small_pictures(&all, batch);
    for (uint64_t step = 0; step < STEPS; step++) {
        gan_adam_begin(a.w);
        gan_adam_begin(b.w);
        run(&a, step);
        run(&b, step);
    }
    int piecewise = 0;
    for (int i = 0; i < gan_graph_params(a.g); i++) {
        size_t n = gan_graph_param(a.g, i)->count;
        cr_assert(n <= ROOM);
        piecewise += is_piecewise(all.taken[i], n);
        for (enum gan_block k = GAN_VALUES; k < GAN_NBLOCK; k++) {
            if (!gan_params_has(a.w, k)) continue;
            float *x = block_of(&a, i, k), *y = block_of(&b, i, k);
            cr_expect(!memcmp(x, y, n * sizeof *x), "block %d of %s differs", (int)k, gan_graph_param(a.g, i)->name);
            gan_mem_free(x);
            gan_mem_free(y);
        }
    }
    cr_expect(piecewise >= 2, "only %d of the gradients came in pieces", piecewise);
    for (int i = 0; i < 8; i++) gan_mem_free(all.taken[i]);
    model_free(&a);
    model_free(&b);
}

Test(adam, takes_gradients_in_pieces)
{
    expect_the_same_in_pieces(2);
    expect_the_same_in_pieces(100);
}
