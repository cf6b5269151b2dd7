/* The embedding is either the 1000 scores of SqueezeNet, the same at every pixel, or its last feature map. A 1x1
 * convolution of two tensors joined is the sum of one of each, and one of a vector is the same at every pixel: so the
 * article's map of 1256 channels, 1000 of them constant, is never made, for the same function and the same parameters.
 *
 * The classifier sees gray of sRGB at the size of the training, or at twice that, interpolated, where that is below 128:
 * of pictures of 64 pixels its scores are then nearer to those of the whole picture (docs/training.md has the figures).
 * With three zeros around the picture, which stand for the mean, its map has an eighth or a sixteenth of the sides. */
#include "models/embedding.h"

#include "gan/layers.h"
#include "models/squeezenet.h"

enum { ENOUGH = 128 };

static int doubled(const gan_model_opt *o)
{
    return o->size < ENOUGH;
}

/* Bilinear, so that between pixels lies what is between them; at the edge it is drawn to 0, which is mid-gray. */
static gan_id interpolate(gan_graph *g, gan_id x)
{
    static const float tap[4] = { 0.25f, 0.75f, 0.75f, 0.25f };
    float weights[16];
    for (int i = 0; i < 16; i++) weights[i] = tap[i / 4] * tap[i % 4];
    return gan_deconv_given(g, "see_twice", x, (gan_conv_opt){ .oc = 1, .k = 4, .stride = 2, .pad = 1 }, weights);
}

/* Lightness is the first channel; others are hints. */
static gan_id lightness(const gan_colour *c, gan_id x, int channels)
{
    static const double first[GAN_MIX_MOST] = { 1 }, zero[1] = { 0 };
    if (channels > GAN_MIX_MOST) return gan_error("a classifier cannot see pictures of %d channels", channels);
    return channels == 1 ? x : gan_colour_mix(c, "first", x, channels, 1, first, zero);
}

static gan_id view(gan_graph *g, gan_id x, const gan_model_opt *o)
{
    static const double one[1] = { 1 }, half[1] = { 0.5 }, less_half[1] = { -0.5 };
    const gan_colour c = { g, "see" };
    x = lightness(&c, x, o->in);
    gan_id gray = gan_colour_gray(&c, gan_colour_from_lightness(&c, x));
    if (doubled(o)) {
        gray = interpolate(g, gan_colour_mix(&c, "centred", gray, 1, 1, one, less_half));
        gray = gan_colour_mix(&c, "back", gray, 1, 1, one, half);
    }
    return gan_squeezenet_gray(&c, gray);
}

static gan_id fuse_scores(gan_graph *g, gan_id t, gan_id bgr, int oc)
{
    gan_id scores = gan_squeezenet(g, bgr, GAN_SQUEEZENET_SCORES, 3);
    return gan_shift(g, "fuse", t, gan_conv(g, "fuse_scores", scores, (gan_conv_opt){ .oc = oc, .k = 1, .stride = 1 }));
}

static gan_id fuse_map(gan_graph *g, gan_id t, gan_id bgr, int oc, const gan_model_opt *o)
{
    gan_id map = gan_squeezenet(g, bgr, GAN_SQUEEZENET_MAP, 3);
    map = gan_conv(g, "fuse_map", map, (gan_conv_opt){ .oc = oc, .k = 1, .stride = 1 });
    if (!doubled(o)) map = gan_upsample(g, "fuse_map", map, 2);
    return gan_add(g, "fuse", t, map);
}

gan_id gan_embedding_fuse(gan_graph *g, gan_id map, gan_id x, int oc, const gan_model_opt *o)
{
    gan_id bgr = view(g, x, o);
    gan_id t =
        gan_conv(g, "fuse", map, (gan_conv_opt){ .oc = oc, .k = 1, .stride = 1, .bias = 1, .init = GAN_INIT_HE });
    t = o->embedding == GAN_EMBEDDING_MAP ? fuse_map(g, t, bgr, oc, o) : fuse_scores(g, t, bgr, oc);
    return gan_relu(g, "fuse", t);
}

int gan_embedding_multiple(const gan_model_opt *o)
{
    return o->embedding == GAN_EMBEDDING_MAP && !doubled(o) ? 16 : 8;
}
