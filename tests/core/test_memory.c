/* Memory: a warm step allocates nothing, and running out of it at any point is an error that leaks and breaks nothing. */
#include <criterion/criterion.h>

#include <string.h>

#include "gan/adam.h"
#include "gan/layers.h"
#include "gan/mem.h"
#include "gan/plan.h"
#include "support/rig.h"

enum { BATCH = 2, SIDE = 24, ENOUGH = 5000 };

static const gan_adam ADAM = { .lr = 1e-3, .beta1 = 0.5, .beta2 = 0.999, .eps = 1e-8, .ema = 0.99 };

/* Everything that allocates in a way of its own: plain and blocked layouts, reorders, packed weights, small pictures, a
 * placed join and one that copies, sums, dropout, both norms. */
static gan_graph *build(void)
{
    gan_graph *g = gan_graph_new("small");
    if (!g) return NULL;
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 3, SIDE, SIDE });
    gan_id a = gan_conv(g, "a", x, (gan_conv_opt){ .oc = 16, .k = 4, .stride = 2, .pad = 1 });
    a = gan_lrelu(g, "a", gan_batchnorm(g, "a", a, 1e-5f), 0.2f);
    gan_id b =
        gan_relu(g, "b", gan_conv(g, "b", a, (gan_conv_opt){ .oc = 16, .k = 3, .stride = 1, .pad = 1, .bias = 1 }));
    gan_id t = gan_concat(g, "j", gan_relu(g, "r", a), gan_dropout(g, "d", gan_instancenorm(g, "i", b, 1e-5f), 0.5f));
    t = gan_add(g, "s", gan_concat(g, "k", gan_tanh(g, "t", b), a), t);
    gan_id c = gan_conv(g, "c", b, (gan_conv_opt){ .oc = 16, .k = 4, .stride = 4 });
    t = gan_add(g, "v", t, gan_deconv(g, "e", c, (gan_conv_opt){ .oc = 32, .k = 4, .stride = 4 }));
    t = gan_deconv(g, "u", t, (gan_conv_opt){ .oc = 2, .k = 4, .stride = 2, .pad = 1, .bias = 1 });
    if (!gan_graph_output(g, "y", gan_reflectpad(g, "p", t, 1))) return g;
    gan_graph_free(g);
    return NULL;
}

/* A training plan that updates, one that sends a diff to the input, and one at rest of another size. */
struct net {
    gan_graph *g;
    gan_params *w;
    gan_plan *p[3];
};

static void update(void *ctx, int i, const float *diff)
{
    gan_adam_param(ctx, &ADAM, i, diff);
}

static int net_init(struct net *n, unsigned blocks, enum gan_math math)
{
    n->g = build();
    n->w = n->g ? gan_params_new(n->g, GAN_HAS_ADAM | GAN_HAS_EMA | blocks) : NULL;
    if (!n->w) return -1;
    gan_params_init(n->w, 1, 0, 0.1);
    const unsigned train = GAN_GRAD_PARAMS | GAN_BATCH_STATS | GAN_UPDATE_STATS | GAN_DROPOUT;
    gan_plan_opt o[] = { { .batch = BATCH, .flags = train, .ready = update, .ctx = n->w },
                         { .batch = BATCH, .flags = GAN_BATCH_STATS, .input_diffs = 1 },
                         { .batch = 1, .h = 2 * SIDE, .w = 2 * SIDE } };
    for (int i = 0; i < 3; i++) {
        o[i].math = math;
        n->p[i] = gan_plan_new(n->g, n->w, &o[i]);
        if (!n->p[i] || gan_plan_bind(n->p[i], NULL, 0)) return -1;
    }
    return 0;
}

static void net_release(struct net *n)
{
    for (int i = 0; i < 3; i++) gan_plan_free(n->p[i]);
    gan_params_free(n->w);
    gan_graph_free(n->g);
    *n = (struct net){ 0 };
}

