/* A village on a meadow, seen from a little above, a road leading into it. */
#include "scene/house.h"
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/sky.h"
#include "scene/tree.h"

enum { ROAD = 2, ROWS = 6 }; /* half of the road's width in metres; houses one behind the other */

static void house(struct gan_stage *s, float x, float depth)
{
    float forward = gan_dice_between(&s->dice, -1.5f, 1.5f), aside = gan_dice_between(&s->dice, 0, 3);
    struct gan_house h = gan_house_random(&s->dice, (struct gan_vec){ x, 0, depth + forward });
    h.corner.x += x < 0 ? -h.width - aside : aside;
    gan_house_paint(s, &h);
}

void gan_kind_village(struct gan_stage *s)
{
    s->view.eye = gan_dice_between(&s->dice, 6, 12);
    s->view.cy -= 0.06f;
    gan_sky_paint(s);
    gan_land_hills(s, 3, gan_dice_between(&s->dice, 0.1f, 0.2f));
    gan_land_ground(s, GAN_GRASS, 1);
    gan_land_strip(s, -ROAD, ROAD, 0, 140, GAN_ASPHALT, 1);
    int church = gan_dice_below(&s->dice, 2 * ROWS);
    for (int i = 0; i < ROWS; i++) {
        float depth = 100 / (1 + 0.62f * (float)i);
        struct gan_land_group trees = { gan_tree_broadleaf, depth * 1.25f, depth * 1.15f, 8, 4, 7 };
        gan_land_scatter(s, &trees, 3);
        house(s, -22, depth + 5);
        house(s, 22, depth + 5);
        house(s, -ROAD - 3, depth);
        if (i == church)
            gan_house_church(s, (struct gan_vec){ ROAD + 3, 0, depth });
        else
            house(s, ROAD + 3, depth);
    }
}
