/* A street in perspective: road, pavements, houses on both sides, trees, lamps, cars. */
#include "scene/car.h"
#include "scene/house.h"
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/patch.h"
#include "scene/sky.h"
#include "scene/tree.h"

/* Metres from the middle of the road. */
static const float KERB = 4, LAMPS = 4.8f, TREES = 5.8f, FRONTS = 7, LANE = 1.9f;

static void road(const struct gan_stage *s)
{
    const float length = 300, dash = 3;
    gan_land_strip(s, -FRONTS, FRONTS, 0, length, GAN_PAVING, 1);
    gan_land_strip(s, -KERB, KERB, 0, length, GAN_ASPHALT, 1);
    for (float z = 2; z < 120; z += 2 * dash) gan_land_strip(s, -0.12f, 0.12f, z, z + dash, GAN_PAINT, 1);
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

static void house(struct gan_stage *s, float side, float depth)
{
    struct gan_house h = gan_house_random(&s->dice, (struct gan_vec){ 0, 0, depth });
    float garden = gan_dice_between(&s->dice, 0, 3);
    h.corner.x = side < 0 ? -FRONTS - garden - h.width : FRONTS + garden;
    gan_house_paint(s, &h);
}

static void furniture(struct gan_stage *s, float depth)
{
    float side = gan_dice_sign(&s->dice), height = gan_dice_between(&s->dice, 4, 6), lane = gan_dice_sign(&s->dice);
    int tree = gan_dice_chance(&s->dice, 0.6f), car = gan_dice_chance(&s->dice, 0.35f);
    if (car) gan_car_paint(s, (struct gan_vec){ lane * LANE, 0, depth });
    if (tree) gan_tree_broadleaf(s, (struct gan_vec){ side * TREES, 0, depth - 1 }, height);
    lamp(s, -side * LAMPS, depth - 2);
}

void gan_kind_street(struct gan_stage *s)
{
    const float plot = 12;
    s->view.eye = gan_dice_between(&s->dice, 2.2f, 4.5f);
    gan_sky_paint(s);
    gan_land_hills(s, 2, gan_dice_between(&s->dice, 0.04f, 0.12f));
    gan_land_ground(s, GAN_GRASS, 1);
    road(s);
    for (float depth = 110; depth > 6; depth -= plot) {
        house(s, -1, depth);
        house(s, 1, depth);
        furniture(s, depth);
    }
}