static void fill(gan_plan *p, gan_id y)
{
    gan_shape s = gan_plan_shape(p, y);
    float *diff = gan_plan_diff(p, y);
    for (size_t i = 0; i < (size_t)(s.n * s.c * s.h * s.w); i++) diff[i] = (float)(i % 7) - 3;
}

/* One update, one diff for the input, one picture; every pass of every plan. */
static int step(struct net *n, const float *x, uint64_t t)
{
    gan_step_key key = { 1, t };
    gan_id y = gan_graph_output_at(n->g, 0);
    for (int i = 0; i < 3; i++) {
        gan_plan_put(n->p[i], 0, 0, i < 2 ? BATCH : 1, x);
        if (gan_plan_run(n->p[i], GAN_FWD, key)) return -1;
        if (i == 2) continue;
        fill(n->p[i], y);
        if (i == 0) gan_adam_begin(n->w);
        if (gan_plan_run(n->p[i], GAN_BWD, key)) return -1;
    }
    return 0;
}

Test(memory, a_warm_step_allocates_nothing)
{
    struct net n = { 0 };
    float *x = rig_numbers(1, 3 * 4 * SIDE * SIDE);
    cr_assert(!net_init(&n, 0, GAN_MATH_F32) && !step(&n, x, 1), "%s", gan_error_message());
    uint64_t before = gan_mem_count();
    for (uint64_t t = 2; t < 5; t++) cr_assert(!step(&n, x, t), "%s", gan_error_message());
    cr_expect(gan_mem_count() == before, "%llu allocations in 3 steps", (unsigned long long)(gan_mem_count() - before));
    gan_params_swap_ema(n.w);
    cr_assert(!step(&n, x, 5), "%s", gan_error_message());
    cr_expect(gan_mem_count() == before, "exchanging the average allocates");
    gan_mem_free(x);
    net_release(&n);
}

/* The nth allocation and all after it fail, n = 1, 2, ... until nothing does. Leaks are the sanitizer's to find. */
static void run_out_everywhere(unsigned blocks)
{
    float *x = rig_numbers(1, 3 * 4 * SIDE * SIDE);
    int succeeded = 0;
    uint64_t at = 1;
    for (; at < ENOUGH && !succeeded; at++) {
        struct net n = { 0 };
        gan_error("no message");
        gan_mem_fail_at(at);
        succeeded = !net_init(&n, blocks, GAN_MATH_F32) && !step(&n, x, 1);
        gan_mem_fail_at(0);
        cr_expect(succeeded || strstr(gan_error_message(), "out of memory"), "at %llu: %s", (unsigned long long)at,
                  gan_error_message());
        net_release(&n);
    }
    cr_expect(succeeded && at > 100, "succeeded at %llu", (unsigned long long)at);
    gan_mem_free(x);
}

Test(memory, running_out_anywhere_is_an_error)
{
    run_out_everywhere(0);
    run_out_everywhere(GAN_ONE_COPY);
}

/* Results of a plan made in spite of many failures before, on the same parameters. */
Test(memory, a_plan_that_failed_leaves_parameters_as_they_were)
{
    struct net right = { 0 }, tried = { 0 };
    float *x = rig_numbers(1, 3 * 4 * SIDE * SIDE);
    cr_assert(!net_init(&right, 0, GAN_MATH_F32) && !step(&right, x, 1), "%s", gan_error_message());
    tried.g = build();
    tried.w = tried.g ? gan_params_new(tried.g, GAN_HAS_ADAM) : NULL;
    cr_assert(tried.w, "%s", gan_error_message());
    gan_params_init(tried.w, 1, 0, 0.1);
    gan_plan_opt o = { .batch = BATCH, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS | GAN_UPDATE_STATS | GAN_DROPOUT };
    for (uint64_t at = 1; at < ENOUGH && !tried.p[0]; at++) {
        gan_mem_fail_at(at);
        tried.p[0] = gan_plan_new(tried.g, tried.w, &o);
        gan_mem_fail_at(0);
    }
    gan_id y = gan_graph_output_at(right.g, 0);
    cr_assert(tried.p[0] && !gan_plan_bind(tried.p[0], NULL, 0), "%s", gan_error_message());
    gan_plan_put(tried.p[0], 0, 0, BATCH, x);
    cr_assert(!gan_plan_run(tried.p[0], GAN_FWD, (gan_step_key){ 1, 1 }), "%s", gan_error_message());
    gan_shape s = gan_plan_shape(tried.p[0], y);
    size_t bytes = (size_t)(s.n * s.c * s.h * s.w) * sizeof(float);
    cr_expect(!memcmp(gan_plan_dst(right.p[0], y), gan_plan_dst(tried.p[0], y), bytes));
    net_release(&right);
    net_release(&tried);
    gan_mem_free(x);
}

