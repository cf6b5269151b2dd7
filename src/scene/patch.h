/* Flat things: walls, roofs, roads, fields, windows, shadows. A patch is a rectangle of a plane of the world, seen in
 * perspective from the side its normal up x across points to.
 *     gan_patch_paint(s, &(struct gan_patch){ .origin = corner, .across = { 1, 0, 0 }, .up = { 0, 1, 0 },
 *                                             .right = width, .top = height, .material = GAN_BRICK });
 */
#ifndef GAN_SCENE_PATCH_H
#define GAN_SCENE_PATCH_H

#include "scene/stage.h"

struct gan_patch;

/* Whether a spot of the rectangle belongs to the patch. */
typedef int gan_patch_mask(const struct gan_stage *s, const struct gan_patch *p, const struct gan_spot *at);

struct gan_patch {
    struct gan_vec origin, across, up; /* across and up: unit */
    float left, right, bottom, top;    /* extent from the origin; metres */
    gan_patch_mask *mask;              /* NULL: all of the rectangle */
    const void *shape;                 /* for the mask; borrowed */
    enum gan_material material;
    float tone; /* brightness of this one thing; 0 is taken as 1 */
};

void gan_patch_paint(const struct gan_stage *s, const struct gan_patch *p);

/* Takes part (0..1) of the sun's light from what is painted there already; both sides of the patch count. */
void gan_patch_shadow(const struct gan_stage *s, const struct gan_patch *p, float part);

gan_patch_mask gan_mask_gable; /* a triangle on the bottom side */
gan_patch_mask gan_mask_disc;  /* the ellipse inside */

#endif
