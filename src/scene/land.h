/* What scenes are put together from: land up to the horizon, roads, rows and groups of things. */
#ifndef GAN_SCENE_LAND_H
#define GAN_SCENE_LAND_H

#include "scene/stage.h"

void gan_land_ground(const struct gan_stage *s, enum gan_material m, float tone);

/* A strip of ground between two x, from one depth to another; metres. */
void gan_land_strip(const struct gan_stage *s, float left, float right, float near_end, float far_end,
                    enum gan_material m, float tone);

/* Receding ridges of grass and woods, far ones first; foot of the nearest at the horizon. */
void gan_land_hills(struct gan_stage *s, int count, float relief);
void gan_land_mountains(struct gan_stage *s, float relief);

/* A row of trees far away, on the horizon. */
void gan_land_treeline(struct gan_stage *s, float depth, float height);

/* Something of a height on the ground, for gan_land_scatter. */
typedef void gan_land_thing(struct gan_stage *s, struct gan_vec foot, float height);

/* Things all over the ground between two depths, far ones first, keeping `clear` metres around x = 0 free. */
void gan_land_scatter(struct gan_stage *s, gan_land_thing *thing, float far_end, float near_end, int count, float clear,
                      const float height[2]);

/* A fence along x at a depth. */
void gan_land_fence(const struct gan_stage *s, float left, float right, float depth);

/* Flowers in the grass near the viewer: specks of one colour. */
void gan_land_flowers(struct gan_stage *s, enum gan_material m, int count);

#endif
