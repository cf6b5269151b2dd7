#include "scene/house.h"

#include "scene/patch.h"

static const struct gan_vec RIGHT = { 1, 0, 0 }, UP = { 0, 1, 0 }, AWAY = { 0, 0, 1 }, NEARER = { 0, 0, -1 };

struct gan_house gan_house_random(struct gan_dice *d, struct gan_vec corner)
{
    struct gan_house h = { .corner = corner };
    h.width = gan_dice_between(d, 6, 11);
    h.depth = gan_dice_between(d, 6, 10);
    h.height = gan_dice_between(d, 2.8f, 5.5f);
    h.ridge_along_z = gan_dice_chance(d, 0.45f);
    h.roof = (h.ridge_along_z ? h.width : h.depth) * gan_dice_between(d, 0.32f, 0.5f);
    h.wall = gan_dice_chance(d, 0.7f) ? GAN_PLASTER : gan_dice_chance(d, 0.7f) ? GAN_BRICK : GAN_TIMBER;
    h.cover = h.wall != GAN_BRICK || gan_dice_chance(d, 0.3f) ? GAN_TILES : GAN_SLATE;
    h.tone = gan_dice_between(d, 0.75f, 1.2f);
    return h;
}

/* One of the walls, as a patch that lies on it: origin at its lower left as seen from outside. */
struct wall {
    struct gan_vec origin, across;
    float width;
};

static void wall_part(const struct gan_stage *s, const struct wall *w, float left, float bottom, float width,
                      float height, enum gan_material m, float tone)
{
    gan_patch_paint(s, &(struct gan_patch){ .origin = w->origin,
                                            .across = w->across,
                                            .up = UP,
                                            .left = left,
                                            .right = left + width,
                                            .bottom = bottom,
                                            .top = bottom + height,
                                            .material = m,
                                            .tone = tone });
}

static void window(const struct gan_stage *s, const struct wall *w, float left, float bottom)
{
    const float width = 1.1f, height = 1.4f, frame = 0.14f;
    wall_part(s, w, left - frame, bottom - frame, width + 2 * frame, height + 2 * frame, GAN_PAINT, 0.8f);
    wall_part(s, w, left, bottom, width, height, GAN_GLASS, 1);
    wall_part(s, w, left + width / 2 - 0.05f, bottom, 0.1f, height, GAN_PAINT, 0.8f);
}

static void door(struct gan_stage *s, const struct wall *w, float left)
{
    static const enum gan_material paints[] = { GAN_TIMBER, GAN_TIMBER, GAN_RED, GAN_BLUE };
    wall_part(s, w, left, 0, 1.2f, 2.2f, paints[gan_dice_below(&s->dice, 4)], 1);
}

/* Plaster, a plinth, a grid of windows, and perhaps a door instead of one of the lowest. */
static void wall(struct gan_stage *s, const struct gan_house *h, const struct wall *w, int has_door)
{
    wall_part(s, w, 0, 0, w->width, h->height, h->wall, h->tone);
    wall_part(s, w, 0, 0, w->width, 0.4f, GAN_PAVING, 0.7f);
    int columns = (int)(w->width / 2.6f), floors = h->height > 4.4f ? 2 : 1;
    int entrance = has_door ? gan_dice_below(&s->dice, columns) : -1;
    for (int i = 0; i < columns; i++) {
        float middle = ((float)i + 0.5f) * w->width / (float)columns;
        for (int floor = 0; floor < floors; floor++)
            if (floor || i != entrance) window(s, w, middle - 0.55f, 0.95f + 2.4f * (float)floor);
        if (i == entrance) door(s, w, middle - 0.6f);
    }
}

/* A slope of the roof, from the eave up; run is level, from the wall to below the ridge. */
static void slope(const struct gan_stage *s, const struct gan_house *h, struct gan_vec eave, struct gan_vec along,
                  float length, struct gan_vec inward, float run)
{
    const float over = 0.4f; /* beyond the walls */
    float side = sqrtf(run * run + h->roof * h->roof);
    struct gan_vec up = gan_vec_add(gan_vec_scale(inward, run / side), gan_vec_scale(UP, h->roof / side));
    gan_patch_paint(s, &(struct gan_patch){ .origin = eave,
                                            .across = along,
                                            .up = up,
                                            .left = -over,
                                            .right = length + over,
                                            .bottom = -over,
                                            .top = side,
                                            .material = h->cover,
                                            .tone = h->tone });
}

static void gable(const struct gan_stage *s, const struct gan_house *h, struct gan_vec corner, struct gan_vec across,
                  float width)
{
    gan_patch_paint(s, &(struct gan_patch){ .origin = corner,
                                            .across = across,
                                            .up = UP,
                                            .right = width,
                                            .top = h->roof,
                                            .mask = gan_mask_gable,
                                            .material = h->wall,
                                            .tone = h->tone });
}

static void roof(const struct gan_stage *s, const struct gan_house *h)
{
    struct gan_vec a = { h->corner.x, h->corner.y + h->height, h->corner.z }; /* eaves: near left */
    struct gan_vec b = { a.x + h->width, a.y, a.z }, c = { a.x, a.y, a.z + h->depth };
    if (h->ridge_along_z) {
        slope(s, h, c, NEARER, h->depth, RIGHT, h->width / 2);
        slope(s, h, b, AWAY, h->depth, (struct gan_vec){ -1, 0, 0 }, h->width / 2);
        gable(s, h, a, RIGHT, h->width);
    } else {
        gable(s, h, c, NEARER, h->depth);
        gable(s, h, b, AWAY, h->depth);
        slope(s, h, a, RIGHT, h->width, AWAY, h->depth / 2);
    }
}

static void chimney(struct gan_stage *s, const struct gan_house *h)
{
    float at = gan_dice_between(&s->dice, 0.25f, 0.7f);
    struct gan_vec foot = { h->corner.x + h->width * at, h->corner.y + h->height + h->roof * 0.55f,
                            h->corner.z + h->depth * 0.4f };
    struct wall front = { foot, RIGHT, 0.9f };
    wall_part(s, &front, 0, 0, 0.9f, h->roof * 0.45f + 0.9f, GAN_BRICK, h->tone);
}

/* On the ground, away from the sun: the walls' shadow as two parallelograms would cast it, taken together. */
static void shadow(const struct gan_stage *s, const struct gan_house *h)
{
    struct gan_vec sun = s->light.to_sun;
    float reach = fminf((h->height + 0.5f * h->roof) / sun.y, 14);
    float right = -sun.x * reach;
    struct gan_patch p = { .origin = h->corner, .across = RIGHT, .up = AWAY, .top = h->depth };
    p.left = right < 0 ? right : h->width;
    p.right = right < 0 ? 0 : h->width + right;
    gan_patch_shadow(s, &p, 0.8f);
}

void gan_house_paint(struct gan_stage *s, const struct gan_house *h)
{
    struct gan_vec near_left = h->corner, near_right = h->corner, far_left = h->corner;
    near_right.x += h->width;
    far_left.z += h->depth;
    const struct wall front = { near_left, RIGHT, h->width };
    const struct wall left = { far_left, NEARER, h->depth }, right = { near_right, AWAY, h->depth };
    shadow(s, h);
    wall(s, h, &left, 0);
    wall(s, h, &right, 0);
    wall(s, h, &front, 1);
    roof(s, h);
    chimney(s, h);
}
