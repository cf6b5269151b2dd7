#include "data/augment.h"
#include "gan/rng.h"

enum { BLACK, WHITE, GRAIN, PIXELS }; /* indices within the sample's stream */

void gan_age(float *x, size_t n, uint64_t seed, uint64_t sample, double noise, double fade)
{
    if (noise <= 0 && fade <= 0) return;
    gan_rng r = gan_rng_at(seed, GAN_STREAM_GRAIN, sample);
    double black = -1 + fade * gan_rng_uniform(r, BLACK), white = 1 - fade * gan_rng_uniform(r, WHITE);
    double deviation = noise * gan_rng_uniform(r, GRAIN);
    for (size_t i = 0; i < n; i++) {
        double v = black + (white - black) * ((double)x[i] + 1) / 2 + deviation * gan_rng_normal(r, PIXELS + i);
        x[i] = (float)(v < -1 ? -1 : v > 1 ? 1 : v);
    }
}
