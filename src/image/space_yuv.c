/* YUV of ITU-R BT.601 and BT.709 on R'G'B', full range: x = 2 Y' - 1, y = 2 Pb, 2 Pr. */
#include "image/spaces.h"

struct weights {
    float r, b;
};
static const struct weights bt601 = { (float)GAN_BT601_R, (float)GAN_BT601_B };
static const struct weights bt709 = { (float)GAN_BT709_R, (float)GAN_BT709_B };

static void split(const struct weights *k, const uint8_t *rgb, size_t n, float *x, float *y)
{
    for (size_t i = 0; i < n; i++) {
        float r = (float)rgb[3 * i] / 255, g = (float)rgb[3 * i + 1] / 255, b = (float)rgb[3 * i + 2] / 255;
        float luma = k->r * r + (1 - k->r - k->b) * g + k->b * b;
        if (x) x[i] = 2 * luma - 1;
        if (!y) continue;
        y[i] = (b - luma) / (1 - k->b);
        y[n + i] = (r - luma) / (1 - k->r);
    }
}

static void join(const struct weights *k, const float *x, const float *y, size_t n, uint8_t *rgb)
{
    for (size_t i = 0; i < n; i++) {
        float luma = (x[i] + 1) / 2, b = luma + y[i] * (1 - k->b), r = luma + y[n + i] * (1 - k->r);
        rgb[3 * i] = gan_space_byte(r);
        rgb[3 * i + 1] = gan_space_byte((luma - k->r * r - k->b * b) / (1 - k->r - k->b));
        rgb[3 * i + 2] = gan_space_byte(b);
    }
}

static double tone(double gray)
{
    return 2 * gray - 1;
}

static void split601(const uint8_t *rgb, size_t n, float *x, float *y)
{
    split(&bt601, rgb, n, x, y);
}

static void join601(const float *x, const float *y, size_t n, uint8_t *rgb)
{
    join(&bt601, x, y, n, rgb);
}

static void split709(const uint8_t *rgb, size_t n, float *x, float *y)
{
    split(&bt709, rgb, n, x, y);
}

static void join709(const float *x, const float *y, size_t n, uint8_t *rgb)
{
    join(&bt709, x, y, n, rgb);
}

const gan_space gan_space_yuv601 = { .name = "yuv601",
                                     .help = "YUV of BT.601: U and V from luma",
                                     .planes = 2,
                                     .split = split601,
                                     .join = join601,
                                     .tone = tone };
const gan_space gan_space_yuv709 = { .name = "yuv709",
                                     .help = "YUV of BT.709: U and V from luma",
                                     .planes = 2,
                                     .split = split709,
                                     .join = join709,
                                     .tone = tone };
