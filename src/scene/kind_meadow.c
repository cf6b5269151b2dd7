/* A meadow with flowers, trees behind it. */
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/sky.h"
#include "scene/tree.h"

void gan_kind_meadow(struct gan_stage *s)
{
    static const enum gan_material flowers[] = { GAN_YELLOW, GAN_YELLOW, GAN_FOAM, GAN_RED };
    static const struct gan_land_group trees = { gan_tree_broadleaf, 60, 14, 2, 5, 9 };
    gan_sky_paint(s);
    gan_land_hills(s, 2, gan_dice_between(&s->dice, 0.08f, 0.2f));
    gan_land_treeline(s, 160, gan_dice_between(&s->dice, 0.03f, 0.09f));
    gan_land_ground(s, GAN_GRASS, 1);
    gan_land_scatter(s, &trees, gan_dice_below(&s->dice, 5));
    enum gan_material bloom = flowers[gan_dice_below(&s->dice, 4)];
    gan_land_flowers(s, bloom, 80 + gan_dice_below(&s->dice, 160));
}
