/* Graphs: names, sizes and what building refuses. Every refusal leaves a message, and building stays refused. */
#include <criterion/criterion.h>

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gan/layers.h"
#include "gan/mem.h"
#include "gan/plan.h"

static gan_graph *g;
static gan_id x;

static void begin(void)
{
    g = gan_graph_new("g");
    cr_assert(g, "%s", gan_error_message());
    x = gan_graph_input(g, "x", (gan_shape){ 2, 3, 8, 6 });
}

static void end(void)
{
    gan_graph_free(g);
}

TestSuite(graph, .init = begin, .fini = end);

Test(graph, tells_what_it_was_built_of)
{
    gan_id t = gan_conv(g, "enc1", x, (gan_conv_opt){ .oc = 5, .k = 4, .stride = 2, .pad = 1, .bias = 1 });
    gan_id y = gan_batchnorm(g, "enc1", t, 1e-5f);
    cr_assert(!gan_graph_output(g, "y", y));
    cr_expect(!strcmp(gan_graph_name(g), "g") && !gan_graph_failed(g));
    cr_expect(gan_graph_nodes(g) == 3 && gan_graph_inputs(g) == 1 && gan_graph_outputs(g) == 1);
    cr_expect(gan_graph_input_at(g, 0) == x && gan_graph_output_at(g, 0) == y);
    cr_expect(gan_graph_params(g) == 6);
    static const char *const names[] = { "enc1.conv.weights", "enc1.conv.bias", "enc1.norm.gamma",
                                         "enc1.norm.beta",    "enc1.norm.mean", "enc1.norm.variance" };
    for (int i = 0; i < 6; i++) cr_expect(!strcmp(gan_graph_param(g, i)->name, names[i]));
    cr_expect(gan_graph_param_count(g) == 5 * 3 * 4 * 4 + 3 * 5, "running statistics do not count");
    gan_shape s = gan_graph_node(g, y)->dst;
    cr_expect(s.n == 2 && s.c == 5 && s.h == 4 && s.w == 3);
}

Test(graph, infers_other_sizes)
{
    gan_id t = gan_conv(g, "a", x, (gan_conv_opt){ .oc = 5, .k = 4, .stride = 2, .pad = 1 });
    t = gan_upsample(g, "b", gan_reflectpad(g, "b", t, 1), 2);
    gan_shape s[4];
    cr_expect(!gan_graph_shapes(g, 7, 20, 0, s));
    cr_expect(s[t].n == 7 && s[t].c == 5 && s[t].h == 24 && s[t].w == 10);
    cr_expect(gan_graph_shapes(g, 1, 2, 2, s) == -1, "reflection needs more than one row");
    cr_expect(strstr(gan_error_message(), "b.reflectpad of g"), "%s", gan_error_message());
}

static gan_id conv(gan_conv_opt o)
{
    return gan_conv(g, "c", x, o);
}

static gan_id deconv(gan_conv_opt o)
{
    return gan_deconv(g, "c", x, o);
}

static gan_id input(int n, int c, int h, int w)
{
    return gan_graph_input(g, "z", (gan_shape){ n, c, h, w });
}

static const char *long_name(void)
{
    return "a name of more characters than a node of a graph may have";
}

static gan_id many_inputs(void)
{
    gan_id last = 0;
    for (int i = 0; i < 9; i++) last = input(1, 1, 1, 1);
    return last;
}

static gan_id many_upsamplings(void)
{
    gan_id t = x;
    for (int i = 0; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "u%d", i);
        t = gan_upsample(g, name, t, 64);
    }
    return t;
}

static gan_id same_name_twice(void)
{
    gan_conv_opt o = { .oc = 1, .k = 1, .stride = 1 };
    return gan_conv(g, "c", gan_conv(g, "c", x, o), o);
}

