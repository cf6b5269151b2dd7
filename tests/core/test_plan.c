/* Plans at their border: pictures in and out, sizes, what they tell of themselves. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gan/layers.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "support/rig.h"

enum { SIDE = 12, EACH = 3 * SIDE * SIDE };

/* y = x, behind a convolution that changes nothing; and the first input's diff. */
static struct rig identity(int batch, unsigned flags)
{
    gan_graph *g = gan_graph_new("identity");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 3, SIDE, SIDE });
    gan_graph_output(g, "y", gan_conv(g, "c", x, (gan_conv_opt){ .oc = 3, .k = 1, .stride = 1 }));
    struct rig r = rig_new(g, (gan_plan_opt){ .batch = batch, .flags = flags, .input_diffs = 1 });
    static const float weights[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    cr_assert(!gan_params_set(r.w, 0, GAN_VALUES, weights), "%s", gan_error_message());
    return r;
}

Test(plan, takes_and_gives_pictures_in_any_portions)
{
    struct rig r = identity(4, 0);
    float *x = rig_numbers(1, 4 * EACH), *out = rig_floats(4 * EACH);
    gan_plan_put(r.p, 0, 2, 2, x + 2 * EACH);
    gan_plan_put(r.p, 0, 0, 1, x);
    gan_plan_put(r.p, 0, 1, 1, x + EACH);
    gan_plan_put(r.p, 0, 4, 0, x);
    cr_assert(!gan_plan_run(r.p, GAN_FWD, r.key), "%s", gan_error_message());
    cr_expect(!memcmp(gan_plan_dst(r.p, 1), x, 4 * EACH * sizeof *x));
    memcpy(gan_plan_diff(r.p, 1), x, 4 * EACH * sizeof *x);
    cr_assert(!gan_plan_run(r.p, GAN_BWD, r.key), "%s", gan_error_message());
    gan_plan_get_diff(r.p, 0, 1, 3, out);
    cr_expect(!memcmp(out, x + EACH, 3 * EACH * sizeof *x));
    gan_mem_free(x);
    gan_mem_free(out);
    rig_free(&r);
}

static struct rig unet(gan_plan_opt o)
{
    gan_model_opt m = { .in = 1, .out = 2, .filters = 8, .levels = 3, .size = 16 };
    return rig_new(gan_model_build(gan_model_find(GAN_GENERATOR, "unet"), "gen", &m), o);
}

/* Parameters serve any batch and size, odd ones too. */
Test(plan, has_any_size_that_the_layers_take)
{
    static const struct {
        int batch, h, w;
    } rows[] = { { 0, 0, 0 }, { 3, 24, 40 }, { 1, 8, 8 }, { 2, 64, 16 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig r = unet((gan_plan_opt){ .batch = rows[i].batch, .h = rows[i].h, .w = rows[i].w });
        gan_shape s = gan_plan_shape(r.p, gan_graph_output_at(r.g, 0));
        cr_expect(s.n == (rows[i].batch ? rows[i].batch : 1) && s.h == (rows[i].h ? rows[i].h : 16));
        rig_run(&r);
        rig_expect(&r, 1e-5, "size %zu", i);
        rig_free(&r);
    }
}

/* Three heads on one trunk: a, b joined with an input, and c behind a. */
static struct rig heads(unsigned outputs)
{
    gan_graph *g = gan_graph_new("heads");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 16, SIDE, SIDE });
    gan_conv_opt o = { .oc = 16, .k = 3, .stride = 1, .pad = 1, .bias = 1 };
    gan_id trunk = gan_relu(g, "trunk", gan_conv(g, "trunk", x, o)), a = gan_conv(g, "a", trunk, o);
    gan_id b = gan_concat(g, "b", trunk, gan_conv(g, "b", trunk, o));
    gan_graph_output(g, "a", a);
    gan_graph_output(g, "b", b);
    gan_graph_output(g, "c", gan_tanh(g, "c", gan_conv(g, "c", a, o)));
    return rig_new(g, (gan_plan_opt){ .batch = 2, .flags = GAN_GRAD_PARAMS, .input_diffs = 1, .outputs = outputs });
}

static int has_op(const gan_plan *p, const char *node)
{
    int found = 0;
    for (int i = 0; i < gan_plan_ops(p); i++) found |= !strncmp(gan_plan_op_at(p, i).label, node, strlen(node));
    return found;
}

