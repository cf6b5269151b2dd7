/* bfloat16, the upper half of a float: rounding as processors do that have it. */
#ifndef GAN_CORE_DNN_BF16_H
#define GAN_CORE_DNN_BF16_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* x as a bfloat16 holds it: rounded to nearest, ties to even, beyond the largest to infinity; a NaN stays one, quiet, and
 * below the normal numbers there is zero. Source: Intel, VCVTNEPS2BF16. */
static inline float gan_bf16(float x)
{
    uint32_t u, magnitude, rounded;
    memcpy(&u, &x, sizeof u);
    magnitude = u & 0x7fffffff;
    rounded = u + 0x7fff + (u >> 16 & 1);
    rounded = magnitude > 0x7f800000 ? u | 0x400000 : rounded;
    rounded = magnitude < 0x800000 ? u & 0x80000000 : rounded;
    rounded &= 0xffff0000;
    memcpy(&x, &rounded, sizeof x);
    return x;
}

/* n floats, on all threads; dst may be src. */
void gan_bf16_round(const float *src, float *dst, size_t n);

#endif
