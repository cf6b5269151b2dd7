/* Light: the weather and the time of day, as colours of sun, sky and air. */
#ifndef GAN_SCENE_LIGHT_H
#define GAN_SCENE_LIGHT_H

#include "scene/dice.h"
#include "scene/vec.h"

struct gan_light {
    struct gan_vec to_sun;          /* unit */
    struct gan_rgb sun;             /* on a surface that faces it */
    struct gan_rgb ambient;         /* on every surface */
    struct gan_rgb zenith, horizon; /* of the clear sky */
    struct gan_rgb cloud, cloud_base;
    struct gan_rgb haze;
    float clarity; /* depth at which haze takes half; metres */
    float cover;   /* clouds: -1 none, 0 scattered, 1 closed */
    float glow;    /* of the sky around the sun */
};

void gan_light_init(struct gan_light *l, struct gan_dice *d);

/* Light a surface sends to the viewer: facing is the cosine to the sun, 0..1, sky the share of ambient light. */
struct gan_rgb gan_light_surface(const struct gan_light *l, struct gan_rgb albedo, float facing, float sky,
                                 float depth);

/* Cosine of the angle between a surface's unit normal and the sun, 0 in its shade. */
static inline float gan_light_facing(const struct gan_light *l, struct gan_vec normal)
{
    float cosine = gan_vec_dot(l->to_sun, normal);
    return cosine > 0 ? cosine : 0;
}

#endif
