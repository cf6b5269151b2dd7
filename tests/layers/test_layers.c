/* Every layer as a plan runs it against its reference kernel: its own example, and behind whatever gives its source one
 * layout or another. A layer without a reference or without a use is a failure. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "core/layer.h"
#include "gan/layers.h"
#include "gan/mem.h"
#include "support/rig.h"

static const double TOLERANCE = 1e-5;

static const struct setting {
    const char *name;
    int batch, groups;
    unsigned flags;
} settings[] = {
    { "one picture", 1, 1, GAN_BATCH_STATS },
    { "three pictures", 3, 1, GAN_BATCH_STATS | GAN_UPDATE_STATS | GAN_DROPOUT },
    { "two groups", 4, 2, GAN_BATCH_STATS | GAN_UPDATE_STATS | GAN_DROPOUT },
    { "running statistics", 3, 1, 0 },
    { "not lowered", 3, 3, GAN_BATCH_STATS | GAN_DROPOUT | GAN_NO_LOWER },
};
enum { NSETTING = sizeof settings / sizeof *settings };

static gan_plan_opt plan_opt(const struct setting *s, int h, int w)
{
    return (gan_plan_opt){ .batch = s->batch,
                           .h = h,
                           .w = w,
                           .groups = s->groups,
                           .flags = s->flags | GAN_GRAD_PARAMS,
                           .input_diffs = RIG_ALL };
}

/* Takes g, which has no output yet. */
static void compare(gan_graph *g, gan_id y, gan_plan_opt o, const char *label)
{
    cr_assert(!gan_graph_output(g, "y", y), "%s: %s", label, gan_error_message());
    struct rig r = rig_new(g, o);
    rig_run(&r);
    rig_expect(&r, TOLERANCE, "%s", label);
    rig_free(&r);
}

Test(layers, agree_with_the_reference_in_their_examples)
{
    for (int i = 0; gan_layer_all()[i]; i++)
        for (int k = 0; k < 2 * NSETTING; k++) {
            const gan_layer_def *def = gan_layer_all()[i];
            cr_assert(eval_knows(def), "%s has no reference", gan_layer_name(def));
            const struct setting *s = &settings[k / 2];
            int larger = k % 2;
            gan_graph *g = gan_graph_new(gan_layer_name(def));
            char label[128];
            snprintf(label, sizeof label, "%s, %s%s", gan_layer_name(def), s->name, larger ? ", larger" : "");
            compare(g, def->example(g), plan_opt(s, larger ? 9 : 0, larger ? 7 : 0), label);
        }
}

/* Where the source comes from: c channels of x, which has XC. */
enum { XC = 4, H = 5, W = 6 };

static gan_id conv_1x1(gan_graph *g, const char *name, gan_id x, int c)
{
    return gan_conv(g, name, x, (gan_conv_opt){ .oc = c, .k = 1, .stride = 1 });
}

static gan_id from_input(gan_graph *g, int c)
{
    return gan_graph_input(g, "x", (gan_shape){ 1, c, H, W });
}

static gan_id from_conv(gan_graph *g, int c)
{
    return conv_1x1(g, "from", gan_graph_input(g, "x", (gan_shape){ 1, XC, H, W }), c);
}

/* A join of 8 channels and the rest, or of an odd number and the rest. */
static gan_id from_join(gan_graph *g, int c)
{
    int first = c > 8 ? 8 : 1;
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, XC, H, W });
    return gan_concat(g, "from", conv_1x1(g, "a", x, first), conv_1x1(g, "b", x, c - first));
}

static const struct source {
    const char *name;
    gan_id (*make)(gan_graph *g, int c);
} sources[] = { { "an input", from_input }, { "a convolution", from_conv }, { "a join", from_join } };

/* The layer on a source x; where it takes a second one, that is the convolution of x or an input of its own. */
static gan_id use_conv(gan_graph *g, gan_id x)
{
    return gan_conv(g, "l", x, (gan_conv_opt){ .oc = 24, .k = 3, .stride = 2, .pad = 1, .bias = 1 });
}

