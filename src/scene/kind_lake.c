/* A lake that mirrors its far shore. */
#include "scene/boat.h"
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/sky.h"
#include "scene/tree.h"
#include "scene/water.h"

/* The near shore: grass below a line of the picture, firs on it. */
static void shore(struct gan_stage *s, float line)
{
    float depth = s->view.eye * s->view.focal / (line - s->view.cy);
    struct gan_land_group firs = { gan_tree_conifer, 0.8f * depth, 0.6f * depth, 1.5f, 3, 6 };
    gan_land_shore(s, depth, GAN_GRASS, 1);
    gan_land_scatter(s, &firs, gan_dice_below(&s->dice, 4));
}

void gan_kind_lake(struct gan_stage *s)
{
    s->view.eye = gan_dice_between(&s->dice, 2.5f, 5);
    s->light.clarity *= 2;
    gan_sky_paint(s);
    if (gan_dice_chance(&s->dice, 0.5f)) gan_land_mountains(s, gan_dice_between(&s->dice, 0.2f, 0.32f));
    gan_land_hills(s, 2, gan_dice_between(&s->dice, 0.08f, 0.2f));
    gan_land_treeline(s, 250, gan_dice_between(&s->dice, 0.03f, 0.07f));
    gan_water_paint(s, s->view.cy + 0.015f, 1, gan_dice_between(&s->dice, 0.05f, 0.5f));
    float x = gan_dice_between(&s->dice, -20, 20), depth = gan_dice_between(&s->dice, 40, 90);
    if (gan_dice_chance(&s->dice, 0.4f)) gan_boat_paint(s, (struct gan_vec){ x, 0, depth }, 5);
    if (gan_dice_chance(&s->dice, 0.7f)) shore(s, gan_dice_between(&s->dice, 0.8f, 0.95f));
}
