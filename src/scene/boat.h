/* A sailing boat. */
#ifndef GAN_SCENE_BOAT_H
#define GAN_SCENE_BOAT_H

#include "scene/stage.h"

void gan_boat_paint(const struct gan_stage *s, struct gan_vec middle, float length); /* on the water; metres */

#endif
