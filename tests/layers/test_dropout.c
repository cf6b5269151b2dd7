/* Dropout: how much is dropped, what it depends on, and what it does not. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "gan/layers.h"
#include "gan/mem.h"
#include "gan/plan.h"
#include "support/rig.h"

enum { N = 3, C = 16, H = 20, W = 30, COUNT = N * C * H * W };

/* x, a step in between that changes no number, dropout. A convolution by the identity leaves blocks, a leaky ReLU of
 * slope 1 leaves the input's plain layout; either way the dropping node is the third. */
enum between { BLOCKED, PLAIN };

struct net {
    gan_graph *g;
    gan_params *w;
    gan_plan *p;
};

static gan_graph *graph(enum between b, float p)
{
    gan_graph *g = gan_graph_new("g");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, C, H, W });
    gan_id t =
        b == BLOCKED ? gan_conv(g, "t", x, (gan_conv_opt){ .oc = C, .k = 1, .stride = 1 }) : gan_lrelu(g, "t", x, 1.0f);
    gan_graph_output(g, "y", gan_dropout(g, "d", t, p));
    cr_assert(!gan_graph_failed(g), "%s", gan_error_message());
    return g;
}

static struct net net_new(enum between b, float p, unsigned flags)
{
    struct net n = { .g = graph(b, p) };
    n.w = gan_params_new(n.g, 0);
    cr_assert(n.w, "%s", gan_error_message());
    float identity[C * C] = { 0 };
    for (int i = 0; i < C; i++) identity[i * C + i] = 1;
    cr_assert(b == PLAIN || !gan_params_set(n.w, 0, GAN_VALUES, identity), "%s", gan_error_message());
    n.p = gan_plan_new(n.g, n.w, &(gan_plan_opt){ .batch = N, .flags = flags, .input_diffs = 1 });
    cr_assert(n.p && !gan_plan_bind(n.p, NULL, 0), "%s", gan_error_message());
    return n;
}

static void net_free(struct net *n)
{
    gan_plan_free(n->p);
    gan_params_free(n->w);
    gan_graph_free(n->g);
}

/* What becomes of x, and of a diff of all ones; owned. */
static float *forward(struct net *n, const float *x, gan_step_key key)
{
    float *y = rig_floats(COUNT);
    gan_plan_put(n->p, 0, 0, N, x);
    cr_assert(!gan_plan_run(n->p, GAN_FWD, key), "%s", gan_error_message());
    memcpy(y, gan_plan_dst(n->p, 2), COUNT * sizeof *y);
    return y;
}

static float *backward(struct net *n, gan_step_key key)
{
    float *dx = rig_floats(COUNT), *dy = gan_plan_diff(n->p, 2);
    for (size_t i = 0; i < COUNT; i++) dy[i] = 1;
    cr_assert(!gan_plan_run(n->p, GAN_BWD, key), "%s", gan_error_message());
    gan_plan_get_diff(n->p, 0, 0, N, dx);
    return dx;
}

static const gan_step_key KEY = { 5, 17 };

Test(dropout, scales_what_it_keeps_and_drops_its_share)
{
    static const float shares[] = { 0.1f, 0.5f, 0.9f };
    float *x = rig_numbers(1, COUNT);
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
        struct net n = net_new(PLAIN, shares[k], GAN_DROPOUT);
        float *y = forward(&n, x, KEY), scale = 1 / (1 - shares[k]);
        double dropped = 0, both = 0, p = (double)shares[k];
        for (size_t i = 0; i < COUNT; i++) {
            cr_assert(y[i] == 0 || fabsf(y[i] - x[i] * scale) <= 1e-6f * fabsf(y[i]), "%g from %g", (double)y[i],
                      (double)x[i]);
            dropped += y[i] == 0;
            both += i && y[i] == 0 && y[i - 1] == 0;
        }
        cr_expect(fabs(dropped / COUNT - p) < 5 * sqrt(p * (1 - p) / COUNT), "%g of %g", dropped / COUNT, p);
        cr_expect(fabs(both / COUNT - p * p) < 5 * p / sqrt(COUNT), "neighbours drop together: %g", both / COUNT);
        gan_mem_free(y);
        net_free(&n);
    }
    gan_mem_free(x);
}