/* Plans that never run at the same time share memory, and binding again moves a plan. */
Test(memory, plans_share_what_they_are_given)
{
    struct net n = { 0 };
    float *x = rig_numbers(1, 3 * 4 * SIDE * SIDE);
    cr_assert(!net_init(&n, 0, GAN_MATH_F32), "%s", gan_error_message());
    gan_id y = gan_graph_output_at(n.g, 0);
    gan_shape s = gan_plan_shape(n.p[1], y);
    size_t bytes = (size_t)(s.n * s.c * s.h * s.w) * sizeof(float), most = 0;
    gan_plan_put(n.p[1], 0, 0, BATCH, x);
    cr_assert(!gan_plan_run(n.p[1], GAN_FWD, (gan_step_key){ 1, 1 }), "%s", gan_error_message());
    float *alone = rig_floats(bytes / sizeof(float));
    memcpy(alone, gan_plan_dst(n.p[1], y), bytes);
    for (int i = 0; i < 3; i++) most = gan_plan_bytes(n.p[i]) > most ? gan_plan_bytes(n.p[i]) : most;
    void *shared = gan_mem_alloc_large(most);
    cr_assert(shared, "%s", gan_error_message());
    for (int i = 0; i < 3; i++) cr_assert(!gan_plan_bind(n.p[i], shared, most), "%s", gan_error_message());
    gan_plan_put(n.p[2], 0, 0, 1, x);
    cr_assert(!gan_plan_run(n.p[2], GAN_FWD, (gan_step_key){ 1, 1 }), "%s", gan_error_message());
    gan_plan_put(n.p[1], 0, 0, BATCH, x);
    cr_assert(!gan_plan_run(n.p[1], GAN_FWD, (gan_step_key){ 1, 1 }), "%s", gan_error_message());
    cr_expect(!memcmp(alone, gan_plan_dst(n.p[1], y), bytes));
    net_release(&n);
    gan_mem_free(shared);
    gan_mem_free(alone);
    gan_mem_free(x);
}

static size_t param_bytes(const gan_graph *g, int i)
{
    return gan_graph_param(g, i)->count * sizeof(float);
}

static void expect_same_values(const struct net *a, const struct net *b)
{
    static float got[2][8192];
    for (int i = 0; i < gan_graph_params(a->g); i++) {
        cr_assert(param_bytes(a->g, i) <= sizeof got[0]);
        cr_assert(!gan_params_get(a->w, i, GAN_VALUES, got[0]) && !gan_params_get(b->w, i, GAN_VALUES, got[1]));
        cr_expect(!memcmp(got[0], got[1], param_bytes(a->g, i)), "%s", gan_graph_param(a->g, i)->name);
    }
}

/* Every parameter and what plan 1 sends to the input. */
static void expect_same(const struct net *a, const struct net *b)
{
    float diff[2][3 * BATCH * SIDE * SIDE];
    expect_same_values(a, b);
    gan_plan_get_diff(a->p[1], 0, 0, BATCH, diff[0]);
    gan_plan_get_diff(b->p[1], 0, 0, BATCH, diff[1]);
    cr_expect(!memcmp(diff[0], diff[1], sizeof diff[0]), "the input's diff");
}

