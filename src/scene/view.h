/* The viewer: eye above the origin, looking along z, picture upright. The picture is the unit square, x to the right,
 * y down; a point at depth z stands focal / z picture widths per metre large.
 */
#ifndef GAN_SCENE_VIEW_H
#define GAN_SCENE_VIEW_H

#include "scene/vec.h"

#define GAN_VIEW_NEAR 0.2f /* nothing closer is drawn; metres */

struct gan_view {
    float cx, cy; /* vanishing point of z: cy is the horizon */
    float focal;  /* picture widths */
    float eye;    /* height above the ground; metres */
};

struct gan_point {
    float x, y;
};

static inline struct gan_point gan_view_project(const struct gan_view *view, struct gan_vec p) /* p.z > 0 */
{
    float scale = view->focal / p.z;
    return (struct gan_point){ view->cx + p.x * scale, view->cy + (view->eye - p.y) * scale };
}

/* The direction through a point of the picture, with z = 1: eye + depth * ray is the world's point at that depth. */
static inline struct gan_vec gan_view_ray(const struct gan_view *view, float x, float y)
{
    return (struct gan_vec){ (x - view->cx) / view->focal, (view->cy - y) / view->focal, 1 };
}

/* Where the ground has this depth: the picture's y. */
static inline float gan_view_ground(const struct gan_view *view, float depth)
{
    return view->cy + view->eye * view->focal / depth;
}

#endif
