#include "scene/blob.h"

/* How far out a place of the blob's square (-1..1, y up) lies: 1 on the outline. */
typedef float outline(const struct gan_noise *n, float x, float y, float seed);

static float smooth(const struct gan_noise *n, float x, float y, float seed)
{
    (void)n, (void)seed;
    return sqrtf(x * x + y * y);
}

static float ragged(const struct gan_noise *n, float x, float y, float seed)
{
    float bumps = gan_noise_fractal(n, x * 2.2f + seed, y * 2.2f, 3);
    return sqrtf(x * x + y * y) + 0.22f + 0.27f * gan_clamp(bumps, -0.8f, 1); /* not beyond the square */
}

/* A conifer: tiers of branches, narrowing to the tip. */
static float spire(const struct gan_noise *n, float x, float y, float seed)
{
    float down = 0.5f - 0.5f * y, tier = down * 5, sag = tier - floorf(tier);
    float half = down * (0.72f + 0.28f * sag) + 0.05f * gan_noise_at(n, x * 7 + seed, y * 9);
    return y < -1 || y > 1 ? 2 : fabsf(x) / fmaxf(half, 1e-3f);
}

static outline *const outlines[] = { [GAN_SMOOTH] = smooth, [GAN_RAGGED] = ragged, [GAN_SPIRE] = spire };

/* The side of a ball that faces the viewer. */
static struct gan_rgb surface(const struct gan_stage *s, const struct gan_blob *b, float x, float y)
{
    struct gan_spot at;
    gan_stage_scale(s, &at, b->centre.z);
    at.u = b->centre.x + x * b->rx;
    at.lean = 0;
    at.v = at.upright = b->centre.y + y * b->ry;
    struct gan_vec normal = { x, y, -sqrtf(gan_clamp(1 - x * x - y * y, 0.05f, 1)) };
    struct gan_rgb albedo = gan_material_colour(&s->palette, b->material, &s->noise, &at);
    float facing = gan_light_facing(&s->light, gan_vec_unit(normal));
    return gan_light_surface(&s->light, gan_rgb_scale(albedo, b->tone), facing, 0.7f + 0.3f * y, b->centre.z);
}

void gan_blob_paint(const struct gan_stage *s, const struct gan_blob *b)
{
    if (b->centre.z < GAN_VIEW_NEAR) return;
    struct gan_point middle = gan_view_project(&s->view, b->centre);
    float scale = s->view.focal / b->centre.z, rx = b->rx * scale, ry = b->ry * scale;
    struct gan_box box = gan_canvas_box(&s->canvas, middle.x - rx, middle.y - ry, middle.x + rx, middle.y + ry);
    for (int row = box.top; row < box.bottom; row++) {
        struct gan_rgb *samples = gan_canvas_row(&s->canvas, row);
        float y = (middle.y - gan_canvas_y(&s->canvas, row)) / ry;
        for (int column = box.left; column < box.right; column++) {
            float x = (gan_canvas_x(&s->canvas, column) - middle.x) / rx;
            if (outlines[b->outline](&s->noise, x, y, b->centre.x) < 1) samples[column] = surface(s, b, x, y);
        }
    }
}
