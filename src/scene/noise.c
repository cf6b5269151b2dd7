#include "scene/noise.h"

#include <math.h>

void gan_noise_init(struct gan_noise *n, gan_rng rng)
{
    enum { CELLS = GAN_NOISE_SIDE * GAN_NOISE_SIDE, PER_DRAW = 4, BITS = 16 };
    for (unsigned i = 0; i < CELLS; i += PER_DRAW) {
        uint64_t bits = gan_rng_bits(rng, i);
        for (unsigned k = 0; k < PER_DRAW; k++, bits >>= BITS)
            n->lattice[i + k] = (float)(bits & 0xffff) * (2.0f / 0xffff) - 1;
    }
}

static float ease(float t)
{
    return t * t * (3 - 2 * t);
}

/* One row of the lattice, between its points. */
static float along(const struct gan_noise *n, float x, int row)
{
    enum { MASK = GAN_NOISE_SIDE - 1 };
    float cell = floorf(x);
    const float *at = n->lattice + ((unsigned)row & MASK) * GAN_NOISE_SIDE;
    unsigned left = (unsigned)(int)cell & MASK, right = (left + 1) & MASK;
    return at[left] + (at[right] - at[left]) * ease(x - cell);
}

/* Between two rows, each met where the slanting line through (x, y) crosses it. */
static float leaning(const struct gan_noise *n, float x, float y, float lean)
{
    float cell = floorf(y), t = y - cell;
    float above = along(n, x - lean * t, (int)cell), below = along(n, x + lean * (1 - t), (int)cell + 1);
    return above + (below - above) * ease(t);
}

float gan_noise_at(const struct gan_noise *n, float x, float y)
{
    return leaning(n, x, y, 0);
}

float gan_noise_detail(const struct gan_noise *n, float x, float y, float lean, struct gan_band band, float gain)
{
    int exponent;
    float mantissa = frexpf(band.coarse, &exponent), wave = band.coarse / mantissa; /* the power of 2 above coarse */
    float fade = mantissa * 2 - 1, strength = fade, next = 1 + (gain - 1) * fade, sum = 0;
    for (float shift = (float)exponent * 7.31f; wave > band.fine; wave *= 0.5f, shift -= 7.31f) {
        float octave = strength * leaning(n, x / wave + shift, y / wave - shift, lean);
        sum += wave < 2 * band.fine ? octave * (wave / band.fine - 1) : octave;
        strength = next;
        next *= gain;
    }
    return sum;
}

float gan_noise_fractal(const struct gan_noise *n, float x, float y, int octaves)
{
    float sum = 0, strength = 1;
    for (int k = 0; k < octaves; k++) {
        sum += strength * gan_noise_at(n, x, y);
        x = x * 2 + 11.7f;
        y = y * 2 + 5.3f;
        strength *= 0.5f;
    }
    return sum;
}
