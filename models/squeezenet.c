/* Layers as in the published deploy.prototxt: pooling of 3x3 windows every 2 pixels that covers the edge, a pixel of
 * padding around the last 1x1 convolution (at which its output is ReLU of its bias), dropout only in training. */
#include "models/squeezenet.h"

#include <stdio.h>
#include <string.h>

#include "gan/layers.h"
#include "models/models.h"

static const char PREFIX[] = "squeeze_";
static const double MEANS[3] = { 104, 117, 123 }; /* B, G, R */

static gan_id conv_relu(gan_graph *g, const char *name, gan_id x, gan_conv_opt o)
{
    char at[GAN_NAME_BYTES / 2];
    snprintf(at, sizeof at, "%s%s", PREFIX, name);
    o.bias = o.frozen = 1;
    return gan_relu(g, at, gan_conv(g, at, x, o));
}

static const struct fire {
    const char *squeeze, *expand1, *expand3;
    int narrow, wide; /* channels between, and of each of the two parts joined */
    int pool;         /* pooling follows */
} fires[] = {
    { "fire2_squeeze1x1", "fire2_expand1x1", "fire2_expand3x3", 16, 64, 0 },
    { "fire3_squeeze1x1", "fire3_expand1x1", "fire3_expand3x3", 16, 64, 0 },
    { "fire4_squeeze1x1", "fire4_expand1x1", "fire4_expand3x3", 32, 128, 1 },
    { "fire5_squeeze1x1", "fire5_expand1x1", "fire5_expand3x3", 32, 128, 0 },
    { "fire6_squeeze1x1", "fire6_expand1x1", "fire6_expand3x3", 48, 192, 0 },
    { "fire7_squeeze1x1", "fire7_expand1x1", "fire7_expand3x3", 48, 192, 0 },
    { "fire8_squeeze1x1", "fire8_expand1x1", "fire8_expand3x3", 64, 256, 1 },
    { "fire9_squeeze1x1", "fire9_expand1x1", "fire9_expand3x3", 64, 256, 0 },
};
enum { FIRES = sizeof fires / sizeof *fires };

static gan_id pool(gan_graph *g, int i, gan_id x)
{
    return gan_maxpool(g, gan_model_name("squeeze_pool", i), x, 3, 2);
}

static gan_id fire(gan_graph *g, const struct fire *f, int i, gan_id x)
{
    gan_id t = conv_relu(g, f->squeeze, x, (gan_conv_opt){ .oc = f->narrow, .k = 1, .stride = 1 });
    gan_id one = conv_relu(g, f->expand1, t, (gan_conv_opt){ .oc = f->wide, .k = 1, .stride = 1 });
    gan_id three = conv_relu(g, f->expand3, t, (gan_conv_opt){ .oc = f->wide, .k = 3, .stride = 1, .pad = 1 });
    return gan_concat(g, gan_model_name("squeeze_fire", i), one, three);
}

gan_id gan_squeezenet(gan_graph *g, gan_id bgr, enum gan_squeezenet_end end, int pad)
{
    gan_id t = conv_relu(g, "conv1", bgr, (gan_conv_opt){ .oc = 96, .k = 7, .stride = 2, .pad = pad });
    t = pool(g, 1, t);
    for (int i = 0; i < FIRES; i++) {
        t = fire(g, &fires[i], i + 2, t);
        if (end == GAN_SQUEEZENET_FIRE4 && i == 2) return t;
        if (fires[i].pool) t = pool(g, i + 2, t);
    }
    if (end == GAN_SQUEEZENET_MAP) return t;
    t = conv_relu(g, "conv10", t, (gan_conv_opt){ .oc = GAN_SQUEEZENET_CLASSES, .k = 1, .stride = 1, .pad = 1 });
    return gan_avgpool(g, "squeeze_scores", t);
}

gan_id gan_squeezenet_bgr(const gan_colour *c, gan_id rgb)
{
    static const double weights[9] = { 0, 0, 255, 0, 255, 0, 255, 0, 0 };
    return gan_colour_mix(c, "bgr", rgb, 3, 3, weights, (double[]){ -MEANS[0], -MEANS[1], -MEANS[2] });
}

gan_id gan_squeezenet_gray(const gan_colour *c, gan_id gray)
{
    static const double weights[3] = { 255, 255, 255 };
    return gan_colour_mix(c, "bgr", gray, 1, 3, weights, (double[]){ -MEANS[0], -MEANS[1], -MEANS[2] });
}

static const struct {
    const char *ours, *theirs;
} endings[] = { { ".conv.weights", ".weight" }, { ".conv.bias", ".bias" } };

int gan_squeezenet_key(const char *param, char *key, size_t bytes)
{
    size_t length = strlen(param), prefix = strlen(PREFIX);
    if (strncmp(param, PREFIX, prefix) != 0) return -1;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t ending = strlen(endings[i].ours);
        if (length <= prefix + ending || strcmp(param + length - ending, endings[i].ours) != 0) continue;
        snprintf(key, bytes, "%.*s%s", (int)(length - prefix - ending), param + prefix, endings[i].theirs);
        char *part = strchr(key, '_'); /* fire2_squeeze1x1 is fire2.squeeze1x1 there */
        if (part) *part = '.';
        return 0;
    }
    return -1;
}
