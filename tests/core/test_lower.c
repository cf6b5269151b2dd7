/* Small graphs that lowering looks at: activations absorbed by the layer before, tensors placed in the join they go to,
 * and everything that must keep it from doing so. With and without lowering the results are the reference's. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "gan/layers.h"
#include "gan/mem.h"
#include "support/rig.h"

static const double TOLERANCE = 1e-5, ROUNDING = 1e-6;

static gan_id input(gan_graph *g, const char *name, int c)
{
    return gan_graph_input(g, name, (gan_shape){ 1, c, 6, 4 });
}

static gan_id conv(gan_graph *g, const char *name, gan_id x, int oc)
{
    return gan_conv(g, name, x, (gan_conv_opt){ .oc = oc, .k = 3, .stride = 1, .pad = 1, .bias = 1 });
}

static gan_id norm(gan_graph *g, const char *name, gan_id x)
{
    return gan_batchnorm(g, name, x, 1e-5f);
}

/* Without a bias, which a norm would take out again: its gradient is 0, and nothing to compare with. */
static gan_id conv_norm(gan_graph *g, const char *name, gan_id x, int oc)
{
    return norm(g, name, gan_conv(g, name, x, (gan_conv_opt){ .oc = oc, .k = 3, .stride = 1, .pad = 1 }));
}

static void conv_lrelu(gan_graph *g)
{
    gan_graph_output(g, "y", gan_lrelu(g, "a", conv(g, "c", input(g, "x", 3), 16), 0.2f));
}

/* Neither primitive can write into a join: what finishes their results does, with and without anything to finish. */
static void deconvs_placed(gan_graph *g)
{
    gan_id x = input(g, "x", 16);
    gan_conv_opt o = { .oc = 16, .k = 3, .stride = 1, .pad = 1 };
    gan_id a = gan_lrelu(g, "a", gan_deconv(g, "a", x, o), 0.2f), b = gan_deconv(g, "b", x, o);
    gan_graph_output(g, "y", conv(g, "c", gan_concat(g, "join", a, b), 3));
}

static void conv_relu_conv_lrelu(gan_graph *g)
{
    gan_id t = gan_relu(g, "a", conv(g, "c1", input(g, "x", 3), 24));
    gan_graph_output(g, "y", gan_lrelu(g, "b", conv(g, "c2", t, 3), 0.1f));
}

static void conv_norm_lrelu(gan_graph *g)
{
    gan_id t = gan_conv(g, "c", input(g, "x", 3), (gan_conv_opt){ .oc = 16, .k = 4, .stride = 2, .pad = 1 });
    gan_graph_output(g, "y", gan_lrelu(g, "a", norm(g, "n", t), 0.2f));
}

static void instancenorm_relu(gan_graph *g)
{
    gan_id t = gan_conv(g, "c", input(g, "x", 3), (gan_conv_opt){ .oc = 8, .k = 3, .stride = 1, .pad = 1 });
    gan_graph_output(g, "y", gan_relu(g, "a", gan_instancenorm(g, "n", t, 1e-5f)));
}

static void deconv_lrelu(gan_graph *g)
{
    gan_id t =
        gan_deconv(g, "d", input(g, "x", 8), (gan_conv_opt){ .oc = 16, .k = 4, .stride = 2, .pad = 1, .bias = 1 });
    gan_graph_output(g, "y", gan_lrelu(g, "a", t, 0.2f));
}

/* lrelu behind lrelu, tanh behind conv: there is nobody to absorb them. */
static void activations_in_a_row(gan_graph *g)
{
    gan_id t = gan_lrelu(g, "a", conv(g, "c", input(g, "x", 3), 8), 0.5f);
    gan_graph_output(g, "y", gan_tanh(g, "t", gan_sigmoid(g, "s", gan_relu(g, "b", t))));
}

static void join_placed(gan_graph *g)
{
    gan_id x = input(g, "x", 3), a = conv(g, "a", x, 16), b = conv_norm(g, "b", x, 32);
    gan_id t = gan_concat(g, "join", gan_relu(g, "a", a), gan_relu(g, "b", b));
    gan_graph_output(g, "y", conv(g, "c", t, 8));
}

/* As in a U-Net: what is joined goes two ways before it is rectified. */
static void join_of_skip(gan_graph *g)
{
    gan_id t = gan_lrelu(g, "e1", conv(g, "e1", input(g, "x", 3), 16), 0.2f);
    gan_id skip = gan_relu(g, "skip", t);
    t = gan_relu(g, "e2", conv(g, "e2", t, 32));
    t = gan_relu(g, "d1", conv_norm(g, "d1", t, 16));
    gan_graph_output(g, "y", conv(g, "d2", gan_concat(g, "join", skip, t), 2));
}

static void join_of_8_and_24(gan_graph *g)
{
    gan_id x = input(g, "x", 3);
    gan_id t = gan_concat(g, "join", gan_relu(g, "a", conv(g, "a", x, 8)), gan_tanh(g, "b", conv(g, "b", x, 24)));
    gan_graph_output(g, "y", conv(g, "c", gan_relu(g, "r", t), 8));
}

