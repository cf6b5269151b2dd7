#include "export/element.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "export/bytes.h"
#include "gan/error.h"

static float from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static float get_f32(const unsigned char *from)
{
    return from_bits((uint32_t)gan_get_le(from, 4));
}

static float get_bf16(const unsigned char *from)
{
    return from_bits((uint32_t)gan_get_le(from, 2) << 16);
}

/* IEEE binary16: sign, 5 bits of exponent with bias 15, 10 of fraction. */
static float get_f16(const unsigned char *from)
{
    uint32_t bits = (uint32_t)gan_get_le(from, 2), sign = (bits & 0x8000u) << 16;
    uint32_t exponent = bits >> 10 & 31, fraction = bits & 0x3ffu;
    if (exponent == 31) return from_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent) return from_bits(sign | (exponent + 127 - 15) << 23 | fraction << 13);
    float small = ldexpf((float)fraction, -24);
    return sign ? -small : small;
}

static float get_f64(const unsigned char *from)
{
    uint64_t bits = gan_get_le(from, 8);
    double d;
    memcpy(&d, &bits, sizeof d);
    return (float)d;
}

const gan_element gan_f16 = { "float16", 2, get_f16 };
const gan_element gan_bf16 = { "bfloat16", 2, get_bf16 };
const gan_element gan_f32 = { "float32", 4, get_f32 };
const gan_element gan_f64 = { "float64", 8, get_f64 };
const gan_element gan_whole8 = { "int8", 1, NULL };
const gan_element gan_whole16 = { "int16", 2, NULL };
const gan_element gan_whole32 = { "int32", 4, NULL };
const gan_element gan_whole64 = { "int64", 8, NULL };

int gan_element_floats(const gan_element *e, const unsigned char *from, size_t n, float *out)
{
    if (!e->get) return gan_error("its elements are %s, not floats", e->name);
    for (size_t i = 0; i < n; i++) out[i] = e->get(from + i * e->bytes);
    return 0;
}
