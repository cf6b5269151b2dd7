/* Cars on the road, seen from behind or from the front. */
#ifndef GAN_SCENE_CAR_H
#define GAN_SCENE_CAR_H

#include "scene/stage.h"

void gan_car_paint(struct gan_stage *s, struct gan_vec middle); /* of its near end, on the ground */

#endif
