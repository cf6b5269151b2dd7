/* Value noise: smooth random functions of the plane, about -1..1, from one small periodic lattice.
 *     float patchy = gan_noise_at(&n, x / 8, z / 8);
 */
#ifndef GAN_SCENE_NOISE_H
#define GAN_SCENE_NOISE_H

#include "gan/rng.h"

enum { GAN_NOISE_SIDE = 64 }; /* cells until the lattice repeats; a power of 2 */

struct gan_noise {
    float lattice[GAN_NOISE_SIDE * GAN_NOISE_SIDE]; /* -1..1 */
};

void gan_noise_init(struct gan_noise *n, gan_rng rng, uint64_t index); /* its numbers are those from index on */

float gan_noise_at(const struct gan_noise *n, float x, float y); /* features of size 1 */

struct gan_band {
    float coarse, fine; /* wavelengths, > 0 */
};

/* Octaves of wavelength 2^k within the band, each weaker than the coarser one before by `gain`; those at the two ends
 * fade in and out, so that the band may change from point to point. lean is dx / dy along the direction in which
 * features stretch when y is compressed: 0 for y itself. */
float gan_noise_detail(const struct gan_noise *n, float x, float y, float lean, struct gan_band band, float gain);

/* Fractal sum of `octaves`, each of half the wavelength and half the strength of the one before, from wavelength 1. */
float gan_noise_fractal(const struct gan_noise *n, float x, float y, int octaves);

#endif
