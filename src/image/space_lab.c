/* CIELAB: x = L / 50 - 1, y = a / 110, b / 110. */
#include "gan/colour.h"
#include "image/spaces.h"

static void split(const uint8_t *rgb, size_t n, float *x, float *y)
{
    gan_lab_normalise(rgb, n, x, y);
}

double gan_space_lab_tone(double v)
{
    return (116 * gan_cie_f(gan_srgb_linear(v)) - 16) / 50 - 1;
}

double gan_space_lab_gray(double x)
{
    return gan_srgb_sample(gan_cie_f_inverse(((x + 1) * 50 + 16) / 116));
}

const gan_space gan_space_lab = { .name = "lab",
                                  .help = "CIELAB: a and b from L",
                                  .planes = 2,
                                  .split = split,
                                  .join = gan_lab_restore,
                                  .tone = gan_space_lab_tone };
