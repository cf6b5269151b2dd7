/* The edge of a forest, a path leading along it. */
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/sky.h"
#include "scene/tree.h"

void gan_kind_forest(struct gan_stage *s)
{
    gan_land_thing *tree = gan_dice_chance(&s->dice, 0.5f) ? gan_tree_conifer : gan_tree_broadleaf;
    s->view.cy += 0.08f;
    gan_sky_paint(s);
    gan_land_treeline(s, 90, gan_dice_between(&s->dice, 0.1f, 0.16f));
    gan_land_ground(s, GAN_GRASS, 0.9f);
    if (gan_dice_chance(&s->dice, 0.7f)) gan_land_strip(s, -1.2f, 1.2f, 0, 90, GAN_DIRT, 1);
    gan_land_scatter(s, tree, 80, 10, 26, 2.8f, (float[]){ 9, 15 });
    gan_land_scatter(s, gan_tree_bush, 25, 6, 6, 2, (float[]){ 0.8f, 1.6f });
}
