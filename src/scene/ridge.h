/* Ridges: hills, mountains, dunes, rows of distant trees; a skyline and what is below it, at one depth. */
#ifndef GAN_SCENE_RIDGE_H
#define GAN_SCENE_RIDGE_H

#include "scene/stage.h"

enum gan_skyline { GAN_ROLLING, GAN_CRAGS, GAN_CROWNS, GAN_SPIRES, GAN_DUNES };

struct gan_ridge {
    enum gan_skyline skyline;
    float foot, relief, wave; /* lowest y, height over it, wavelength; picture widths */
    float depth;              /* metres */
    enum gan_material material;
    enum gan_material second; /* if another: shows where rise * height + noise > edge, height being 0..1 */
    float rise, edge;
    float tone;
    float shift;  /* which part of the noise: ridges of one picture differ by it */
    float bottom; /* painted down to here; picture widths */
};

void gan_ridge_paint(const struct gan_stage *s, const struct gan_ridge *r);

#endif
