/* exp and tanh without branches or calls, for loops that compilers vectorise. Largest relative error 3e-7 (exp) and
 * absolute error 2e-7 (tanh), checked over the whole range by the tests. */
#ifndef GAN_CORE_DNN_VMATH_H
#define GAN_CORE_DNN_VMATH_H

#include <stdint.h>
#include <string.h>

/* e^x = 2^k e^r with |r| <= ln 2 / 2 and a polynomial for e^r; x is limited to what a float can hold. Adding 1.5 * 2^23
 * rounds to a whole number and leaves it in the lowest bits: nothing is converted, NaN least of all, and passes through
 * r. */
static inline float gan_vexp(float x)
{
    union {
        float value;
        uint32_t bits;
    } whole, scale;
    const float round = 12582912.0f;
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    whole.value = x * 1.44269504f + round;
    float k = whole.value - round;
    float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
    float p = 1.0f + r * (1.0f + r * (0.5f + r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 + r * (1.0f / 720))))));
    scale.bits = (whole.bits + 127) << 23;
    return p * scale.value;
}

/* tanh x = (1 - e) / (1 + e) with e = exp(-2|x|); near 0 the odd series, where the quotient would lose digits. */
static inline float gan_vtanh(float x)
{
    float a = x < 0 ? -x : x, e = gan_vexp(-2.0f * a), z = x * x;
    float far = (1.0f - e) / (1.0f + e), near = a * (1.0f - z * (1.0f / 3 - z * (2.0f / 15 - z * (17.0f / 315))));
    float y = a < 0.2f ? near : far;
    return x < 0 ? -y : y;
}

#endif
