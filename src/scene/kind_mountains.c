/* Mountains with snow, firs below them, a meadow. */
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/sky.h"
#include "scene/tree.h"

void gan_kind_mountains(struct gan_stage *s)
{
    static const struct gan_land_group firs = { gan_tree_conifer, 120, 16, 2, 6, 11 };
    s->view.eye = gan_dice_between(&s->dice, 3, 7);
    s->view.cy += 0.08f;
    s->light.clarity *= 2; /* mountain air */
    gan_sky_paint(s);
    gan_land_mountains(s, gan_dice_between(&s->dice, 0.28f, 0.4f));
    gan_land_treeline(s, 300, gan_dice_between(&s->dice, 0.03f, 0.08f));
    gan_land_ground(s, GAN_GRASS, 1);
    gan_land_scatter(s, &firs, 5 + gan_dice_below(&s->dice, 8));
}