static int count_ops(const gan_plan *p, const char *what)
{
    int n = 0;
    for (int i = 0; i < gan_plan_ops(p); i++) n += !!strstr(gan_plan_op_at(p, i).label, what);
    return n;
}

/* Values that an operation wants in another layout are made for it alone: fewer bytes, the same bits. */
static void compare_copies(enum gan_math math)
{
    struct net two = { 0 }, one = { 0 };
    float *x = rig_numbers(1, 3 * 4 * SIDE * SIDE);
    cr_assert(!net_init(&two, 0, math) && !net_init(&one, GAN_ONE_COPY, math), "%s", gan_error_message());
    cr_expect(gan_params_bytes(one.w) < gan_params_bytes(two.w), "there is no second copy to do without");
    cr_expect(count_ops(one.p[0], "unpack") >= 2 && !count_ops(two.p[0], "unpack"));
    for (int i = 0; i < 3; i++) gan_plan_poison(one.p[i], 1);
    for (uint64_t t = 1; t < 4; t++) cr_assert(!step(&two, x, t) && !step(&one, x, t), "%s", gan_error_message());
    expect_same(&two, &one);
    gan_params_swap_ema(two.w);
    gan_params_swap_ema(one.w);
    cr_assert(!step(&two, x, 4) && !step(&one, x, 4), "%s", gan_error_message());
    expect_same(&two, &one);
    net_release(&two);
    net_release(&one);
    gan_mem_free(x);
}

Test(memory, one_copy_of_the_values_is_enough)
{
    compare_copies(GAN_MATH_F32);
    compare_copies(GAN_MATH_BF16_EMULATED);
}

/* Adam's update of plan p with all that lies between its passes overwritten. */
static void update_around(struct net *n, gan_plan *p, size_t between, const float *x)
{
    gan_step_key key = { 1, 1 };
    gan_plan_put(p, 0, 0, BATCH, x);
    cr_assert(!gan_plan_run(p, GAN_FWD, key), "%s", gan_error_message());
    fill(p, gan_graph_output_at(n->g, 0));
    if (between) memset(gan_plan_between(p), 0xff, between);
    gan_adam_begin(n->w);
    cr_assert(!gan_plan_run(p, GAN_BWD, key), "%s", gan_error_message());
}

/* What the caller keeps between the passes has its place in the plan's memory, where the plan has nothing then. */
Test(memory, a_plan_lends_memory_between_its_passes)
{
    enum { LENT = 4096 };
    struct net usual = { 0 }, lending = { 0 };
    float *x = rig_numbers(1, 3 * 4 * SIDE * SIDE);
    cr_assert(!net_init(&usual, 0, GAN_MATH_F32) && !net_init(&lending, 0, GAN_MATH_F32), "%s", gan_error_message());
    const gan_plan_opt o = { .batch = BATCH,
                             .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS | GAN_UPDATE_STATS | GAN_DROPOUT,
                             .ready = update,
                             .ctx = lending.w,
                             .between = LENT };
    gan_plan *p = gan_plan_new(lending.g, lending.w, &o);
    cr_assert(p && !gan_plan_bind(p, NULL, 0), "%s", gan_error_message());
    char *from = gan_plan_memory(p), *lent = gan_plan_between(p);
    cr_expect(lent >= from && lent + LENT <= from + gan_plan_bytes(p) && (uintptr_t)lent % 64 == 0);
    cr_expect(gan_plan_bytes(p) < gan_plan_bytes(usual.p[0]) + LENT, "nothing of it is shared");
    cr_expect(!gan_plan_between(usual.p[0]), "none was asked for");
    update_around(&usual, usual.p[0], 0, x);
    update_around(&lending, p, LENT, x);
    expect_same_values(&usual, &lending);
    gan_plan_free(p);
    net_release(&usual);
    net_release(&lending);
    gan_mem_free(x);
}
