/* CIELAB: x = L / 50 - 1, y = a / 110, b / 110. */
#include "gan/colour.h"
#include "image/spaces.h"

static void split(const uint8_t *rgb, size_t n, float *x, float *y)
{
    gan_lab_normalise(rgb, n, x, y);
}

double gan_space_lab_tone(double v)
{
    double linear = v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
    double f = linear > 216.0 / 24389 ? cbrt(linear) : linear * 841 / 108 + 4.0 / 29;
    return (116 * f - 16) / 50 - 1;
}

double gan_space_lab_gray(double x)
{
    double f = ((x + 1) * 50 + 16) / 116, y = f > 6.0 / 29 ? f * f * f : (f - 4.0 / 29) * 108 / 841;
    return y <= 0.0031308 ? 12.92 * y : 1.055 * pow(y, 1 / 2.4) - 0.055;
}

const gan_space gan_space_lab = { .name = "lab",
                                  .help = "CIELAB: a and b from L",
                                  .planes = 2,
                                  .split = split,
                                  .join = gan_lab_restore,
                                  .tone = gan_space_lab_tone };
