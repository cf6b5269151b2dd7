#include "scene/house.h"

#include "scene/patch.h"

static const struct gan_vec RIGHT = { 1, 0, 0 }, LEFT = { -1, 0, 0 }, UP = { 0, 1, 0 };
static const struct gan_vec AWAY = { 0, 0, 1 }, NEARER = { 0, 0, -1 };

struct gan_house gan_house_random(struct gan_dice *d, struct gan_vec corner)
{
    struct gan_house h = { .corner = corner };
    h.width = gan_dice_between(d, 6, 11);
    h.depth = gan_dice_between(d, 6, 10);
    h.height = gan_dice_between(d, 2.8f, 5.5f);
    h.shape = gan_dice_chance(d, 0.6f) ? GAN_ROOF_ACROSS : GAN_ROOF_ALONG;
    h.roof = (h.shape == GAN_ROOF_ALONG ? h.width : h.depth) * gan_dice_between(d, 0.34f, 0.5f);
    h.wall = gan_dice_chance(d, 0.7f) ? GAN_PLASTER : gan_dice_chance(d, 0.7f) ? GAN_BRICK : GAN_TIMBER;
    h.cover = gan_dice_chance(d, 0.9f) ? GAN_TILES : GAN_SLATE;
    h.tone = gan_dice_between(d, 0.75f, 1.2f);
    return h;
}

/* A wall as a plane: its lower left corner and its direction, seen from outside. */
struct wall {
    struct gan_vec origin, across;
    float width;
};

static void wall_part(const struct gan_stage *s, const struct wall *w, float left, float bottom, float width,
                      float height, enum gan_material m, float tone)
{
    struct gan_patch p = { .origin = w->origin, .across = w->across, .up = UP, .material = m, .tone = tone };
    p.left = left, p.right = left + width;
    p.bottom = bottom, p.top = bottom + height;
    gan_patch_paint(s, &p);
}

static void window(const struct gan_stage *s, const struct wall *w, float left, float bottom)
{
    const float width = 1.1f, height = 1.4f, frame = 0.14f, bar = 0.1f;
    wall_part(s, w, left - frame, bottom - frame, width + 2 * frame, height + 2 * frame, GAN_PAINT, 0.8f);
    wall_part(s, w, left, bottom, width, height, GAN_GLASS, 1);
    wall_part(s, w, left + (width - bar) / 2, bottom, bar, height, GAN_PAINT, 0.8f);
}

static void door(struct gan_stage *s, const struct wall *w, float left)
{
    static const enum gan_material paints[] = { GAN_TIMBER, GAN_TIMBER, GAN_RED, GAN_BLUE };
    wall_part(s, w, left, 0, 1.2f, 2.2f, paints[gan_dice_below(&s->dice, 4)], 1);
}

/* A plinth, a grid of windows, and perhaps a door instead of one of the lowest. */
static void wall(struct gan_stage *s, const struct gan_house *h, const struct wall *w, int has_door)
{
    const float bay = 2.6f, storey = 2.4f;
    wall_part(s, w, 0, 0, w->width, h->height, h->wall, h->tone);
    wall_part(s, w, 0, 0, w->width, 0.4f, GAN_PAVING, 0.7f);
    int columns = (int)fmaxf(w->width / bay, 1), storeys = (int)fmaxf((h->height + 0.4f) / storey, 1);
    int entrance = has_door ? gan_dice_below(&s->dice, columns) : -1;
    for (int i = 0; i < columns; i++) {
        float middle = ((float)i + 0.5f) * w->width / (float)columns;
        if (i == entrance) door(s, w, middle - 0.6f);
        for (int k = i == entrance; k < storeys; k++) window(s, w, middle - 0.55f, 0.95f + storey * (float)k);
    }
}

/* A side of the roof: above a wall, leaning inward until it has risen by h->roof over `run` metres. */
static void slope(const struct gan_stage *s, const struct gan_house *h, const struct wall *eave, struct gan_vec inward,
                  float run)
{
    const float over = h->shape == GAN_ROOF_SPIRE ? 0 : 0.4f; /* beyond the walls */
    float side = sqrtf(run * run + h->roof * h->roof);
    struct gan_patch p = { .origin = eave->origin, .across = eave->across, .material = h->cover, .tone = h->tone };
    p.origin.y += h->height;
    p.up = gan_vec_add(gan_vec_scale(inward, run / side), gan_vec_scale(UP, h->roof / side));
    p.left = -over, p.right = eave->width + over;
    p.bottom = -over, p.top = side;
    p.mask = h->shape == GAN_ROOF_SPIRE ? gan_mask_gable : NULL;
    gan_patch_paint(s, &p);
}