static gan_id use_deconv(gan_graph *g, gan_id x)
{
    return gan_deconv(g, "l", x, (gan_conv_opt){ .oc = 16, .k = 4, .stride = 2, .pad = 1, .bias = 1 });
}

static gan_id use_batchnorm(gan_graph *g, gan_id x)
{
    return gan_batchnorm(g, "l", x, 1e-5f);
}

static gan_id use_instancenorm(gan_graph *g, gan_id x)
{
    return gan_instancenorm(g, "l", x, 1e-3f);
}

static gan_id use_instancenorm_affine(gan_graph *g, gan_id x)
{
    return gan_instancenorm_affine(g, "l", x, 1e-3f);
}

static gan_id use_lrelu(gan_graph *g, gan_id x)
{
    return gan_lrelu(g, "l", x, 0.3f);
}

static gan_id use_relu_of_norm(gan_graph *g, gan_id x)
{
    return gan_relu(g, "l", gan_batchnorm(g, "l", x, 1e-5f));
}

static gan_id use_tanh(gan_graph *g, gan_id x)
{
    return gan_tanh(g, "l", x);
}

static gan_id use_sigmoid(gan_graph *g, gan_id x)
{
    return gan_sigmoid(g, "l", x);
}

static gan_id use_power(gan_graph *g, gan_id x)
{
    return gan_power(g, "l", gan_sigmoid(g, "s", x), 0.4f);
}

static gan_id use_dropout(gan_graph *g, gan_id x)
{
    return gan_dropout(g, "l", x, 0.3f);
}

static gan_id use_concat(gan_graph *g, gan_id x)
{
    return gan_concat(g, "l", gan_relu(g, "r", x), conv_1x1(g, "c", x, 16));
}

static gan_id use_concat_after_input(gan_graph *g, gan_id x)
{
    return gan_concat(g, "l", gan_graph_input(g, "z", (gan_shape){ 1, 3, H, W }), x);
}

static gan_id use_add(gan_graph *g, gan_id x)
{
    return gan_add(g, "l", x, conv_1x1(g, "c", x, gan_graph_node(g, x)->dst.c));
}

static gan_id use_add_of_input(gan_graph *g, gan_id x)
{
    return gan_add(g, "l", gan_graph_input(g, "z", gan_graph_node(g, x)->dst), x);
}

static gan_id use_conv_dilated(gan_graph *g, gan_id x)
{
    return gan_conv(g, "l", x, (gan_conv_opt){ .oc = 24, .k = 3, .stride = 1, .pad = 2, .dilation = 2, .bias = 1 });
}

static gan_id use_conv_far(gan_graph *g, gan_id x)
{
    return gan_conv(g, "l", x, (gan_conv_opt){ .oc = 24, .k = 3, .stride = 2, .far = 1, .bias = 1 });
}

static gan_id use_maxpool(gan_graph *g, gan_id x)
{
    return gan_maxpool(g, "l", x, 3, 2);
}

static gan_id use_maxpool_of_two(gan_graph *g, gan_id x)
{
    return gan_maxpool(g, "l", x, 2, 2);
}

static gan_id use_avgpool(gan_graph *g, gan_id x)
{
    return gan_avgpool(g, "l", x);
}

static gan_id use_shift(gan_graph *g, gan_id x)
{
    gan_id v = gan_avgpool(g, "v", conv_1x1(g, "c", x, gan_graph_node(g, x)->dst.c));
    return gan_shift(g, "l", x, v);
}

/* The vector is plain, the pixels may be blocked. */
static gan_id use_shift_by_input(gan_graph *g, gan_id x)
{
    return gan_shift(g, "l", x, gan_avgpool(g, "v", gan_graph_input(g, "z", gan_graph_node(g, x)->dst)));
}

static gan_id use_reflectpad(gan_graph *g, gan_id x)
{
    return gan_reflectpad(g, "l", x, 3);
}

static gan_id use_reflectpad_far(gan_graph *g, gan_id x)
{
    return gan_reflectpad_far(g, "l", x, 4, 1);
}

static gan_id use_crop(gan_graph *g, gan_id x)
{
    return gan_crop(g, "l", x, 3, 5);
}

