#include "scene/water.h"

/* The picture above the water line, mirrored at `top` and swayed by the ripples; rows. */
static struct gan_rgb mirrored(const struct gan_stage *s, int row, int column, int top, float sway)
{
    float up = (float)(row - top) * (1 + 0.35f * sway) + 1, most = (float)top;
    int from = top - (int)gan_clamp(up, 1, most);
    return gan_canvas_row(&s->canvas, from)[column];
}

/* Water near the viewer shows its own colour, far away only what it mirrors. */
static struct gan_rgb surface(const struct gan_stage *s, const struct gan_spot *at, struct gan_rgb mirror, float rough)
{
    struct gan_rgb own = gan_material_colour(&s->palette, GAN_WATER, &s->noise, at);
    struct gan_rgb lit = gan_light_surface(&s->light, own, 0.6f * s->light.to_sun.y, 1, at->depth);
    float clear = 0.5f / (1 + 0.03f * at->depth);
    return gan_rgb_mix(mirror, lit, gan_clamp(clear + 0.25f * rough, 0, 0.8f));
}

void gan_water_paint(const struct gan_stage *s, float top, float bottom, float rough)
{
    struct gan_box box = gan_canvas_box(&s->canvas, 0, top, 1, bottom);
    if (box.top == 0) return; /* nothing to mirror */
    for (int row = box.top; row < box.bottom; row++) {
        struct gan_rgb *samples = gan_canvas_row(&s->canvas, row);
        float below = gan_canvas_y(&s->canvas, row) - fminf(s->view.cy, top);
        float depth = s->view.eye * s->view.focal / fmaxf(below, 1e-3f);
        struct gan_spot at;
        gan_stage_scale(s, &at, depth);
        at.v = depth;
        at.lean = 0;
        at.upright = s->view.eye * logf(depth);
        for (int column = box.left; column < box.right; column++) {
            at.u = (gan_canvas_x(&s->canvas, column) - s->view.cx) * depth / s->view.focal;
            float sway = gan_texture_ripples(&s->noise, &at) * (0.25f + rough);
            samples[column] = surface(s, &at, mirrored(s, row, column, box.top, sway), rough);
        }
    }
}