Test(dropout, backward_drops_the_same)
{
    for (int b = BLOCKED; b <= PLAIN; b++) {
        struct net n = net_new((enum between)b, 0.3f, GAN_DROPOUT);
        float *x = rig_numbers(1, COUNT), *y = forward(&n, x, KEY), *dx = backward(&n, KEY);
        for (size_t i = 0; i < COUNT; i++)
            cr_assert(y[i] == 0 ? dx[i] == 0 : fabsf(dx[i] - 1 / 0.7f) < 1e-5f, "%g, %g", (double)y[i], (double)dx[i]);
        gan_mem_free(x);
        gan_mem_free(y);
        gan_mem_free(dx);
        net_free(&n);
    }
}

static size_t differences(const float *a, const float *b)
{
    size_t n = 0;
    for (size_t i = 0; i < COUNT; i++) n += (a[i] == 0) != (b[i] == 0);
    return n;
}

Test(dropout, depends_on_seed_and_step)
{
    static const gan_step_key keys[] = { { 5, 17 }, { 5, 18 }, { 6, 17 }, { 17, 5 }, { 5, 17 + (1ull << 32) } };
    struct net n = net_new(PLAIN, 0.5f, GAN_DROPOUT);
    float *x = rig_numbers(1, COUNT), *first = forward(&n, x, keys[0]);
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        float *y = forward(&n, x, keys[k]);
        size_t different = differences(first, y);
        cr_expect(k ? different > COUNT * 45 / 100 && different < COUNT * 55 / 100 : !different, "key %zu: %zu", k,
                  different);
        gan_mem_free(y);
    }
    gan_mem_free(x);
    gan_mem_free(first);
    net_free(&n);
}

Test(dropout, does_not_depend_on_layout)
{
    struct net blocked = net_new(BLOCKED, 0.5f, GAN_DROPOUT), plain = net_new(PLAIN, 0.5f, GAN_DROPOUT);
    float *x = rig_numbers(1, COUNT), *a = forward(&blocked, x, KEY), *b = forward(&plain, x, KEY);
    cr_expect(!memcmp(a, b, COUNT * sizeof *a));
    gan_mem_free(x);
    gan_mem_free(a);
    gan_mem_free(b);
    net_free(&blocked);
    net_free(&plain);
}

/* Two layers of one network drop differently. */
Test(dropout, depends_on_the_node)
{
    gan_graph *g = gan_graph_new("g");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, C, H, W });
    gan_graph_output(g, "a", gan_dropout(g, "a", x, 0.5f));
    gan_graph_output(g, "b", gan_dropout(g, "b", x, 0.5f));
    struct rig r = rig_new(g, (gan_plan_opt){ .batch = N, .flags = GAN_DROPOUT });
    rig_run(&r);
    rig_expect(&r, 1e-6, "two of them");
    size_t different = differences(gan_plan_dst(r.p, 1), gan_plan_dst(r.p, 2));
    cr_expect(different > COUNT * 45 / 100 && different < COUNT * 55 / 100, "%zu", different);
    rig_free(&r);
}

/* The diff of its source, which another layer has begun. */
Test(dropout, adds_to_a_diff_that_is_there)
{
    static const int channels[] = { 3, 8, 16 };
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        gan_graph *g = gan_graph_new("g");
        gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 3, H, W });
        gan_id t = gan_conv(g, "t", x, (gan_conv_opt){ .oc = channels[i], .k = 1, .stride = 1 });
        gan_graph_output(g, "d", gan_dropout(g, "d", t, 0.3f));
        gan_graph_output(g, "h", gan_tanh(g, "h", t));
        struct rig r =
            rig_new(g, (gan_plan_opt){ .batch = N, .flags = GAN_DROPOUT | GAN_GRAD_PARAMS, .input_diffs = RIG_ALL });
        rig_run(&r);
        rig_expect(&r, 1e-5, "%d channels", channels[i]);
        rig_free(&r);
    }
}

Test(dropout, is_the_identity_at_rest)
{
    static const struct {
        float p;
        unsigned flags;
    } rows[] = { { 0.5f, 0 }, { 0, GAN_DROPOUT } };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct net n = net_new(BLOCKED, rows[k].p, rows[k].flags);
        float *x = rig_numbers(1, COUNT), *y = forward(&n, x, KEY), *dx = backward(&n, KEY);
        cr_expect(!memcmp(x, y, COUNT * sizeof *x), "row %zu", k);
        for (size_t i = 0; i < COUNT; i++) cr_assert(dx[i] == 1);
        gan_mem_free(x);
        gan_mem_free(y);
        gan_mem_free(dx);
        net_free(&n);
    }
}
