#include "scene/land.h"

#include "scene/blob.h"
#include "scene/patch.h"
#include "scene/ridge.h"

#define FAR 20000.0f /* metres: the horizon */

static const struct gan_vec ACROSS = { 1, 0, 0 }, AHEAD = { 0, 0, 1 }, UP = { 0, 1, 0 };

void gan_land_strip(const struct gan_stage *s, float left, float right, float near_end, float far_end,
                    enum gan_material m, float tone)
{
    gan_patch_paint(s, &(struct gan_patch){ .across = ACROSS,
                                            .up = AHEAD,
                                            .left = left,
                                            .right = right,
                                            .bottom = near_end,
                                            .top = far_end,
                                            .material = m,
                                            .tone = tone });
}

void gan_land_ground(const struct gan_stage *s, enum gan_material m, float tone)
{
    gan_land_strip(s, -FAR, FAR, 0, FAR, m, tone);
}

void gan_land_hills(struct gan_stage *s, int count, float relief)
{
    for (int i = 0; i < count; i++) {
        float near_part = (float)(i + 1) / (float)count; /* 1 is the nearest */
        float size = gan_dice_between(&s->dice, 0.7f, 1.2f), tone = gan_dice_between(&s->dice, 0.75f, 1.2f);
        float edge = gan_dice_between(&s->dice, -0.25f, 0.25f), wave = gan_dice_between(&s->dice, 0.3f, 0.6f);
        float shift = gan_dice_between(&s->dice, 0, 40);
        gan_ridge_paint(s, &(struct gan_ridge){ .skyline = GAN_ROLLING,
                                                .foot = s->view.cy + 0.02f,
                                                .relief = relief * size * (1.25f - 0.75f * near_part),
                                                .wave = wave,
                                                .depth = 2600 / (1 + 7 * near_part * near_part),
                                                .material = GAN_GRASS,
                                                .second = GAN_LEAVES,
                                                .edge = edge,
                                                .tone = tone,
                                                .shift = shift,
                                                .bottom = s->view.cy + 0.03f });
    }
}

void gan_land_mountains(struct gan_stage *s, float relief)
{
    float snow = gan_dice_between(&s->dice, 0.45f, 0.85f), wave = gan_dice_between(&s->dice, 0.35f, 0.55f);
    float shift = gan_dice_between(&s->dice, 0, 40);
    for (int i = 0; i < 2; i++, shift += 17, relief *= 0.8f)
        gan_ridge_paint(s, &(struct gan_ridge){ .skyline = GAN_CRAGS,
                                                .foot = s->view.cy,
                                                .relief = relief,
                                                .wave = wave,
                                                .depth = i ? 1400 : 2600,
                                                .material = GAN_ROCK,
                                                .second = GAN_SNOW,
                                                .rise = 1,
                                                .edge = snow,
                                                .tone = 1,
                                                .shift = shift,
                                                .bottom = s->view.cy + 0.03f });
}

void gan_land_treeline(struct gan_stage *s, float depth, float height)
{
    int firs = gan_dice_chance(&s->dice, 0.4f);
    float tone = gan_dice_between(&s->dice, 0.8f, 1.2f), shift = gan_dice_between(&s->dice, 0, 40);
    gan_ridge_paint(s, &(struct gan_ridge){ .skyline = firs ? GAN_SPIRES : GAN_CROWNS,
                                            .foot = s->view.cy + 0.01f,
                                            .relief = height,
                                            .wave = 5 * height,
                                            .depth = depth,
                                            .material = firs ? GAN_NEEDLES : GAN_LEAVES,
                                            .edge = 9,
                                            .tone = tone,
                                            .shift = shift,
                                            .bottom = gan_view_ground(&s->view, depth) + 0.002f });
}

void gan_land_scatter(struct gan_stage *s, gan_land_thing *thing, float far_end, float near_end, int count, float clear,
                      const float height[2])
{
    float ratio = near_end / far_end, step = 1;
    for (int i = 0; i < count; i++) {
        float part = (float)(i + 1) / (float)count;
        step = 1 / (1 + part * (1 / ratio - 1)); /* even in the picture's y: 1 / depth grows steadily */
        float depth = far_end * step * gan_dice_between(&s->dice, 0.97f, 1.03f);
        float reach = gan_view_reach(&s->view, depth), x = gan_dice_between(&s->dice, -reach, reach);
        float shift = (0.5f - s->view.cx) * depth / s->view.focal;
        float size = gan_dice_between(&s->dice, height[0], height[1]);
        x += shift;
        if (fabsf(x) > clear) thing(s, (struct gan_vec){ x, 0, depth }, size);
    }
}

void gan_land_fence(const struct gan_stage *s, float left, float right, float depth)
{
    struct gan_patch p = { .origin = { 0, 0, depth }, .across = ACROSS, .up = UP, .material = GAN_TIMBER };
    for (float x = left; x < right; x += 2) {
        p.left = x, p.right = x + 0.18f, p.bottom = 0, p.top = 1.25f;
        gan_patch_paint(s, &p);
    }
    p.left = left, p.right = right;
    for (int rail = 0; rail < 2; rail++) {
        p.bottom = 0.45f + 0.5f * (float)rail, p.top = p.bottom + 0.16f;
        gan_patch_paint(s, &p);
    }
}

void gan_land_flowers(struct gan_stage *s, enum gan_material m, int count)
{
    for (int i = 0; i < count; i++) {
        float depth = s->view.eye * s->view.focal / gan_dice_between(&s->dice, 0.06f, 1 - s->view.cy);
        float reach = gan_view_reach(&s->view, depth), x = gan_dice_between(&s->dice, -reach, reach);
        float size = gan_dice_between(&s->dice, 0.005f, 0.009f) * s->view.eye;
        x += (0.5f - s->view.cx) * depth / s->view.focal;
        gan_blob_paint(s, &(struct gan_blob){ .centre = { x, 2 * size, depth },
                                              .rx = size * 1.6f,
                                              .ry = size * 1.4f,
                                              .outline = GAN_SMOOTH,
                                              .material = m,
                                              .tone = 1 });
    }
}
