/* sRGB to CIE L and back as nodes of a graph, of the few kinds that every client runs: 1x1 convolutions, ReLU, powers of
 * positive numbers, joins and sums. Constants as in image/lab.c: IEC 61966-2-1, CIE 15, D65. */
#include "layers/colour.h"

#include <math.h>
#include <stdio.h>

#include "gan/colour.h"
#include "gan/error.h"
#include "gan/layers.h"

typedef double matrix[GAN_MIX_MOST * GAN_MIX_MOST];

struct name {
    char text[GAN_NAME_BYTES / 2];
};

/* "PREFIX_NAME_part", without what is empty. */
static const char *join(struct name *n, const gan_colour *c, const char *name, const char *part)
{
    snprintf(n->text, sizeof n->text, "%.8s%s%.12s%s%.8s", c->prefix, *c->prefix ? "_" : "", name, *part ? "_" : "",
             part);
    return n->text;
}

static int channels_of(const gan_colour *c, gan_id x)
{
    return x < 0 ? 0 : gan_graph_node(c->g, x)->dst.c;
}

/* weights: to * from. */
static gan_id mix(const gan_colour *c, const char *name, const char *part, gan_id x, int from, int to,
                  const double *weights, const double *bias)
{
    float values[GAN_MIX_MOST * (GAN_MIX_MOST + 1)];
    struct name n;
    GAN_ASSERT((x < 0 || from == channels_of(c, x)) && from <= GAN_MIX_MOST && to <= GAN_MIX_MOST);
    for (int i = 0; i < from * to; i++) values[i] = (float)weights[i];
    for (int i = 0; i < to; i++) values[from * to + i] = (float)bias[i];
    return gan_conv_given(c->g, join(&n, c, name, part), x, (gan_conv_opt){ .oc = to, .k = 1, .stride = 1, .bias = 1 },
                          values);
}

gan_id gan_colour_mix(const gan_colour *c, const char *name, gan_id x, int from, int to, const double *weights,
                      const double *bias)
{
    return mix(c, name, "", x, from, to, weights, bias);
}

/* Every channel alone: scale x + shift. */
static gan_id affine(const gan_colour *c, const char *name, const char *part, gan_id x, double scale, double shift)
{
    int channels = channels_of(c, x);
    matrix m = { 0 };
    double bias[GAN_MIX_MOST] = { 0 };
    for (int i = 0; i < channels; i++) {
        m[i * channels + i] = scale;
        bias[i] = shift;
    }
    return mix(c, name, part, x, channels, channels, m, bias);
}

/* Of two tensors of the same channels: p a + q b + shift. */
static gan_id blend(const gan_colour *c, const char *name, const char *part, gan_id a, gan_id b, double p, double q,
                    double shift)
{
    int channels = channels_of(c, a);
    matrix m = { 0 };
    double bias[GAN_MIX_MOST] = { 0 };
    struct name n;
    for (int i = 0; i < channels; i++) {
        m[i * 2 * channels + i] = p;
        m[i * 2 * channels + channels + i] = q;
        bias[i] = shift;
    }
    return mix(c, name, part, gan_concat(c->g, join(&n, c, name, part), a, b), 2 * channels, channels, m, bias);
}

struct curve { /* slope x + foot below `from`, gain (scale x + shift) ^ exponent above */
    const char *name;
    double from, slope, foot, gain, scale, shift, exponent;
};

static const struct curve decode = { "decode", 0.04045, 1 / 12.92, 0, 1, 1 / 1.055, 0.055 / 1.055, 2.4 };
static const struct curve encode = { "encode", 0.0031308, 12.92, 0, 1.055, 1, 0, 1 / 2.4 };
static const struct curve root = { "root", 216.0 / 24389, 841.0 / 108, 4.0 / 29, 1, 1, 0, 1.0 / 3 };
static const struct curve cube = { "cube", 6.0 / 29, 108.0 / 841, -4.0 * 108 / (29 * 841), 1, 1, 0, 3 };

/* Both parts are computed everywhere, of the smaller and of the larger of x and `from`, and added; where one of them is
 * constant its value at `from` has to go again. The gain goes inside the power: what multiplies its result would be
 * fused wrongly by some clients. */
static gan_id add_curve(const gan_colour *c, const struct curve *k, gan_id x)
{
    struct name n;
    double inside = pow(k->gain, 1 / k->exponent), at = k->gain * pow(k->scale * k->from + k->shift, k->exponent);
    gan_id over = gan_relu(c->g, join(&n, c, k->name, "over"), affine(c, k->name, "over", x, 1, -k->from));
    gan_id line = blend(c, k->name, "line", x, over, k->slope, -k->slope, k->foot - at);
    gan_id base = affine(c, k->name, "power", over, inside * k->scale, inside * (k->scale * k->from + k->shift));
    gan_id power = gan_power(c->g, join(&n, c, k->name, "power"), base, (float)k->exponent);
    return gan_add(c->g, join(&n, c, k->name, ""), line, power);
}

/* To 0..1. */
static gan_id clip(const gan_colour *c, gan_id x)
{
    struct name n;
    gan_id low = gan_relu(c->g, join(&n, c, "clip", "low"), x);
    gan_id over = gan_relu(c->g, join(&n, c, "clip", "high"), affine(c, "clip", "high", low, 1, -1));
    return blend(c, "clip", "", low, over, 1, -1, 0);
}

gan_id gan_colour_luminance(const gan_colour *c, gan_id rgb)
{
    static const double weights[3] = { 0.2126729, 0.7151522, 0.0721750 }, zero[1] = { 0 };
    return add_curve(c, &root, mix(c, "luminance", "", add_curve(c, &decode, rgb), 3, 1, weights, zero));
}

gan_id gan_colour_lightness(const gan_colour *c, gan_id fy)
{
    return affine(c, "lightness", "", fy, 116.0 / 50, -16.0 / 50 - 1);
}

gan_id gan_colour_from_lightness(const gan_colour *c, gan_id x)
{
    return affine(c, "f_y", "", x, 50.0 / 116, (50.0 + 16) / 116);
}

gan_id gan_colour_gray(const gan_colour *c, gan_id fy)
{
    return add_curve(c, &encode, add_curve(c, &cube, fy));
}

/* The sum of what fy and y give, since OpenCV 4.10 refuses to join what it cannot yet tell to be of one size. */
gan_id gan_colour_rgb(const gan_colour *c, gan_id fy, gan_id y)
{
    static const double zero[3] = { 0 }, of_fy[3] = { 1, 1, 1 };
    static const double of_ab[6] = { (double)GAN_AB_RANGE / 500, 0, 0, 0, 0, -(double)GAN_AB_RANGE / 200 };
    static const double white_x = 0.95047, white_z = 1.08883;
    static const double to_rgb[9] = { 3.2404542 * white_x,  -1.5371385, -0.4985314 * white_z,
                                      -0.9692660 * white_x, 1.8760108,  0.0415560 * white_z,
                                      0.0556434 * white_x,  -0.2040259, 1.0572252 * white_z };
    struct name n;
    gan_id gray = mix(c, "f_gray", "", fy, 1, 3, of_fy, zero), chroma = mix(c, "f_chroma", "", y, 2, 3, of_ab, zero);
    gan_id fxyz = gan_add(c->g, join(&n, c, "f_xyz", ""), gray, chroma);
    gan_id linear = mix(c, "linear", "", add_curve(c, &cube, fxyz), 3, 3, to_rgb, zero);
    return clip(c, add_curve(c, &encode, linear));
}
