/* HSV (Smith 1978) with hue as an angle: y = S cos H, S sin H, so that red is one colour and not two ends of a scale,
 * and gray, which has no hue, is 0. A gray photograph has luma and no V, which is max(R', G', B'): so x = 2 Y' - 1 with
 * the luma of BT.601, and V follows from hue, saturation and luma. */
#include "image/spaces.h"

#define PI 3.14159265358979f

static float luma_of(const float *c)
{
    return (float)GAN_BT601_R * c[0] + (float)(1 - GAN_BT601_R - GAN_BT601_B) * c[1] + (float)GAN_BT601_B * c[2];
}

/* Hue in sixths of a turn, 0..6, from samples that are not all equal. */
static float sixths(const float *c, float high, float chroma)
{
    if (high == c[0]) return (c[1] - c[2]) / chroma + (c[1] < c[2] ? 6.0f : 0.0f);
    if (high == c[1]) return (c[2] - c[0]) / chroma + 2;
    return (c[0] - c[1]) / chroma + 4;
}

static void split(const uint8_t *rgb, size_t n, float *x, float *y)
{
    for (size_t i = 0; i < n; i++) {
        float c[3] = { (float)rgb[3 * i] / 255, (float)rgb[3 * i + 1] / 255, (float)rgb[3 * i + 2] / 255 };
        float high = fmaxf(c[0], fmaxf(c[1], c[2])), chroma = high - fminf(c[0], fminf(c[1], c[2]));
        if (x) x[i] = 2 * luma_of(c) - 1;
        if (!y) continue;
        float angle = chroma > 0 ? sixths(c, high, chroma) * (PI / 3) : 0, s = chroma > 0 ? chroma / high : 0;
        y[i] = s * cosf(angle);
        y[n + i] = s * sinf(angle);
    }
}

/* The pure colour of a hue: one of R, G, B is 1, one is 0. */
static void pure(float sixth, float *c)
{
    c[0] = fminf(fmaxf(fabsf(sixth - 3) - 1, 0), 1);
    c[1] = fminf(fmaxf(2 - fabsf(sixth - 2), 0), 1);
    c[2] = fminf(fmaxf(2 - fabsf(sixth - 4), 0), 1);
}

/* Samples are V (1 - S (1 - pure)). Where V would pass 1, the saturation gives way, never the luma. */
static void join_pixel(float luma, float u, float v, uint8_t *rgb)
{
    float c[3], s = fminf(hypotf(u, v), 1), sixth = atan2f(v, u) * (3 / PI);
    pure(sixth < 0 ? sixth + 6 : sixth, c);
    float bright = luma_of(c), high = luma / (1 - s * (1 - bright));
    if (high > 1) {
        high = 1;
        s = fminf(s, (1 - luma) / (1 - bright));
    }
    for (int k = 0; k < 3; k++) rgb[k] = gan_space_byte(high * (1 - s * (1 - c[k])));
}

static void join(const float *x, const float *y, size_t n, uint8_t *rgb)
{
    for (size_t i = 0; i < n; i++) join_pixel(fminf(fmaxf((x[i] + 1) / 2, 0), 1), y[i], y[n + i], rgb + 3 * i);
}

static double tone(double gray)
{
    return 2 * gray - 1;
}

const gan_space gan_space_hsv = { .name = "hsv",
                                  .help = "HSV: saturation at the angle of hue, from luma",
                                  .planes = 2,
                                  .split = split,
                                  .join = join,
                                  .tone = tone };
