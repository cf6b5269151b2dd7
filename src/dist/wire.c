#include "dist/wire.h"

#include <stdint.h>
#include <string.h>

#include "base/simd.h"
#include "gan/parallel.h"

enum { GRAIN = 16384 }; /* floats: smaller jobs are not worth waking threads for */

size_t gan_wire_bytes(enum gan_wire w)
{
    return w == GAN_WIRE_BF16 ? sizeof(uint16_t) : sizeof(float);
}

static inline uint16_t round_bf16(uint32_t bits)
{
    uint32_t nearest = (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
    uint32_t quiet = bits >> 16 | 0x40u;
    return (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? quiet : nearest);
}

GAN_SIMD static void pack(const float *restrict from, uint16_t *restrict to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, from + i, sizeof bits);
        to[i] = round_bf16(bits);
    }
}

static inline float widen(uint16_t half)
{
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

GAN_SIMD static void unpack(const uint16_t *restrict from, float *restrict to, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] = widen(from[i]);
}

GAN_SIMD static void add_packed(const uint16_t *restrict from, float *restrict to, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] += widen(from[i]);
}

GAN_SIMD static void add(const float *restrict from, float *restrict to, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] += from[i];
}

struct job {
    enum gan_wire wire;
    const void *from;
    void *to;
};

static void pack_range(void *ctx, size_t begin, size_t end)
{
    const struct job *j = ctx;
    pack((const float *)j->from + begin, (uint16_t *)j->to + begin, end - begin);
}

static void unpack_range(void *ctx, size_t begin, size_t end)
{
    const struct job *j = ctx;
    unpack((const uint16_t *)j->from + begin, (float *)j->to + begin, end - begin);
}

static void add_range(void *ctx, size_t begin, size_t end)
{
    const struct job *j = ctx;
    float *to = (float *)j->to + begin;
    if (j->wire == GAN_WIRE_BF16)
        add_packed((const uint16_t *)j->from + begin, to, end - begin);
    else
        add((const float *)j->from + begin, to, end - begin);
}

void gan_wire_pack(enum gan_wire w, const float *from, void *to, size_t n)
{
    if (w == GAN_WIRE_F32)
        memcpy(to, from, n * sizeof *from);
    else
        gan_parallel_range(n, GRAIN, pack_range, &(struct job){ w, from, to });
}

void gan_wire_unpack(enum gan_wire w, const void *from, float *to, size_t n)
{
    if (w == GAN_WIRE_F32)
        memcpy(to, from, n * sizeof *to);
    else
        gan_parallel_range(n, GRAIN, unpack_range, &(struct job){ w, from, to });
}

void gan_wire_add(enum gan_wire w, const void *from, float *to, size_t n)
{
    gan_parallel_range(n, GRAIN, add_range, &(struct job){ w, from, to });
}
