#include "scene/sky.h"

/* Light of the cloudless sky; rise is the height over the horizon, 0 there and about 1 at the top of the picture. */
static struct gan_rgb clear(const struct gan_light *l, float rise)
{
    float t = sqrtf(gan_clamp(rise, 0, 1));
    return gan_rgb_mix(l->horizon, l->zenith, t * (1.5f - 0.5f * t));
}

/* The sun's disc and the light around it, for a ray of the picture. */
static struct gan_rgb sunlight(const struct gan_light *l, struct gan_vec ray)
{
    float cosine = gan_vec_dot(gan_vec_unit(ray), l->to_sun), apart = 1 - cosine; /* half the square of the angle */
    float halo = l->glow * (0.020f / (apart + 0.020f)) * 0.8f, disc = gan_smoothstep(0.0011f, 0.0007f, apart) * l->glow;
    return gan_rgb_add(gan_rgb_scale(l->sun, halo), gan_rgb_scale(l->cloud, 2 * disc));
}

/* Clouds lie on a plane overhead: smaller and closer together towards the horizon; fine: smallest detail, pixels. */
static float density(const struct gan_stage *s, float x, float rise, float fine)
{
    float away = 1 / (rise + 0.18f), often = 1.6f * away; /* clouds to a picture's width */
    struct gan_band sizes = { 0.99f, fine * often * s->pixel };
    float puff = gan_noise_detail(&s->noise, x * often, 1.2f * away, 0, sizes, 0.5f);
    return gan_smoothstep(-0.08f, 0.75f, puff + s->light.cover * 0.9f - 0.15f);
}

static struct gan_rgb cloudy(const struct gan_stage *s, struct gan_rgb sky, float x, float rise)
{
    const struct gan_light *l = &s->light;
    float cover = density(s, x, rise, 3);
    if (cover <= 0) return sky;
    float beyond = density(s, x + 0.05f * l->to_sun.x, rise + 0.05f, 8); /* what stands between here and the sun */
    struct gan_rgb cloud = gan_rgb_mix(l->cloud, l->cloud_base, gan_clamp(0.15f + 0.9f * beyond * cover, 0, 1));
    float far = gan_smoothstep(0.25f, 0, rise) * 0.7f;
    return gan_rgb_mix(sky, gan_rgb_mix(cloud, l->horizon, far), gan_clamp(cover * 1.1f, 0, 1));
}

void gan_sky_paint(const struct gan_stage *s)
{
    struct gan_box box = gan_canvas_box(&s->canvas, 0, 0, 1, 1);
    for (int row = box.top; row < box.bottom; row++) {
        struct gan_rgb *samples = gan_canvas_row(&s->canvas, row);
        float y = gan_canvas_y(&s->canvas, row), rise = (s->view.cy - y) * 1.8f;
        if (rise < -0.1f) return; /* land or water */
        struct gan_rgb gradient = clear(&s->light, rise);
        for (int column = box.left; column < box.right; column++) {
            float x = gan_canvas_x(&s->canvas, column);
            struct gan_rgb sky = gan_rgb_add(gradient, sunlight(&s->light, gan_view_ray(&s->view, x, y)));
            samples[column] = rise > 0 ? cloudy(s, sky, x, rise) : sky;
        }
    }
}