static gan_id use_upsample(gan_graph *g, gan_id x)
{
    return gan_upsample(g, "l", x, 3);
}

static gan_id use_bilinear(gan_graph *g, gan_id x)
{
    return gan_bilinear(g, "l", x, 4);
}

static gan_id use_scale(gan_graph *g, gan_id x)
{
    return gan_scale(g, "l", x, -2.5f);
}

static gan_id use_softmax(gan_graph *g, gan_id x)
{
    return gan_softmax(g, "l", x);
}

static const struct use {
    const char *layer;
    gan_id (*make)(gan_graph *g, gan_id x);
} uses[] = {
    { "conv", use_conv },
    { "conv", use_conv_dilated },
    { "conv", use_conv_far },
    { "deconv", use_deconv },
    { "norm", use_batchnorm },
    { "norm", use_relu_of_norm },
    { "instancenorm", use_instancenorm },
    { "instancenorm", use_instancenorm_affine },
    { "lrelu", use_lrelu },
    { "tanh", use_tanh },
    { "sigmoid", use_sigmoid },
    { "power", use_power },
    { "scale", use_scale },
    { "softmax", use_softmax },
    { "dropout", use_dropout },
    { "concat", use_concat },
    { "concat", use_concat_after_input },
    { "add", use_add },
    { "add", use_add_of_input },
    { "maxpool", use_maxpool },
    { "maxpool", use_maxpool_of_two },
    { "avgpool", use_avgpool },
    { "shift", use_shift },
    { "shift", use_shift_by_input },
    { "reflectpad", use_reflectpad },
    { "reflectpad", use_reflectpad_far },
    { "crop", use_crop },
    { "upsample", use_upsample },
    { "bilinear", use_bilinear },
};

static void compare_use(const struct use *u, const struct source *from, int c, const struct setting *s)
{
    gan_graph *g = gan_graph_new("use");
    char label[128];
    cr_assert(g, "%s", gan_error_message());
    snprintf(label, sizeof label, "%s of %s of %d channels, %s", u->layer, from->name, c, s->name);
    compare(g, u->make(g, from->make(g, c)), plan_opt(s, 0, 0), label);
}

/* 8 and 24 channels lie in blocks of 8, 16 and 48 in blocks of 16 where the machine has them, 3 in none. */
static void compare_all_from(const struct source *from)
{
    static const int channels[] = { 3, 8, 16, 24, 48 };
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
        for (size_t k = 0; k < sizeof channels / sizeof *channels; k++)
            for (int s = 0; s < NSETTING; s++) compare_use(&uses[i], from, channels[k], &settings[s]);
}

Test(layers, agree_with_the_reference_behind_an_input)
{
    compare_all_from(&sources[0]);
}

Test(layers, agree_with_the_reference_behind_a_convolution)
{
    compare_all_from(&sources[1]);
}

Test(layers, agree_with_the_reference_behind_a_join)
{
    compare_all_from(&sources[2]);
}

/* Beyond what one round or one thread's share of a kernel holds. */
Test(layers, agree_with_the_reference_on_larger_pictures)
{
    static const int channels[] = { 3, 16 };
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
        for (size_t k = 0; k < 2; k++) {
            gan_graph *g = gan_graph_new("use");
            char label[128];
            cr_assert(g, "%s", gan_error_message());
            snprintf(label, sizeof label, "%s of %d channels, 65x67", uses[i].layer, channels[k]);
            gan_id y = uses[i].make(g, from_conv(g, channels[k]));
            compare(g, y,
                    (gan_plan_opt){ .batch = 2,
                                    .h = 67,
                                    .w = 65,
                                    .groups = 2,
                                    .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS | GAN_DROPOUT,
                                    .input_diffs = RIG_ALL },
                    label);
        }
}

static int used(const char *layer)
{
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
        if (!strcmp(uses[i].layer, layer)) return 1;
    return 0;
}

Test(layers, are_all_used)
{
    for (int i = 0; gan_layer_all()[i]; i++) {
        const char *name = gan_layer_name(gan_layer_all()[i]);
        cr_expect(used(name), "%s is in none of the uses", name);
    }
}
