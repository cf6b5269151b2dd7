/* A street in perspective: road, pavements, houses on both sides, trees, lamps, cars. */
#include "scene/car.h"
#include "scene/house.h"
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/patch.h"
#include "scene/sky.h"
#include "scene/tree.h"

enum { ROAD = 4, PAVEMENT = 3 }; /* half of the road's width, all of the pavement's; metres */

static void road(struct gan_stage *s)
{
    gan_land_strip(s, -ROAD, ROAD, 0, 300, GAN_ASPHALT, 1);
    for (float z = 2; z < 120; z += 6) gan_land_strip(s, -0.12f, 0.12f, z, z + 3, GAN_PAINT, 1);
    for (int side = -1; side <= 1; side += 2) {
        float inner = (float)(side * ROAD), outer = (float)(side * (ROAD + PAVEMENT));
        gan_land_strip(s, fminf(inner, outer), fmaxf(inner, outer), 0, 300, GAN_PAVING, 1);
    }
}

static void lamp(const struct gan_stage *s, float x, float depth)
{
    struct gan_patch p = { .origin = { x, 0, depth },
                           .across = { 1, 0, 0 },
                           .up = { 0, 1, 0 },
                           .left = -0.07f,
                           .right = 0.07f,
                           .top = 5.5f,
                           .material = GAN_METAL };
    gan_patch_paint(s, &p);
    p.left = x < 0 ? -0.1f : -1.1f, p.right = x < 0 ? 1.1f : 0.1f, p.bottom = 5.5f, p.top = 5.7f;
    gan_patch_paint(s, &p);
}

static void row_of_houses(struct gan_stage *s, float side, float depth)
{
    struct gan_house h = gan_house_random(&s->dice, (struct gan_vec){ 0, 0, depth });
    float back = (float)(ROAD + PAVEMENT) + gan_dice_between(&s->dice, 0, 3);
    h.corner.x = side > 0 ? back : -back - h.width;
    gan_house_paint(s, &h);
}

void gan_kind_street(struct gan_stage *s)
{
    s->view.eye = gan_dice_between(&s->dice, 2.2f, 4.5f);
    gan_sky_paint(s);
    gan_land_hills(s, 2, gan_dice_between(&s->dice, 0.04f, 0.12f));
    gan_land_ground(s, GAN_GRASS, 1);
    road(s);
    for (float depth = 110; depth > 6; depth -= 12) {
        row_of_houses(s, -1, depth);
        row_of_houses(s, 1, depth);
        float edge = ROAD + 0.8f, side = gan_dice_sign(&s->dice);
        float height = gan_dice_between(&s->dice, 4, 6);
        if (gan_dice_chance(&s->dice, 0.6f))
            gan_tree_broadleaf(s, (struct gan_vec){ side * (edge + 1), 0, depth - 1 }, height);
        lamp(s, -side * edge, depth - 2);
        if (gan_dice_chance(&s->dice, 0.35f))
            gan_car_paint(s, (struct gan_vec){ gan_dice_sign(&s->dice) * 1.9f, 0, depth });
    }
}