/* What an output that is not wanted needs alone is not computed; the others, and their gradients, are the reference's. */
Test(plan, leaves_out_what_no_wanted_output_needs)
{
    static const char *const nodes[] = { "a.", "b.", "c." };
    static const struct {
        unsigned outputs;
        int computed; /* bit i: node i */
    } rows[] = { { 0, 7 }, { 1, 1 }, { 2, 2 }, { 4, 5 }, { 3, 3 }, { 6, 7 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig r = heads(rows[i].outputs);
        rig_run(&r);
        rig_expect(&r, 1e-5, "outputs %u", rows[i].outputs);
        for (int k = 0; k < 3; k++) {
            int wanted = !rows[i].outputs || rows[i].outputs >> k & 1;
            int computed = rows[i].computed >> k & 1;
            cr_expect(has_op(r.p, nodes[k]) == computed, "outputs %u, %s", rows[i].outputs, nodes[k]);
            cr_expect(!gan_plan_dst(r.p, gan_graph_output_at(r.g, k)) == !wanted);
        }
        rig_free(&r);
    }
}

Test(plan, has_no_outputs_that_its_graph_lacks)
{
    struct rig r = heads(0);
    cr_expect(!gan_plan_new(r.g, r.w, &(gan_plan_opt){ .outputs = 1 << 3 }));
    cr_expect(strstr(gan_error_message(), "no more than 3 outputs"), "%s", gan_error_message());
    rig_free(&r);
}

/* A picture's result by running statistics does not depend on the company it keeps. */
Test(plan, treats_pictures_alone_at_rest)
{
    struct rig many = unet((gan_plan_opt){ .batch = 3 }), one = unet((gan_plan_opt){ .batch = 1 });
    gan_id y = gan_graph_output_at(many.g, 0);
    rig_run(&many);
    rig_run(&one);
    double distance = rig_distance(gan_plan_dst(many.p, y), one.e->dst[y], one.e->count[y]);
    cr_expect(distance < 1e-5, "%g", distance);
    rig_free(&many);
    rig_free(&one);
}

Test(plan, tells_its_operations)
{
    struct rig r = unet((gan_plan_opt){ .batch = 2, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS });
    double flop[2] = { 0, 0 };
    int convolutions = 0, backward = 0;
    for (int i = 0; i < gan_plan_ops(r.p); i++) {
        gan_plan_op op = gan_plan_op_at(r.p, i);
        cr_expect(op.label[0] && op.kernel[0]);
        cr_expect(op.pass == GAN_BWD || !backward, "forward comes first");
        cr_expect((op.flop > 0) == op.convolution, "%s", op.label);
        cr_expect(!op.convolution || op.layouts[0], "%s", op.label);
        backward |= op.pass == GAN_BWD;
        convolutions += op.convolution;
        flop[op.pass] += op.flop;
    }
    cr_expect(convolutions == 6 + 6 + 5, "%d: forward, by weights, and by data but for the first", convolutions);
    /* 2 k^2 ic oc at each position of the narrow side, batch of 2 */
    double mac = 16.0 * 2 * (64 * (8 + 2 * 16) + 16 * (8 * 16 + 32 * 8) + 4 * (16 * 32 + 32 * 16));
    cr_expect(flop[GAN_FWD] == 2 * mac, "%g of %g", flop[GAN_FWD], 2 * mac);
    cr_expect(flop[GAN_BWD] == 2 * (2 * mac - 16.0 * 2 * 64 * 8), "%g", flop[GAN_BWD]);
    rig_free(&r);
}

static void *plan_of_thread(void *options)
{
    struct rig *r = gan_mem_alloc(1, sizeof *r);
    if (r) *r = unet(*(const gan_plan_opt *)options);
    return r;
}

/* Of two descriptions of one primitive that are made at a time, oneDNN keeps one: a name must outlive the other. */
Test(plan, names_its_kernels_though_other_threads_plan_the_same)
{
    for (int batch = 1; batch <= 8; batch++) {
        gan_plan_opt o = { .batch = batch, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS };
        pthread_t thread[3];
        struct rig *r[3];
        for (int i = 0; i < 3; i++) cr_assert(!pthread_create(&thread[i], NULL, plan_of_thread, &o));
        for (int i = 0; i < 3; i++) pthread_join(thread[i], (void **)&r[i]);
        cr_assert(r[0] && r[1] && r[2]);
        for (int k = 0; k < 3 * gan_plan_ops(r[0]->p); k++) {
            gan_plan_op op = gan_plan_op_at(r[k % 3]->p, k / 3);
            cr_expect_str_eq(op.kernel, gan_plan_op_at(r[0]->p, k / 3).kernel, "%s", op.label);
        }
        for (int i = 0; i < 3; i++) {
            rig_free(r[i]);
            gan_mem_free(r[i]);
        }
    }
}

Test(plan, prints_a_line_for_every_operation)
{
    struct rig r = unet((gan_plan_opt){ .batch = 2, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS });
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    cr_assert(f);
    gan_plan_print(r.p, f);
    fclose(f);
    int lines = 0;
    for (size_t i = 0; i < bytes; i++) lines += text[i] == '\n';
    cr_expect(lines == gan_plan_ops(r.p) + 1, "%d", lines);
    cr_expect(strstr(text, "gen: batch 2") && strstr(text, "dec3.deconv bwd_weights"), "%s", text);
    free(text);
    rig_free(&r);
}

Test(plan, runs_single_operations_for_timing)
{
    struct rig r = unet((gan_plan_opt){ .batch = 2, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS });
    rig_run(&r);
    for (int i = 0; i < gan_plan_ops(r.p); i++) cr_expect(!gan_plan_run_op(r.p, i, r.key), "%s", gan_error_message());
    rig_run(&r);
    rig_expect(&r, 1e-5, "after single operations");
    rig_free(&r);
}

/* The order in which gradients become ready, and what they hold then. */
struct listener {
    struct rig *r;
    int called[32], last;
};

static void hear(void *ctx, int param, const float *diff)
{
    struct listener *l = ctx;
    l->called[param]++;
    l->last = param;
    cr_expect(isfinite((double)diff[0]), "%s", gan_graph_param(l->r->g, param)->name);
}

Test(plan, calls_once_for_every_gradient)
{
    struct listener l = { 0 };
    struct rig r =
        unet((gan_plan_opt){ .batch = 2, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS, .ready = hear, .ctx = &l });
    l.r = &r;
    rig_run(&r);
    rig_expect(&r, 1e-5, "with a listener");
    for (int i = 0; i < gan_graph_params(r.g); i++)
        cr_expect(l.called[i] == (gan_graph_param(r.g, i)->kind == GAN_TRAINABLE), "%s", gan_graph_param(r.g, i)->name);
    cr_expect(!strcmp(gan_graph_param(r.g, l.last)->name, "enc1.conv.weights"), "backward ends where forward began");
    rig_free(&r);
}

/* What is bad goes on being bad, instead of being flushed to a number on the way. */
Test(plan, passes_on_what_is_no_number)
{
    struct rig r = unet((gan_plan_opt){ .batch = 1 });
    float *x = rig_numbers(1, 16 * 16);
    x[100] = NAN;
    gan_plan_put(r.p, 0, 0, 1, x);
    cr_assert(!gan_plan_run(r.p, GAN_FWD, r.key), "%s", gan_error_message());
    int bad = 0;
    gan_id y = gan_graph_output_at(r.g, 0);
    for (size_t i = 0; i < r.e->count[y]; i++) bad += isnan(gan_plan_dst(r.p, y)[i]) != 0;
    cr_expect(bad > 0);
    gan_mem_free(x);
    rig_free(&r);
}

/* A diff that nobody filled: poisoned, what is read without having been written is NaN, and shows. */
Test(plan, poison_shows_what_nobody_wrote)
{
    for (int on = 0; on < 2; on++) {
        struct rig r =
            identity(1, GAN_GRAD_PARAMS); /* the input is read again in backward, so its place stays its own */
        float *dx = rig_floats(EACH);
        gan_plan_poison(r.p, on);
        cr_assert(!gan_plan_run(r.p, GAN_FWD, r.key) && !gan_plan_run(r.p, GAN_BWD, r.key), "%s", gan_error_message());
        gan_plan_get_diff(r.p, 0, 0, 1, dx);
        size_t bad = 0;
        for (size_t i = 0; i < EACH; i++) bad += isnan(dx[i]) != 0;
        cr_expect(bad == (size_t)(on ? EACH : 0), "%zu of %d", bad, EACH);
        gan_mem_free(dx);
        rig_free(&r);
    }
}

Test(plan, is_not_bound_to_too_little, .signal = SIGABRT)
{
    struct rig r = identity(1, 0);
    char little[64];
    gan_plan_bind(r.p, little, sizeof little);
}
