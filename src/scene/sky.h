/* The sky, down to the bottom of the picture: gradient, glow, sun, clouds. */
#ifndef GAN_SCENE_SKY_H
#define GAN_SCENE_SKY_H

#include "scene/stage.h"

void gan_sky_paint(const struct gan_stage *s);

#endif
