#include "scene/noise.h"

#include <math.h>
#include <stddef.h>

void gan_noise_init(struct gan_noise *n, gan_rng rng, uint64_t index)
{
    enum { CELLS = GAN_NOISE_SIDE * GAN_NOISE_SIDE, PER_DRAW = 4, BITS = 16 };
    for (unsigned i = 0; i < CELLS; i += PER_DRAW) {
        uint64_t bits = gan_rng_bits(rng, index + i);
        for (unsigned k = 0; k < PER_DRAW; k++, bits >>= BITS)
            n->lattice[i + k] = (float)(bits & 0xffff) * (2.0f / 0xffff) - 1;
    }
}

enum { MASK = GAN_NOISE_SIDE - 1 };

static float ease(float t)
{
    return t * t * (3 - 2 * t);
}

/* floorf as an int, for |x| < 2^31: without SSE 4.1 floorf is a call. */
static int whole(float x)
{
    int cut = (int)x;
    return cut - (x < (float)cut);
}

/* One row of the lattice, between its points. */
static float along(const float *row, float x)
{
    int cell = whole(x);
    float left = row[(unsigned)cell & MASK], right = row[((unsigned)cell + 1) & MASK];
    return left + (right - left) * ease(x - (float)cell);
}

static const float *row_at(const struct gan_noise *n, int y)
{
    return n->lattice + (size_t)((unsigned)y & MASK) * GAN_NOISE_SIDE;
}

float gan_noise_at(const struct gan_noise *n, float x, float y)
{
    int column = whole(x), row = whole(y);
    float s = ease(x - (float)column), t = ease(y - (float)row);
    const float *above = row_at(n, row), *below = row_at(n, row + 1);
    unsigned left = (unsigned)column & MASK, right = (left + 1) & MASK;
    float a = above[left] + (above[right] - above[left]) * s, b = below[left] + (below[right] - below[left]) * s;
    return a + (b - a) * t;
}

/* Between two rows, each met where the slanting line through (x, y) crosses it. */
static float leaning(const struct gan_noise *n, float x, float y, float lean)
{
    if (lean == 0) return gan_noise_at(n, x, y);
    int cell = whole(y);
    float t = y - (float)cell;
    float above = along(row_at(n, cell), x - lean * t), below = along(row_at(n, cell + 1), x + lean * (1 - t));
    return above + (below - above) * ease(t);
}

float gan_noise_detail(const struct gan_noise *n, float x, float y, float lean, struct gan_band band, float gain)
{
    int exponent;
    float mantissa = frexpf(band.coarse, &exponent), wave = band.coarse / mantissa; /* the power of 2 above coarse */
    float fade = mantissa * 2 - 1, strength = fade, next = 1 + (gain - 1) * fade, sum = 0;
    float often = 1 / wave;
    while (wave > band.fine) {
        float shift = (float)exponent-- * 7.31f; /* octaves of one place of the lattice would add up */
        float octave = strength * leaning(n, x * often + shift, y * often - shift, lean);
        sum += wave < 2 * band.fine ? octave * (wave / band.fine - 1) : octave;
        strength = next;
        next *= gain;
        wave *= 0.5f, often *= 2;
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
