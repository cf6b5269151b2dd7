#include "scene/ridge.h"

static float rolling(const struct gan_noise *n, float x, float shift)
{
    return 0.5f + 0.55f * gan_noise_fractal(n, x, shift, 2) + 0.05f * gan_noise_at(n, x * 9, shift);
}

static float crags(const struct gan_noise *n, float x, float shift)
{
    float sum = 0, strength = 0.62f, often = 1;
    for (int k = 0; k < 6; k++, strength *= 0.5f, often *= 2)
        sum += strength * (1 - 2 * fabsf(gan_noise_at(n, (x + 3) * often, shift * often)));
    return 0.35f + 0.7f * sum;
}

static float crowns(const struct gan_noise *n, float x, float shift)
{
    float bumps = 1 - fabsf(gan_noise_at(n, x * 7, shift + 0.5f)), leaves = gan_noise_at(n, x * 31, shift);
    return 0.45f + 0.25f * gan_noise_at(n, x, shift) + 0.25f * bumps + 0.08f * leaves;
}

static float spires(const struct gan_noise *n, float x, float shift)
{
    float cell = x * 9, at = cell - floorf(cell), tip = 0.5f + 0.5f * gan_noise_at(n, floorf(cell), shift);
    return 0.35f + 0.2f * gan_noise_at(n, x, shift) + (0.2f + 0.45f * tip) * (1 - fabsf(2 * at - 1));
}

static float dunes(const struct gan_noise *n, float x, float shift)
{
    return 0.9f - 0.9f * fabsf(gan_noise_at(n, x, shift)) - 0.25f * fabsf(gan_noise_at(n, x * 2.7f, shift + 9));
}

/* Height of the skyline, about 0..1, x in its wavelengths. */
typedef float profile(const struct gan_noise *n, float x, float shift);

static const struct skyline {
    profile *height;
    float bulge; /* how strongly slopes turn to and from the sun */
    float wave;  /* of those slopes, in shares of the skyline's */
    int octaves;
} skylines[] = {
    [GAN_ROLLING] = { rolling, 0.5f, 0.7f, 3 }, [GAN_CRAGS] = { crags, 2.0f, 0.45f, 4 },
    [GAN_CROWNS] = { crowns, 0.9f, 0.09f, 3 },  [GAN_SPIRES] = { spires, 0.8f, 0.06f, 3 },
    [GAN_DUNES] = { dunes, 1.5f, 0.5f, 1 },
};

/* Where the ridge faces the sun: the change of a relief, folded like a rock's, towards it. */
static float facing(const struct gan_stage *s, const struct gan_ridge *r, float x, float y)
{
    const struct skyline *skyline = &skylines[r->skyline];
    float wave = r->wave * skyline->wave, u = (x - 0.25f * y) / wave + r->shift, v = y / wave;
    float side = s->light.to_sun.x > 0 ? 0.3f : -0.3f;
    float here = gan_noise_fractal(&s->noise, u, v, skyline->octaves);
    float there = gan_noise_fractal(&s->noise, u + side, v - 0.15f, skyline->octaves);
    if (r->skyline == GAN_CRAGS) here = -fabsf(here), there = -fabsf(there);
    float turned = 0.55f + skyline->bulge * (here - there);
    float light = s->light.to_sun.z > 0 ? 0.3f : 0.35f + 0.65f * sqrtf(s->light.to_sun.y); /* behind it, or on it */
    return gan_clamp(turned, 0, 1.1f) * light;
}

static enum gan_material material(const struct gan_stage *s, const struct gan_ridge *r, float x, float y)
{
    if (r->second == r->material) return r->material;
    float height = (r->foot - y) / r->relief, noise = gan_noise_fractal(&s->noise, x / 0.11f + r->shift, y / 0.06f, 3);
    return r->rise * height + 0.3f * noise > r->edge ? r->second : r->material;
}

static struct gan_rgb surface(const struct gan_stage *s, const struct gan_ridge *r, float x, float y)
{
    struct gan_spot at;
    gan_stage_scale(s, &at, r->depth);
    float unit = r->depth / s->view.focal;
    at.u = x * unit;
    at.lean = 0;
    at.v = at.upright = -y * unit;
    struct gan_rgb albedo = gan_material_colour(&s->palette, material(s, r, x, y), &s->noise, &at);
    return gan_light_surface(&s->light, gan_rgb_scale(albedo, r->tone), facing(s, r, x, y), 1, r->depth);
}

void gan_ridge_paint(const struct gan_stage *s, const struct gan_ridge *r)
{
    struct gan_box box = gan_canvas_box(&s->canvas, 0, 0, 1, r->bottom);
    float skyline[GAN_CANVAS_STRIP], highest = 1;
    for (int column = box.left; column < box.right; column++) {
        float x = gan_canvas_x(&s->canvas, column) / r->wave + r->shift;
        skyline[column] = r->foot - r->relief * skylines[r->skyline].height(&s->noise, x, r->shift);
        highest = fminf(highest, skyline[column]);
    }
    for (int row = gan_canvas_box(&s->canvas, 0, highest, 1, 1).top; row < box.bottom; row++) {
        float y = gan_canvas_y(&s->canvas, row);
        struct gan_rgb *samples = gan_canvas_row(&s->canvas, row);
        for (int column = box.left; column < box.right; column++)
            if (y >= skyline[column]) samples[column] = surface(s, r, gan_canvas_x(&s->canvas, column), y);
    }
}
