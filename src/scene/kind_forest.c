/* The edge of a forest, a path leading into it. */
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/sky.h"
#include "scene/tree.h"

void gan_kind_forest(struct gan_stage *s)
{
    static const struct gan_land_group firs = { gan_tree_conifer, 80, 11, 2.8f, 8, 14 };
    static const struct gan_land_group oaks = { gan_tree_broadleaf, 80, 12, 3.2f, 8, 13 };
    static const struct gan_land_group bushes = { gan_tree_bush, 25, 6, 2, 0.8f, 1.6f };
    s->view.cy += 0.08f;
    gan_sky_paint(s);
    gan_land_treeline(s, 90, gan_dice_between(&s->dice, 0.1f, 0.16f));
    gan_land_ground(s, GAN_GRASS, 0.9f);
    if (gan_dice_chance(&s->dice, 0.7f)) gan_land_strip(s, -1.2f, 1.2f, 0, 90, GAN_DIRT, 1);
    gan_land_scatter(s, gan_dice_chance(&s->dice, 0.5f) ? &firs : &oaks, 22);
    gan_land_scatter(s, &bushes, 6);
}
