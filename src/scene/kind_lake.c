/* A lake that mirrors its far shore. */
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/sky.h"
#include "scene/tree.h"
#include "scene/water.h"

void gan_kind_lake(struct gan_stage *s)
{
    s->view.eye = gan_dice_between(&s->dice, 2.5f, 5);
    gan_sky_paint(s);
    if (gan_dice_chance(&s->dice, 0.5f)) gan_land_mountains(s, gan_dice_between(&s->dice, 0.2f, 0.32f));
    gan_land_hills(s, 2, gan_dice_between(&s->dice, 0.08f, 0.2f));
    gan_land_treeline(s, 250, gan_dice_between(&s->dice, 0.03f, 0.07f));
    float rough = gan_dice_between(&s->dice, 0.05f, 0.5f);
    gan_water_paint(s, s->view.cy + 0.015f, 1, rough);
    float shore = gan_dice_between(&s->dice, 0, 9);
    if (shore > 3) gan_land_strip(s, -200, 200, 0, shore, GAN_GRASS, 1);
    if (gan_dice_chance(&s->dice, 0.6f)) gan_land_scatter(s, gan_tree_conifer, 9, 7, 2, 1.5f, (float[]){ 4, 7 });
}
