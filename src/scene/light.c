#include "scene/light.h"

struct weather {
    float weight;
    struct gan_light typical;
    float cover[2], climb[2]; /* ranges: of light.cover, of the sine of the sun's height */
};

/* clang-format off */
static const struct weather weathers[] = {
    { 4, /* clear */
      { .sun = { 0.98f, 0.90f, 0.76f }, .ambient = { 0.22f, 0.26f, 0.32f }, .zenith = { 0.12f, 0.24f, 0.47f },
        .horizon = { 0.46f, 0.60f, 0.74f }, .cloud = { 1.0f, 0.98f, 0.95f }, .cloud_base = { 0.62f, 0.66f, 0.72f },
        .haze = { 0.50f, 0.62f, 0.76f }, .clarity = 4000, .glow = 0.1f },
      .cover = { -0.8f, -0.3f }, .climb = { 0.4f, 0.8f } },
    { 5, /* fair, with cumulus */
      { .sun = { 0.95f, 0.88f, 0.76f }, .ambient = { 0.24f, 0.27f, 0.32f }, .zenith = { 0.14f, 0.27f, 0.49f },
        .horizon = { 0.49f, 0.62f, 0.76f }, .cloud = { 1.0f, 0.98f, 0.95f }, .cloud_base = { 0.50f, 0.54f, 0.60f },
        .haze = { 0.54f, 0.64f, 0.76f }, .clarity = 3000, .glow = 0.1f },
      .cover = { -0.2f, 0.35f }, .climb = { 0.4f, 0.8f } },
    { 1.4f, /* hazy */
      { .sun = { 0.80f, 0.74f, 0.64f }, .ambient = { 0.30f, 0.32f, 0.35f }, .zenith = { 0.28f, 0.40f, 0.57f },
        .horizon = { 0.70f, 0.76f, 0.82f }, .cloud = { 0.95f, 0.95f, 0.95f }, .cloud_base = { 0.66f, 0.69f, 0.73f },
        .haze = { 0.66f, 0.72f, 0.78f }, .clarity = 900, .glow = 0.3f },
      .cover = { -0.6f, 0.1f }, .climb = { 0.3f, 0.7f } },
    { 1.5f, /* late afternoon */
      { .sun = { 1.05f, 0.80f, 0.50f }, .ambient = { 0.24f, 0.24f, 0.28f }, .zenith = { 0.16f, 0.26f, 0.42f },
        .horizon = { 0.78f, 0.69f, 0.55f }, .cloud = { 1.0f, 0.88f, 0.70f }, .cloud_base = { 0.52f, 0.48f, 0.50f },
        .haze = { 0.70f, 0.62f, 0.52f }, .clarity = 2000, .glow = 0.5f },
      .cover = { -0.4f, 0.2f }, .climb = { 0.12f, 0.28f } },
    { 1.2f, /* sunset */
      { .sun = { 0.70f, 0.40f, 0.20f }, .ambient = { 0.13f, 0.11f, 0.125f }, .zenith = { 0.14f, 0.15f, 0.28f },
        .horizon = { 0.92f, 0.52f, 0.27f }, .cloud = { 0.95f, 0.50f, 0.28f }, .cloud_base = { 0.26f, 0.18f, 0.22f },
        .haze = { 0.60f, 0.34f, 0.18f }, .clarity = 1800, .glow = 1 },
      .cover = { -0.3f, 0.3f }, .climb = { 0.03f, 0.1f } },
    { 0.8f, /* overcast */
      { .sun = { 0.10f, 0.10f, 0.10f }, .ambient = { 0.48f, 0.50f, 0.53f }, .zenith = { 0.50f, 0.54f, 0.60f },
        .horizon = { 0.66f, 0.70f, 0.74f }, .cloud = { 0.72f, 0.74f, 0.77f }, .cloud_base = { 0.36f, 0.39f, 0.43f },
        .haze = { 0.60f, 0.64f, 0.68f }, .clarity = 1200, .glow = 0 },
      .cover = { 0.8f, 1.1f }, .climb = { 0.5f, 0.8f } },
    { 0.8f, /* sun before a storm */
      { .sun = { 1.05f, 0.95f, 0.78f }, .ambient = { 0.22f, 0.24f, 0.28f }, .zenith = { 0.10f, 0.13f, 0.19f },
        .horizon = { 0.26f, 0.31f, 0.38f }, .cloud = { 0.34f, 0.36f, 0.40f }, .cloud_base = { 0.11f, 0.13f, 0.17f },
        .haze = { 0.28f, 0.33f, 0.40f }, .clarity = 4000, .glow = 0 },
      .cover = { 0.5f, 1.0f }, .climb = { 0.3f, 0.6f } },
    { 0.35f, /* fog */
      { .sun = { 0.12f, 0.12f, 0.11f }, .ambient = { 0.46f, 0.47f, 0.48f }, .zenith = { 0.58f, 0.62f, 0.66f },
        .horizon = { 0.70f, 0.72f, 0.74f }, .cloud = { 0.8f, 0.8f, 0.8f }, .cloud_base = { 0.6f, 0.6f, 0.6f },
        .haze = { 0.68f, 0.70f, 0.72f }, .clarity = 130, .glow = 0.1f },
      .cover = { -1, -1 }, .climb = { 0.4f, 0.6f } },
};
/* clang-format on */

enum { WEATHERS = sizeof weathers / sizeof *weathers };

static const struct weather *choose(struct gan_dice *d)
{
    float weights[WEATHERS];
    for (int i = 0; i < WEATHERS; i++) weights[i] = weathers[i].weight;
    return &weathers[gan_dice_weighted(d, weights, WEATHERS)];
}

/* A high sun stands beside or behind the viewer, a low one in front, where it is seen. */
static struct gan_vec direction(const struct weather *w, struct gan_dice *d)
{
    const float low = 0.3f;
    float climb = gan_dice_between(d, w->climb[0], w->climb[1]), side = gan_dice_sign(d);
    float across = side * gan_dice_between(d, 0.25f, 1), away = gan_dice_between(d, 0.2f, 0.9f);
    struct gan_vec level = climb < low ? (struct gan_vec){ 0.4f * across, 0, 1 } : (struct gan_vec){ across, 0, -away };
    struct gan_vec v = gan_vec_scale(gan_vec_unit(level), sqrtf(1 - climb * climb));
    v.y = climb;
    return v;
}

void gan_light_init(struct gan_light *l, struct gan_dice *d)
{
    const struct weather *w = choose(d);
    *l = w->typical;
    l->to_sun = direction(w, d);
    l->clarity *= gan_dice_between(d, 0.6f, 1.5f);
    l->cover = gan_dice_between(d, w->cover[0], w->cover[1]);
    float sky = gan_dice_between(d, 0.4f, 1.2f); /* a deep or a pale sky over the same land */
    l->zenith = gan_rgb_scale(l->zenith, sky);
    l->horizon = gan_rgb_scale(l->horizon, 0.35f + 0.65f * sky);
    l->haze = gan_rgb_scale(l->haze, 0.35f + 0.65f * sky);
}

static struct gan_rgb through_haze(const struct gan_light *l, struct gan_rgb light, float depth)
{
    float q = depth / l->clarity;
    return gan_rgb_mix(light, l->haze, q / (1 + q));
}

struct gan_rgb gan_light_surface(const struct gan_light *l, struct gan_rgb albedo, float facing, float sky, float depth)
{
    struct gan_rgb light = gan_rgb_add(gan_rgb_scale(l->sun, facing), gan_rgb_scale(l->ambient, sky));
    return through_haze(l, gan_rgb_filter(albedo, light), depth);
}
