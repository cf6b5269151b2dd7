/* Points and directions of the world: x to the right, y up, z away from the viewer; metres.
 * Colours of light: linear R, G, B of sRGB's primaries, 1 being white paper in full light.
 */
#ifndef GAN_SCENE_VEC_H
#define GAN_SCENE_VEC_H

#include <math.h>

struct gan_vec {
    float x, y, z;
};

struct gan_rgb {
    float r, g, b;
};

static inline struct gan_vec gan_vec_add(struct gan_vec a, struct gan_vec b)
{
    return (struct gan_vec){ a.x + b.x, a.y + b.y, a.z + b.z };
}

static inline struct gan_vec gan_vec_scale(struct gan_vec a, float k)
{
    return (struct gan_vec){ a.x * k, a.y * k, a.z * k };
}

static inline float gan_vec_dot(struct gan_vec a, struct gan_vec b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline struct gan_vec gan_vec_cross(struct gan_vec a, struct gan_vec b)
{
    return (struct gan_vec){ a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x };
}

static inline struct gan_vec gan_vec_unit(struct gan_vec a)
{
    return gan_vec_scale(a, 1 / sqrtf(gan_vec_dot(a, a)));
}

static inline struct gan_rgb gan_rgb_add(struct gan_rgb a, struct gan_rgb b)
{
    return (struct gan_rgb){ a.r + b.r, a.g + b.g, a.b + b.b };
}

static inline struct gan_rgb gan_rgb_scale(struct gan_rgb a, float k)
{
    return (struct gan_rgb){ a.r * k, a.g * k, a.b * k };
}

static inline struct gan_rgb gan_rgb_filter(struct gan_rgb a, struct gan_rgb b)
{
    return (struct gan_rgb){ a.r * b.r, a.g * b.g, a.b * b.b };
}

static inline struct gan_rgb gan_rgb_mix(struct gan_rgb a, struct gan_rgb b, float t)
{
    return (struct gan_rgb){ a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t };
}

static inline float gan_clamp(float x, float least, float most) /* NaN: least */
{
    return x > least ? x < most ? x : most : least;
}

/* 0 below a, 1 above b, a cubic between them. */
static inline float gan_smoothstep(float a, float b, float x)
{
    float t = gan_clamp((x - a) / (b - a), 0, 1);
    return t * t * (3 - 2 * t);
}

#endif