static void join_of_16_and_3(gan_graph *g)
{
    gan_id x = input(g, "x", 3);
    gan_id t = gan_concat(g, "join", gan_relu(g, "a", conv(g, "a", x, 16)), gan_tanh(g, "b", conv(g, "b", x, 3)));
    gan_graph_output(g, "y", conv(g, "c", t, 8));
}

static void join_of_3_and_5(gan_graph *g)
{
    gan_id x = input(g, "x", 3);
    gan_id t = gan_concat(g, "join", gan_relu(g, "a", conv(g, "a", x, 3)), gan_relu(g, "b", conv(g, "b", x, 5)));
    gan_graph_output(g, "y", norm(g, "n", t));
}

static void join_of_a_join(gan_graph *g)
{
    gan_id x = input(g, "x", 3), a = gan_relu(g, "a", conv(g, "a", x, 16)), b = gan_relu(g, "b", conv(g, "b", x, 16));
    gan_id t = gan_concat(g, "outer", gan_concat(g, "inner", a, b), gan_tanh(g, "c", conv(g, "c", x, 32)));
    gan_graph_output(g, "y", conv(g, "d", t, 8));
}

static void join_with_itself(gan_graph *g)
{
    gan_id t = gan_relu(g, "a", conv(g, "a", input(g, "x", 3), 16));
    gan_graph_output(g, "y", conv(g, "c", gan_concat(g, "join", t, t), 8));
}

static void join_of_inputs(gan_graph *g)
{
    gan_graph_output(g, "y", conv(g, "c", gan_concat(g, "pair", input(g, "x", 1), input(g, "z", 2)), 16));
}

static void join_twice(gan_graph *g)
{
    gan_id x = input(g, "x", 3), a = gan_relu(g, "a", conv(g, "a", x, 16)), b = gan_relu(g, "b", conv(g, "b", x, 16));
    gan_id t = gan_concat(g, "first", a, b), u = gan_concat(g, "second", b, a);
    gan_graph_output(g, "y", gan_add(g, "sum", conv(g, "c", t, 8), conv(g, "d", u, 8)));
}

static void two_consumers(gan_graph *g)
{
    gan_id t = gan_relu(g, "a", conv(g, "a", input(g, "x", 3), 16));
    gan_graph_output(g, "y", gan_add(g, "sum", conv(g, "b", t, 16), gan_tanh(g, "t", t)));
}

static void three_consumers(gan_graph *g)
{
    gan_id t = conv_norm(g, "a", input(g, "x", 3), 16);
    gan_id u = gan_add(g, "sum", gan_dropout(g, "d", t, 0.5f), gan_reflectpad(g, "p", gan_relu(g, "r", t), 0));
    gan_graph_output(g, "y", gan_concat(g, "join", u, conv(g, "b", t, 3)));
}

/* Every layer adds to a diff that is there already: the activation that goes last has written it. */
static void later_consumers(gan_graph *g)
{
    gan_id t = gan_relu(g, "t", conv(g, "t", input(g, "x", 3), 8)), s = norm(g, "n", t);
    s = gan_add(g, "s1", s,
                gan_upsample(g, "u", gan_conv(g, "half", t, (gan_conv_opt){ .oc = 8, .k = 2, .stride = 2 }), 2));
    s = gan_add(g, "s2", s, gan_lrelu(g, "l", t, 0.1f));
    s = gan_add(g, "s3", s, gan_sigmoid(g, "s", t));
    s = gan_add(g, "s4", s, gan_instancenorm(g, "i", t, 1e-5f));
    s = gan_add(g, "s5", s, gan_deconv(g, "d", t, (gan_conv_opt){ .oc = 8, .k = 3, .stride = 1, .pad = 1 }));
    gan_graph_output(g, "y", gan_add(g, "s6", s, gan_tanh(g, "h", t)));
}

static void consumed_output(gan_graph *g)
{
    gan_id t = gan_relu(g, "a", conv(g, "a", input(g, "x", 3), 16));
    gan_graph_output(g, "middle", t);
    gan_graph_output(g, "y", conv(g, "b", t, 3));
}

static void plain_consumed_output(gan_graph *g)
{
    gan_id t = gan_lrelu(g, "a", conv(g, "a", input(g, "x", 3), 5), 0.2f);
    gan_graph_output(g, "middle", t);
    gan_graph_output(g, "y", norm(g, "n", t));
}

/* What an activation reads is asked for as well. */
static void output_before_its_activation(gan_graph *g)
{
    gan_id t = conv(g, "a", input(g, "x", 3), 16);
    gan_graph_output(g, "raw", t);
    gan_graph_output(g, "y", gan_relu(g, "a", t));
}

static void joined_output(gan_graph *g)
{
    gan_id x = input(g, "x", 3), t = gan_relu(g, "a", conv_norm(g, "a", x, 16));
    gan_graph_output(g, "part", t);
    gan_graph_output(g, "y", gan_concat(g, "join", t, gan_relu(g, "b", conv(g, "b", x, 16))));
}