/* The triangle above a wall, bordered by the ends of the roof. */
static void gable(const struct gan_stage *s, const struct gan_house *h, const struct wall *w)
{
    const float border = 0.35f;
    struct gan_patch p = { .origin = w->origin, .across = w->across, .up = UP, .mask = gan_mask_gable };
    p.origin.y += h->height;
    p.left = -border, p.right = w->width + border, p.top = h->roof;
    p.material = h->cover, p.tone = 0.7f * h->tone;
    gan_patch_paint(s, &p);
    p.top *= w->width / (p.right - p.left); /* the same slope */
    p.left = 0, p.right = w->width;
    p.material = h->wall, p.tone = h->tone;
    gan_patch_paint(s, &p);
}

struct walls {
    struct wall front, left, right;
};

static void roof(const struct gan_stage *s, const struct gan_house *h, const struct walls *w)
{
    if (h->shape != GAN_ROOF_ACROSS) {
        slope(s, h, &w->left, RIGHT, h->width / 2);
        slope(s, h, &w->right, LEFT, h->width / 2);
    }
    if (h->shape == GAN_ROOF_ALONG) gable(s, h, &w->front);
    if (h->shape == GAN_ROOF_ACROSS) {
        gable(s, h, &w->left);
        gable(s, h, &w->right);
    }
    if (h->shape != GAN_ROOF_ALONG) slope(s, h, &w->front, AWAY, h->depth / 2);
}

/* Near the ridge: on the slope that faces the viewer, or half-way along. */
static void chimney(struct gan_stage *s, const struct gan_house *h)
{
    const float width = 0.9f, above = 0.9f, foot = 0.8f; /* foot: its share of the roof's height */
    float at = h->shape == GAN_ROOF_ACROSS ? gan_dice_between(&s->dice, 0.15f, 0.8f) : 0.5f;
    struct wall front = { h->corner, RIGHT, width };
    front.origin.z += h->depth * foot / 2;
    wall_part(s, &front, at * (h->width - width), h->height + foot * h->roof, width, (1 - foot) * h->roof + above,
              GAN_BRICK, h->tone);
}

/* A box's shadow on the ground: all that the box's base passes over on its way along (dx, dz). */
struct cast {
    float width, depth, dx, dz;
};

/* The part from..to of the way during which a stretch of length size, moving by d, covers x. */
static void covered(float x, float size, float d, float *from, float *to)
{
    float a = (x - size) / d, b = x / d;
    *from = fmaxf(*from, fminf(a, b));
    *to = fminf(*to, fmaxf(a, b));
}

static int mask_cast(const struct gan_stage *s, const struct gan_patch *p, const struct gan_spot *at)
{
    (void)s;
    const struct cast *c = p->shape;
    float from = 0, to = 1;
    covered(at->u, c->width, c->dx, &from, &to);
    covered(at->v, c->depth, c->dz, &from, &to);
    return from < to;
}

static void shadow(const struct gan_stage *s, const struct gan_house *h)
{
    struct gan_vec sun = s->light.to_sun;
    float reach = fminf((h->height + 0.5f * h->roof) / sun.y, 2.5f * h->height);
    struct cast c = { h->width, h->depth, -sun.x * reach, -sun.z * reach };
    struct gan_patch p = { .origin = h->corner, .across = RIGHT, .up = AWAY, .mask = mask_cast, .shape = &c };
    p.left = fminf(0, c.dx), p.right = h->width + fmaxf(0, c.dx);
    p.bottom = fminf(0, c.dz), p.top = h->depth + fmaxf(0, c.dz);
    gan_patch_shadow(s, &p, 0.85f);
}

static void body(struct gan_stage *s, const struct gan_house *h, int has_door)
{
    struct walls w = { { h->corner, RIGHT, h->width }, { h->corner, NEARER, h->depth }, { h->corner, AWAY, h->depth } };
    w.left.origin.z += h->depth;
    w.right.origin.x += h->width;
    shadow(s, h);
    wall(s, h, &w.left, 0);
    wall(s, h, &w.right, 0);
    wall(s, h, &w.front, has_door);
    roof(s, h, &w);
}

void gan_house_paint(struct gan_stage *s, const struct gan_house *h)
{
    body(s, h, 1);
    chimney(s, h);
}

void gan_house_church(struct gan_stage *s, struct gan_vec corner)
{
    struct gan_house nave = { .corner = corner,
                              .width = 10,
                              .depth = 18,
                              .height = 6,
                              .shape = GAN_ROOF_ALONG,
                              .roof = 5,
                              .wall = GAN_PLASTER,
                              .cover = GAN_TILES,
                              .tone = 1 };
    struct gan_house tower = { .corner = corner,
                               .width = 4.4f,
                               .depth = 4.4f,
                               .height = 12,
                               .shape = GAN_ROOF_SPIRE,
                               .roof = 8,
                               .wall = GAN_PLASTER,
                               .cover = GAN_SLATE,
                               .tone = 1 };
    nave.corner.z += tower.depth;
    tower.corner.x += (nave.width - tower.width) / 2;
    body(s, &nave, 0);
    body(s, &tower, 1);
}
