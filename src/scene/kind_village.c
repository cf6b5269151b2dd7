/* A village on a meadow, seen from a little above, a road leading into it. */
#include "scene/house.h"
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/sky.h"
#include "scene/tree.h"

static void place(struct gan_stage *s, struct gan_vec foot, float height)
{
    struct gan_house h = gan_house_random(&s->dice, foot);
    h.height = height;
    gan_house_paint(s, &h);
}

void gan_kind_village(struct gan_stage *s)
{
    s->view.eye = gan_dice_between(&s->dice, 6, 12);
    s->view.cy -= 0.06f;
    gan_sky_paint(s);
    gan_land_hills(s, 3, gan_dice_between(&s->dice, 0.1f, 0.2f));
    gan_land_ground(s, GAN_GRASS, 1);
    gan_land_strip(s, -2.4f, 2.4f, 0, 140, GAN_ASPHALT, 1);
    for (int i = 0; i < 6; i++) {
        float depth = 100 / (1 + 0.62f * (float)i), deep = gan_dice_between(&s->dice, 0.96f, 1.04f);
        float right = gan_dice_between(&s->dice, 4, 7), left = gan_dice_between(&s->dice, -17, -14);
        float tall = gan_dice_between(&s->dice, 2.8f, 5);
        gan_land_scatter(s, gan_tree_broadleaf, depth * 1.25f, depth * 1.15f, 3, 8, (float[]){ 4, 7 });
        place(s, (struct gan_vec){ right + 16, 0, depth * deep + 5 }, tall);
        place(s, (struct gan_vec){ left - 14, 0, depth * deep + 5 }, tall);
        place(s, (struct gan_vec){ right, 0, depth * deep }, tall);
        place(s, (struct gan_vec){ left, 0, depth * deep }, tall);
    }
}
