/* The evaluation of whole graphs: its gradients against central differences, and what it does with groups. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "gan/layers.h"
#include "gan/mem.h"
#include "ref/check.h"
#include "ref/eval.h"

enum { MAX_BLOCK = 16 };

/* Every layer once; tensors with two consumers, one consumed twice by the same node, an output that goes on. */
static gan_graph *every_layer(void)
{
    gan_graph *g = gan_graph_new("every layer");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 2, 7, 6 });
    gan_id t = gan_conv(g, "c", x, (gan_conv_opt){ .oc = 3, .k = 3, .stride = 2, .pad = 1, .bias = 1 });
    t = gan_batchnorm(g, "c", t, 0.5f);
    gan_id skip = gan_lrelu(g, "c", t, 0.2f);
    t = gan_dropout(g, "c", gan_instancenorm(g, "i", gan_add(g, "twice", skip, skip), 0.5f), 0.25f);
    gan_graph_output(g, "middle", t);
    t = gan_concat(g, "join", gan_tanh(g, "t", t), gan_sigmoid(g, "s", skip));
    t = gan_reflectpad(g, "p", gan_upsample(g, "u", t, 2), 1);
    t = gan_deconv(g, "d", t, (gan_conv_opt){ .oc = 2, .k = 4, .stride = 2, .pad = 1, .bias = 1 });
    gan_graph_output(g, "y", t);
    return g;
}

static double outputs_times_seeds(void *ctx)
{
    struct eval *e = ctx;
    double sum = 0;
    eval_forward(e);
    for (int i = 0; i < gan_graph_outputs(e->g); i++) {
        gan_id id = gan_graph_output_at(e->g, i);
        for (size_t k = 0; k < e->count[id]; k++) sum += e->dst[id][k] * e->seed[id][k];
    }
    return sum;
}

static void fill(struct eval *e)
{
    for (gan_id id = 0; id < gan_graph_nodes(e->g); id++)
        for (size_t k = 0; k < e->count[id]; k++) e->mask[id][k] = k % 3 != 0;
    check_numbers(1, e->count[0], e->dst[0]);
    for (int i = 0; i < gan_graph_outputs(e->g); i++) {
        gan_id id = gan_graph_output_at(e->g, i);
        check_numbers(2 + (uint64_t)i, e->count[id], e->seed[id]);
    }
    for (int i = 0; i < gan_graph_params(e->g); i++) {
        const gan_param *p = gan_graph_param(e->g, i);
        check_numbers(10 + (uint64_t)i, p->count, e->param[i]);
        for (size_t k = 0; k < p->count && p->kind == GAN_BUFFER; k++) e->param[i][k] = fabs(e->param[i][k]);
    }
}

static void check(gan_plan_opt o, const char *label)
{
    gan_graph *g = every_layer();
    cr_assert(!gan_graph_failed(g), "%s", gan_error_message());
    struct eval *e = eval_new(g, &o);
    cr_assert(e, "%s", gan_error_message());
    fill(e);
    outputs_times_seeds(e);
    eval_backward(e);
    struct check_block block[MAX_BLOCK] = { { "x", e->dst[0], e->diff[0], e->count[0] } };
    size_t n = 1;
    for (int i = 0; i < gan_graph_params(g); i++) {
        const gan_param *p = gan_graph_param(g, i);
        if (p->kind == GAN_TRAINABLE) block[n++] = (struct check_block){ p->name, e->param[i], e->grad[i], p->count };
    }
    /* the bias before a batch norm moves nothing with the batch's statistics: both sides of the check are 0 */
    for (size_t i = 0; i < n && o.flags & GAN_BATCH_STATS; i++)
        if (!strcmp(block[i].name, "c.conv.bias")) block[i] = block[--n];
    cr_expect(!check_gradient(outputs_times_seeds, e, n, block, 40), "%s: %s", label, gan_error_message());
    eval_free(e);
    gan_graph_free(g);
}

Test(eval, backward_is_the_derivative_of_forward)
{
    check((gan_plan_opt){ .batch = 1, .flags = GAN_BATCH_STATS }, "one picture");
    check((gan_plan_opt){ .batch = 3, .flags = GAN_BATCH_STATS | GAN_DROPOUT }, "dropout");
    check((gan_plan_opt){ .batch = 4, .groups = 2, .flags = GAN_BATCH_STATS }, "groups");
    check((gan_plan_opt){ .batch = 2, .h = 9, .w = 9 }, "another size, running statistics");
}

Test(eval, moves_running_statistics_only_when_told)
{
    gan_graph *g = every_layer();
    for (int i = 0; i < 2; i++) {
        struct eval *e = eval_new(g, &(gan_plan_opt){ .flags = GAN_BATCH_STATS | (i ? GAN_UPDATE_STATS : 0) });
        cr_assert(e, "%s", gan_error_message());
        fill(e);
        int mean = gan_graph_node(g, 2)->param[2];
        double before = e->param[mean][0];
        eval_forward(e);
        cr_expect((e->param[mean][0] != before) == i);
        eval_free(e);
    }
    gan_graph_free(g);
}

Test(eval, refuses_sizes_the_graph_does_not_have)
{
    gan_graph *g = every_layer();
    cr_expect(!eval_new(g, &(gan_plan_opt){ .h = -5 }));
    gan_graph_free(g);
}
