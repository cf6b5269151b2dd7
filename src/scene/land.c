#include "scene/land.h"

#include "scene/blob.h"
#include "scene/patch.h"
#include "scene/ridge.h"

static const float FAR = 400; /* metres: hills or woods stand beyond */
static const struct gan_vec ACROSS = { 1, 0, 0 }, AHEAD = { 0, 0, 1 }, UP = { 0, 1, 0 };

void gan_land_strip(const struct gan_stage *s, float left, float right, float near_end, float far_end,
                    enum gan_material m, float tone)
{
    struct gan_patch p = { .across = ACROSS, .up = AHEAD, .material = m, .tone = tone };
    p.left = left, p.right = right;
    p.bottom = near_end, p.top = far_end;
    gan_patch_paint(s, &p);
}

void gan_land_ground(const struct gan_stage *s, enum gan_material m, float tone)
{
    gan_land_strip(s, -FAR, FAR, 0, FAR, m, tone);
}

static int mask_shore(const struct gan_stage *s, const struct gan_patch *p, const struct gan_spot *at)
{
    const float *depth = p->shape;
    float bays = 0.2f * gan_noise_at(&s->noise, at->u / 7, 3) + 0.05f * gan_noise_at(&s->noise, at->u, 5);
    return at->v < *depth * (1 + bays) + 0.12f * at->u;
}

void gan_land_shore(const struct gan_stage *s, float depth, enum gan_material m, float tone)
{
    struct gan_patch p = { .across = ACROSS,
                           .up = AHEAD,
                           .left = -FAR,
                           .right = FAR,
                           .top = FAR,
                           .mask = mask_shore,
                           .shape = &depth,
                           .material = m,
                           .tone = tone };
    gan_patch_paint(s, &p);
}

void gan_land_hills(struct gan_stage *s, int count, float relief)
{
    for (int i = 0; i < count; i++) {
        float part = (float)(i + 1) / (float)count; /* 1 is the nearest */
        struct gan_ridge hill = { .skyline = GAN_ROLLING, .material = GAN_GRASS, .second = GAN_LEAVES };
        hill.foot = s->view.cy + 0.02f;
        hill.bottom = gan_view_ground(&s->view, FAR) + 0.01f;
        hill.relief = relief * (1.75f - 0.75f * part) * gan_dice_between(&s->dice, 0.7f, 1.2f);
        hill.wave = gan_dice_between(&s->dice, 0.3f, 0.6f);
        hill.depth = 2600 / (1 + 7 * part * part);
        hill.edge = gan_dice_between(&s->dice, -0.25f, 0.25f);
        hill.tone = gan_dice_between(&s->dice, 0.75f, 1.2f);
        hill.shift = gan_dice_between(&s->dice, 0, 40);
        gan_ridge_paint(s, &hill);
    }
}

void gan_land_mountains(struct gan_stage *s, float relief)
{
    struct gan_ridge range = { .skyline = GAN_CRAGS, .material = GAN_ROCK, .second = GAN_SNOW, .rise = 1, .tone = 1 };
    range.foot = s->view.cy;
    range.bottom = gan_view_ground(&s->view, FAR) + 0.01f;
    range.edge = gan_dice_between(&s->dice, 0.45f, 0.85f);
    range.wave = gan_dice_between(&s->dice, 0.35f, 0.55f);
    range.shift = gan_dice_between(&s->dice, 0, 40);
    range.relief = relief, range.depth = 2600;
    gan_ridge_paint(s, &range);
    range.relief *= 0.8f, range.depth = 1400, range.shift += 17;
    gan_ridge_paint(s, &range);
}

void gan_land_treeline(struct gan_stage *s, float depth, float height)
{
    int firs = gan_dice_chance(&s->dice, 0.4f);
    struct gan_ridge trees = { .skyline = firs ? GAN_SPIRES : GAN_CROWNS, .relief = height, .wave = 5 * height };
    trees.material = trees.second = firs ? GAN_NEEDLES : GAN_LEAVES;
    trees.depth = depth;
    trees.foot = s->view.cy + 0.01f;
    trees.bottom = gan_view_ground(&s->view, depth) + 0.002f;
    trees.tone = gan_dice_between(&s->dice, 0.8f, 1.2f);
    trees.shift = gan_dice_between(&s->dice, 0, 40);
    gan_ridge_paint(s, &trees);
}

/* An x that the picture shows at a depth. */
static float somewhere(struct gan_stage *s, float depth)
{
    return (gan_dice_between(&s->dice, -0.1f, 1.1f) - s->view.cx) * depth / s->view.focal;
}

void gan_land_scatter(struct gan_stage *s, const struct gan_land_group *g, int n)
{
    for (int i = 0; i < n; i++) {
        float part = ((float)i + gan_dice_between(&s->dice, 0, 1)) / (float)n;
        float depth = 1 / ((1 - part) / g->far_end + part / g->near_end); /* even along the picture's y */
        float x = somewhere(s, depth), height = gan_dice_between(&s->dice, g->low, g->high);
        if (fabsf(x) > g->clear) g->thing(s, (struct gan_vec){ x, 0, depth }, height);
    }
}

void gan_land_fence(const struct gan_stage *s, float left, float right, float depth)
{
    const float spacing = 2;
    int posts = (int)((right - left) / spacing);
    struct gan_patch p = { .origin = { 0, 0, depth }, .across = ACROSS, .up = UP, .material = GAN_TIMBER };
    for (int i = 0; i < posts; i++) {
        p.left = left + spacing * (float)i, p.right = p.left + 0.18f;
        p.top = 1.25f;
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
        float x = somewhere(s, depth), size = gan_dice_between(&s->dice, 0.008f, 0.014f) * s->view.eye;
        struct gan_blob flower = {
            .centre = { x, 2 * size, depth }, .rx = size, .ry = 0.9f * size, .material = m, .tone = 1
        };
        gan_blob_paint(s, &flower);
    }
}
