/* What landscapes are put together from: ground, hills, woods, shores, and things standing about. */
#ifndef GAN_SCENE_LAND_H
#define GAN_SCENE_LAND_H

#include "scene/stage.h"

void gan_land_ground(const struct gan_stage *s, enum gan_material m, float tone);

/* A strip of ground between two x, from one depth to another; metres. */
void gan_land_strip(const struct gan_stage *s, float left, float right, float near_end, float far_end,
                    enum gan_material m, float tone);

/* The ground nearer than a wavy line at a depth. */
void gan_land_shore(const struct gan_stage *s, float depth, enum gan_material m, float tone);

/* Receding ridges, far ones first; relief is the height of the nearest, in picture widths. */
void gan_land_hills(struct gan_stage *s, int count, float relief);
void gan_land_mountains(struct gan_stage *s, float relief);

/* A row of trees on the horizon; depth in metres, height in picture widths. */
void gan_land_treeline(struct gan_stage *s, float depth, float height);

/* Something of a height that stands on the ground. */
typedef void gan_land_thing(struct gan_stage *s, struct gan_vec foot, float height);

struct gan_land_group {
    gan_land_thing *thing;
    float far_end, near_end; /* depths; metres */
    float clear;             /* kept free to both sides of x = 0; metres */
    float low, high;         /* heights; metres */
};

/* About n things all over the picture's ground, far ones first. */
void gan_land_scatter(struct gan_stage *s, const struct gan_land_group *g, int n);

/* A fence along x at a depth. */
void gan_land_fence(const struct gan_stage *s, float left, float right, float depth);

/* Flowers in the grass near the viewer: specks of one colour. */
void gan_land_flowers(struct gan_stage *s, enum gan_material m, int count);

#endif
