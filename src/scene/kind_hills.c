/* Rolling hills with woods, grassland with trees in front. */
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/sky.h"
#include "scene/tree.h"

void gan_kind_hills(struct gan_stage *s)
{
    static const struct gan_land_group trees = { gan_tree_broadleaf, 150, 25, 0, 6, 11 };
    static const struct gan_land_group bushes = { gan_tree_bush, 60, 14, 0, 1.5f, 2.5f };
    s->view.eye = gan_dice_between(&s->dice, 4, 9);
    gan_sky_paint(s);
    int count = 2 + gan_dice_below(&s->dice, 3);
    gan_land_hills(s, count, gan_dice_between(&s->dice, 0.12f, 0.24f));
    gan_land_ground(s, GAN_GRASS, 1);
    gan_land_scatter(s, &trees, 3 + gan_dice_below(&s->dice, 6));
    gan_land_scatter(s, &bushes, gan_dice_below(&s->dice, 6));
}
