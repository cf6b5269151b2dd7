/* The mixer is SplitMix64's finaliser (Steele, Lea and Flood 2014) over a Weyl sequence keyed by seed, stream, step. */
#include "gan/rng.h"

#include <math.h>

static const uint64_t WEYL = 0x9e3779b97f4a7c15u;

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

gan_rng gan_rng_at(uint64_t seed, enum gan_stream stream, uint64_t step)
{
    uint64_t key = mix(seed + WEYL);
    key = mix(key + WEYL * (uint64_t)stream);
    return (gan_rng){ mix(key + WEYL * (step + 1)) };
}

uint64_t gan_rng_bits(gan_rng r, uint64_t index)
{
    return mix(r.key + WEYL * (index + 1));
}

double gan_rng_uniform(gan_rng r, uint64_t index)
{
    return (double)(gan_rng_bits(r, index) >> 11) * 0x1p-53;
}

double gan_rng_normal(gan_rng r, uint64_t index)
{
    double radius = 1.0 - gan_rng_uniform(r, 2 * index), angle = gan_rng_uniform(r, 2 * index + 1);
    return sqrt(-2.0 * log(radius)) * cos(6.283185307179586 * angle);
}

uint64_t gan_rng_below(gan_rng r, uint64_t index, uint64_t n)
{
    uint64_t bits = gan_rng_bits(r, index);
    if (n >> 32) return bits % n;
    return ((bits >> 32) * n) >> 32;
}

void gan_rng_shuffle(gan_rng r, uint32_t *out, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t j = (uint32_t)gan_rng_below(r, i, (uint64_t)i + 1);
        out[i] = out[j];
        out[j] = i;
    }
}
