/* A street in perspective: road, pavements, houses on both sides, trees, lamps, cars. */
#include "scene/car.h"
#include "scene/house.h"
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/patch.h"
#include "scene/sky.h"
#include "scene/tree.h"

struct street { /* metres from the middle of the road */
    float kerb, lamps, trees, fronts;
    float gardens; /* most, in front of the houses */
};

static struct street plan(struct gan_dice *d)
{
    struct street t = { .kerb = gan_dice_between(d, 2.6f, 4.4f) };
    t.lamps = t.kerb + 0.6f;
    t.trees = t.kerb + 1.4f;
    t.fronts = t.kerb + gan_dice_between(d, 2.4f, 3.6f);
    t.gardens = gan_dice_chance(d, 0.5f) ? 4 : 0.5f;
    return t;
}

static void road(const struct gan_stage *s, const struct street *t)
{
    const float length = 300, dash = 3;
    gan_land_strip(s, -t->fronts, t->fronts, 0, length, GAN_PAVING, 1);
    gan_land_strip(s, -t->kerb, t->kerb, 0, length, GAN_ASPHALT, 1);
    for (int i = 0; i < 20; i++) {
        float from = 2 + 2 * dash * (float)i;
        gan_land_strip(s, -0.12f, 0.12f, from, from + dash, GAN_PAINT, 1);
    }
}

static void lamp(const struct gan_stage *s, float x, float depth)
{
    struct gan_patch p = { .origin = { x, 0, depth }, .across = { 1, 0, 0 }, .up = { 0, 1, 0 }, .material = GAN_METAL };
    p.left = -0.07f, p.right = 0.07f;
    p.top = 5.7f;
    gan_patch_paint(s, &p);
    p.left = x < 0 ? 0 : -1.1f, p.right = x < 0 ? 1.1f : 0;
    p.bottom = 5.5f;
    gan_patch_paint(s, &p);
}

static void house(struct gan_stage *s, const struct street *t, float side, float depth)
{
    struct gan_house h = gan_house_random(&s->dice, (struct gan_vec){ 0, 0, depth });
    float front = t->fronts + gan_dice_between(&s->dice, 0, t->gardens);
    h.corner.x = side < 0 ? -front - h.width : front;
    gan_house_paint(s, &h);
}

/* What stands in the street beside a pair of houses; side is the trees'. */
static void furniture(struct gan_stage *s, const struct street *t, float side, float depth)
{
    float height = gan_dice_between(&s->dice, 4, 6), lane = gan_dice_sign(&s->dice) * t->kerb / 2;
    int tree = gan_dice_chance(&s->dice, 0.6f), car = gan_dice_chance(&s->dice, 0.35f);
    if (car) gan_car_paint(s, (struct gan_vec){ lane, 0, depth });
    if (tree) gan_tree_broadleaf(s, (struct gan_vec){ side * t->trees, 0, depth - 1 }, height);
    lamp(s, -side * t->lamps, depth - 2);
}

void gan_kind_street(struct gan_stage *s)
{
    enum { HOUSES = 9 }; /* on each side */
    s->view.eye = gan_dice_between(&s->dice, 2.2f, 5);
    gan_sky_paint(s);
    gan_land_hills(s, 2, gan_dice_between(&s->dice, 0.04f, 0.12f));
    gan_land_ground(s, GAN_GRASS, 1);
    struct street t = plan(&s->dice);
    road(s, &t);
    float side = gan_dice_sign(&s->dice);
    for (int i = HOUSES; i > 0; i--) {
        float depth = 12 * (float)i + 2;
        house(s, &t, -1, depth);
        house(s, &t, 1, depth);
        furniture(s, &t, side, depth);
        if (gan_dice_chance(&s->dice, 0.3f)) side = -side;
    }
}
