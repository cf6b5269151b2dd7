/* Farmland: fields of grain, crops and ploughed soil side by side, their rows running to the horizon. */
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/sky.h"
#include "scene/tree.h"

static void fields(struct gan_stage *s)
{
    static const enum gan_material crops[] = { GAN_WHEAT, GAN_CROP, GAN_SOIL, GAN_GRASS };
    float x = -400;
    int last = -1;
    while (x < 400) {
        float width = gan_dice_between(&s->dice, 9, 40), tone = gan_dice_between(&s->dice, 0.8f, 1.2f);
        int crop = gan_dice_below(&s->dice, 4);
        if (crop == last) crop = (crop + 1) % 4;
        gan_land_strip(s, x, x + width - 0.7f, 0, 500, crops[crop], tone);
        x += width;
        last = crop;
    }
}

void gan_kind_fields(struct gan_stage *s)
{
    s->view.eye = gan_dice_between(&s->dice, 4, 10);
    gan_sky_paint(s);
    gan_land_hills(s, 2, gan_dice_between(&s->dice, 0.05f, 0.14f));
    gan_land_ground(s, GAN_GRASS, 1);
    fields(s);
    gan_land_treeline(s, 500, gan_dice_between(&s->dice, 0.015f, 0.04f));
    gan_land_scatter(s, gan_tree_broadleaf, 160, 40, gan_dice_below(&s->dice, 5), 3, (float[]){ 6, 10 });
}
