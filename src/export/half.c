#include "export/half.h"

#include <math.h>
#include <string.h>

/* binary16: 1 bit sign, 5 exponent (bias 15), 10 mantissa; below 2^-14 all numbers are multiples of 2^-24. */
uint16_t gan_half_from_float(float x)
{
    const float smallest_normal = 0x1p-14f, limit = 65520; /* the first that rounds to infinity */
    uint16_t sign = signbit(x) ? 0x8000 : 0;
    float a = fabsf(x);
    uint32_t bits;
    if (isnan(x)) return 0x7e00;
    if (a >= limit) return sign | 0x7c00;
    if (a < smallest_normal) return (uint16_t)(sign | (uint16_t)rintf(a * 0x1p24f));
    memcpy(&bits, &a, sizeof bits);
    bits += 0xfff + (bits >> 13 & 1); /* a carry goes into the exponent, where it belongs */
    return (uint16_t)(sign | ((bits >> 13) - (112u << 10)));
}

float gan_half_to_float(uint16_t h)
{
    int exponent = h >> 10 & 31, mantissa = h & 0x3ff;
    float a;
    if (exponent == 31)
        a = mantissa ? NAN : INFINITY;
    else if (exponent)
        a = ldexpf((float)(mantissa | 0x400), exponent - 25);
    else
        a = ldexpf((float)mantissa, -24);
    return h & 0x8000 ? -a : a;
}