/* Each expression is built in a fresh graph, and must fail. */
#define REFUSES(message, expression)                                                                                   \
    do {                                                                                                               \
        end();                                                                                                         \
        begin();                                                                                                       \
        gan_error("no message");                                                                                       \
        cr_expect((expression) == -1, #expression);                                                                    \
        cr_expect(strstr(gan_error_message(), message), "%s: %s", #expression, gan_error_message());                   \
        cr_expect(gan_graph_failed(g), #expression);                                                                   \
    } while (0)

Test(graph, refuses_sizes_that_are_none)
{
    REFUSES("is no shape", input(0, 1, 1, 1));
    REFUSES("is no shape", input(1, -1, 1, 1));
    REFUSES("is no shape", input(1, 1, INT_MIN, 1));
    REFUSES("is no shape", input(1, 1, 1, INT_MAX));
    REFUSES("is no shape", input(1 << 20, 1 << 20, 1 << 20, 1 << 20));
    REFUSES("at most 8 inputs", many_inputs());
    REFUSES("is no shape", many_upsamplings());
}

Test(graph, refuses_options_that_are_none)
{
    REFUSES("no convolution", conv((gan_conv_opt){ .oc = 0, .k = 3, .stride = 1 }));
    REFUSES("no convolution", conv((gan_conv_opt){ .oc = 1, .k = 0, .stride = 1 }));
    REFUSES("no convolution", conv((gan_conv_opt){ .oc = 1, .k = 3, .stride = 0 }));
    REFUSES("no convolution", conv((gan_conv_opt){ .oc = 1, .k = 3, .stride = 1, .pad = -1 }));
    REFUSES("no convolution", conv((gan_conv_opt){ .oc = 1, .k = 3, .stride = 1, .pad = INT_MAX }));
    REFUSES("no convolution", conv((gan_conv_opt){ .oc = 1, .k = INT_MAX, .stride = 1, .pad = 1 }));
    REFUSES("no convolution", deconv((gan_conv_opt){ .oc = 1, .k = 3, .stride = INT_MAX }));
    REFUSES("no convolution", deconv((gan_conv_opt){ .oc = 1, .k = 3, .stride = 2, .out_pad = 2 }));
    REFUSES("is no shape", conv((gan_conv_opt){ .oc = INT_MAX, .k = 3, .stride = 1 }));
    REFUSES("does not fit", conv((gan_conv_opt){ .oc = 1, .k = 9, .stride = 1 }));
    REFUSES("leaves nothing", deconv((gan_conv_opt){ .oc = 1, .k = 1, .stride = 1, .pad = 4 }));
    REFUSES("dropout", gan_dropout(g, "d", x, 1.0f));
    REFUSES("dropout", gan_dropout(g, "d", x, -0.1f));
    REFUSES("dropout", gan_dropout(g, "d", x, (float)NAN));
    REFUSES("mirrored", gan_reflectpad(g, "p", x, 6));
    REFUSES("negative", gan_reflectpad(g, "p", x, -1));
    REFUSES("mirrored", gan_reflectpad_far(g, "p", x, 0, 6));
    REFUSES("negative", gan_reflectpad_far(g, "p", x, -1, 0));
    REFUSES("mirrored", gan_reflectpad_far(g, "p", x, INT_MAX, 0));
    REFUSES("cut out", gan_crop(g, "c", x, 0, 1));
    REFUSES("cut out", gan_crop(g, "c", x, 1, INT_MAX));
    REFUSES("factor", gan_upsample(g, "u", x, 0));
    REFUSES("factor", gan_upsample(g, "u", x, INT_MAX));
    REFUSES("cannot be joined", gan_concat(g, "j", x, input(2, 3, 8, 7)));
    REFUSES("cannot be added", gan_add(g, "a", x, input(2, 4, 8, 6)));
}

Test(graph, refuses_names_that_are_none)
{
    REFUSES("is no name", gan_relu(g, "", x));
    REFUSES("is no name", gan_relu(g, long_name(), x));
    REFUSES("is no name", gan_graph_input(g, "", (gan_shape){ 1, 1, 1, 1 }));
    REFUSES("two parameters 'c.conv.weights'", same_name_twice());
}

Test(graph, refuses_an_output_twice)
{
    cr_expect(!gan_graph_output(g, "x", x));
    cr_expect(gan_graph_output(g, "again", x) == -1);
    cr_expect(strstr(gan_error_message(), "node 'x' is one already"), "%s", gan_error_message());
}

Test(graph, refuses_more_outputs_than_it_has_room_for)
{
    gan_id t = x;
    for (int i = 0; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "r%d", i);
        cr_expect(!gan_graph_output(g, name, t = gan_relu(g, name, t)));
    }
    cr_expect(gan_graph_output(g, "x", x) == -1);
    cr_expect(strstr(gan_error_message(), "at most 8 outputs"), "%s", gan_error_message());
}

/* The first message stays, whatever is built on what failed. */
Test(graph, remembers_its_first_failure)
{
    gan_id bad = gan_upsample(g, "u", x, 0);
    char first[256];
    snprintf(first, sizeof first, "%s", gan_error_message());
    gan_id t = gan_tanh(g, "t", gan_conv(g, "c", bad, (gan_conv_opt){ .oc = 1, .k = 1, .stride = 1 }));
    cr_expect(t == -1 && gan_relu(g, "r", x) == -1 && gan_graph_input(g, "z", (gan_shape){ 1, 1, 1, 1 }) == -1);
    cr_expect(gan_graph_output(g, "y", t) == -1 && gan_graph_output(g, "x", x) == -1);
    cr_expect(gan_graph_failed(g) && !strcmp(gan_error_message(), first), "%s", gan_error_message());
}

/* What a plan refuses. */
Test(graph, has_no_plan_for_batches_that_are_no_groups)
{
    static const struct {
        int batch, groups, h;
        const char *message;
    } rows[] = { { 3, 2, 0, "a batch of 3 cannot be 2 groups" },
                 { 4, -1, 0, "a batch of 4 cannot be -1 groups" },
                 { 1, 2, 0, "a batch of 1 cannot be 2 groups" },
                 { -1, 1, 0, "is no shape" },
                 { INT_MAX, 1, 0, "is no shape" },
                 { 1, 1, INT_MIN, "is no shape" },
                 { 1, 1, INT_MAX, "is no shape" },
                 { 1, 1, 1, "a kernel of 4 does not fit into 6x1" } };
    gan_graph_output(g, "y", gan_conv(g, "c", x, (gan_conv_opt){ .oc = 8, .k = 4, .stride = 2 }));
    gan_params *w = gan_params_new(g, 0);
    cr_assert(w, "%s", gan_error_message());
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gan_plan_opt o = { .batch = rows[i].batch, .groups = rows[i].groups, .h = rows[i].h };
        cr_expect(!gan_plan_new(g, w, &o), "row %zu", i);
        cr_expect(strstr(gan_error_message(), rows[i].message), "%s", gan_error_message());
    }
    gan_params_free(w);
}

Test(graph, has_no_plan_without_an_output)
{
    gan_graph *empty = gan_graph_new("empty");
    gan_params *none = gan_params_new(empty, GAN_HAS_ADAM), *w = gan_params_new(g, 0);
    cr_assert(empty && none && w, "%s", gan_error_message());
    cr_expect(!gan_plan_new(empty, none, &(gan_plan_opt){ 0 }));
    cr_expect(strstr(gan_error_message(), "empty: a graph without an output"), "%s", gan_error_message());
    cr_expect(!gan_plan_new(g, w, &(gan_plan_opt){ 0 }));
    gan_params_free(none);
    gan_params_free(w);
    gan_graph_free(empty);
}
