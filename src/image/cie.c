/* CIELAB of one colour in double (CIE 15); the matrix is that of lab.c, its rows divided by what they add up to,
 * so that gray has no chroma at all: CIEDE2000 minds. */
#include <math.h>

#include "gan/colour.h"

double gan_cie_f(double t)
{
    return t > 216.0 / 24389 ? cbrt(t) : t * (841.0 / 108) + 4.0 / 29;
}

double gan_cie_f_inverse(double f)
{
    return f > 6.0 / 29 ? f * f * f : (f - 4.0 / 29) * (108.0 / 841);
}

double gan_srgb_linear(double v)
{
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

double gan_srgb_sample(double linear)
{
    return linear <= 0.0031308 ? linear * 12.92 : 1.055 * pow(linear, 1 / 2.4) - 0.055;
}

void gan_xyz_from_linear(const double rgb[3], double xyz[3])
{
    static const double rows[3][3] = { { 0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047 },
                                       { 0.2126729 / 1.0000001, 0.7151522 / 1.0000001, 0.0721750 / 1.0000001 },
                                       { 0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883 } };
    for (int i = 0; i < 3; i++) xyz[i] = rows[i][0] * rgb[0] + rows[i][1] * rgb[1] + rows[i][2] * rgb[2];
}
