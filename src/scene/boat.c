#include "scene/boat.h"

#include "scene/patch.h"

/* A trapezium, wider above: the sides lean out. */
static int mask_hull(const struct gan_stage *s, const struct gan_patch *p, const struct gan_spot *at)
{
    (void)s;
    float middle = (p->left + p->right) / 2, half = (p->right - p->left) / 2;
    return fabsf(at->u - middle) < half * (0.75f + 0.25f * at->v / p->top);
}

/* A right triangle along the mast. */
static int mask_sail(const struct gan_stage *s, const struct gan_patch *p, const struct gan_spot *at)
{
    (void)s;
    return (at->u - p->left) / (p->right - p->left) + (at->v - p->bottom) / (p->top - p->bottom) < 1;
}

void gan_boat_paint(const struct gan_stage *s, struct gan_vec middle, float length)
{
    struct gan_patch p = { .origin = middle, .across = { 1, 0, 0 }, .up = { 0, 1, 0 } };
    p.left = -0.03f * length, p.right = 0.45f * length;
    p.bottom = 0.2f * length, p.top = 1.2f * length;
    p.mask = mask_sail, p.material = GAN_PAINT;
    gan_patch_paint(s, &p);
    p.left = -length / 2, p.right = length / 2;
    p.bottom = 0, p.top = 0.16f * length;
    p.mask = mask_hull, p.material = GAN_TIMBER;
    gan_patch_paint(s, &p);
}
