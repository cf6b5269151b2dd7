/* RGB: the whole picture is the target, x = L / 50 - 1, y = 2 R' - 1, 2 G' - 1, 2 B' - 1. */
#include "gan/colour.h"
#include "image/spaces.h"

static void split(const uint8_t *rgb, size_t n, float *x, float *y)
{
    if (x) gan_lab_normalise(rgb, n, x, NULL);
    if (!y) return;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++) y[c * n + i] = (float)rgb[3 * i + c] * (2.0f / 255) - 1;
}

static void join(const float *x, const float *y, size_t n, uint8_t *rgb)
{
    (void)x;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++) rgb[3 * i + c] = gan_space_byte((y[c * n + i] + 1) / 2);
}

const gan_space gan_space_rgb = { .name = "rgb",
                                  .help = "RGB: the whole picture from L",
                                  .planes = 3,
                                  .split = split,
                                  .join = join,
                                  .tone = gan_space_lab_tone };