static void input_as_output(gan_graph *g)
{
    gan_id x = input(g, "x", 3);
    gan_graph_output(g, "x", x);
    gan_graph_output(g, "y", conv(g, "a", x, 16));
}

static void sum_with_itself(gan_graph *g)
{
    gan_id t = gan_tanh(g, "a", conv(g, "a", input(g, "x", 3), 16));
    gan_graph_output(g, "y", gan_add(g, "twice", t, t));
}

static void sum_of_input_with_itself(gan_graph *g)
{
    gan_id x = input(g, "x", 16);
    gan_graph_output(g, "y", gan_add(g, "twice", x, x));
}

static void residual(gan_graph *g)
{
    gan_id t = conv(g, "a", input(g, "x", 3), 16);
    gan_id u = gan_relu(
        g, "r1",
        norm(g, "r1",
             gan_conv(g, "r1", gan_reflectpad(g, "r1", t, 1), (gan_conv_opt){ .oc = 16, .k = 3, .stride = 1 })));
    gan_graph_output(g, "y", gan_add(g, "r", t, norm(g, "r2", u)));
}

static const struct row {
    const char *name;
    void (*build)(gan_graph *g);
    int shrinks; /* lowering leaves operations out */
} rows[] = {
    { "conv, lrelu", conv_lrelu, 1 },
    { "conv, relu, conv, lrelu", conv_relu_conv_lrelu, 1 },
    { "conv, norm, lrelu", conv_norm_lrelu, 1 },
    { "instance norm, relu", instancenorm_relu, 1 },
    { "deconv, lrelu", deconv_lrelu, 1 },
    { "deconvs, placed", deconvs_placed, 1 },
    { "activations in a row", activations_in_a_row, 1 },
    { "join, placed", join_placed, 1 },
    { "join of a skip", join_of_skip, 1 },
    { "join of 8 and 24", join_of_8_and_24, 1 },
    { "join of 16 and 3", join_of_16_and_3, 1 },
    { "join of 3 and 5", join_of_3_and_5, 1 },
    { "join of a join", join_of_a_join, 1 },
    { "join with itself", join_with_itself, 1 },
    { "join of inputs", join_of_inputs, 0 },
    { "join twice", join_twice, 1 },
    { "two consumers", two_consumers, 1 },
    { "three consumers", three_consumers, 0 },
    { "later consumers", later_consumers, 1 },
    { "consumed output", consumed_output, 1 },
    { "plain consumed output", plain_consumed_output, 1 },
    { "output before its activation", output_before_its_activation, 0 },
    { "joined output", joined_output, 1 },
    { "input as output", input_as_output, 0 },
    { "sum with itself", sum_with_itself, 0 },
    { "sum of an input with itself", sum_of_input_with_itself, 0 },
    { "residual", residual, 1 },
};

static struct rig make(const struct row *row, int batch, unsigned flags)
{
    gan_graph *g = gan_graph_new(row->name);
    cr_assert(g, "%s", gan_error_message());
    row->build(g);
    struct rig r = rig_new(
        g,
        (gan_plan_opt){ .batch = batch, .flags = flags | GAN_GRAD_PARAMS | GAN_BATCH_STATS, .input_diffs = RIG_ALL });
    rig_run(&r);
    return r;
}

Test(lower, lowered_is_unlowered_is_the_reference)
{
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i / 2];
        int batch = i % 2 ? 3 : 1;
        struct rig lowered = make(row, batch, 0), plain = make(row, batch, GAN_NO_LOWER);
        rig_expect(&lowered, TOLERANCE, "%s, batch %d", row->name, batch);
        rig_expect(&plain, TOLERANCE, "%s, batch %d, not lowered", row->name, batch);
        double difference = rig_difference(&lowered, &plain);
        cr_expect(difference < ROUNDING, "%s: lowering moves results by %.3g", row->name, difference);
        int fewer = gan_plan_ops(plain.p) - gan_plan_ops(lowered.p);
        cr_expect(row->shrinks ? fewer > 0 : fewer == 0, "%s: %d operations fewer", row->name, fewer);
        rig_free(&lowered);
        rig_free(&plain);
    }
}

/* A plan's results do not depend on what ran before. */
Test(lower, running_again_changes_nothing)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig r = make(&rows[i], 2, 0);
        size_t n;
        float *first = rig_results(&r, &n);
        rig_plan(&r);
        float *second = rig_results(&r, &n);
        cr_expect(!memcmp(first, second, n * sizeof *first), "%s", rows[i].name);
        gan_mem_free(first);
        gan_mem_free(second);
        rig_free(&r);
    }
}

/* Parts of a join that are made where it wants them need no copies. */
Test(lower, joins_of_placed_parts_copy_nothing)
{
    const struct row placed = { "join, placed", join_placed, 1 };
    struct rig r = make(&placed, 1, 0);
    int copies = 0;
    for (int i = 0; i < gan_plan_ops(r.p); i++) {
        const char *label = gan_plan_op_at(r.p, i).label;
        copies += !strncmp(label, "join.concat", 11) && strstr(label, "copy");
    }
    cr_expect(copies == 1, "%d copies; a convolution writes its own, the norm writes in place", copies);
    rig_free(&r);
}
