/* Farmland: fields of grain, crops and ploughed soil side by side, their rows running to the horizon. */
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/sky.h"
#include "scene/tree.h"

enum { REACH = 400 }; /* metres to both sides */

static void fields(struct gan_stage *s)
{
    static const enum gan_material crops[] = { GAN_WHEAT, GAN_CROP, GAN_SOIL, GAN_GRASS };
    enum { CROPS = sizeof crops / sizeof *crops };
    int crop = gan_dice_below(&s->dice, CROPS);
    float x = -REACH;
    while (x < REACH) {
        float width = gan_dice_between(&s->dice, 9, 40), tone = gan_dice_between(&s->dice, 0.8f, 1.2f);
        gan_land_strip(s, x, x + width - 0.7f, 0, 500, crops[crop], tone);
        crop = (crop + 1 + gan_dice_below(&s->dice, CROPS - 1)) % CROPS; /* another one */
        x += width;
    }
}

void gan_kind_fields(struct gan_stage *s)
{
    static const struct gan_land_group trees = { gan_tree_broadleaf, 160, 40, 3, 6, 10 };
    s->view.eye = gan_dice_between(&s->dice, 4, 10);
    gan_sky_paint(s);
    gan_land_hills(s, 2, gan_dice_between(&s->dice, 0.05f, 0.14f));
    gan_land_ground(s, GAN_GRASS, 1);
    fields(s);
    gan_land_treeline(s, 500, gan_dice_between(&s->dice, 0.015f, 0.04f));
    gan_land_scatter(s, &trees, gan_dice_below(&s->dice, 5));
}
