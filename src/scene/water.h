/* Water: level, from a line of the picture down, mirroring what is painted above that line. */
#ifndef GAN_SCENE_WATER_H
#define GAN_SCENE_WATER_H

#include "scene/stage.h"

/* top, bottom: picture widths; rough: 0 a pond without wind, 1 the sea. */
void gan_water_paint(const struct gan_stage *s, float top, float bottom, float rough);

#endif
