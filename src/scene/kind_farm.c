/* A farmhouse in the country, trees around it, perhaps a fence. */
#include "scene/house.h"
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/sky.h"
#include "scene/tree.h"

void gan_kind_farm(struct gan_stage *s)
{
    static const struct gan_land_group trees = { gan_tree_broadleaf, 70, 34, 4, 7, 11 };
    s->view.eye = gan_dice_between(&s->dice, 2, 3.5f);
    gan_sky_paint(s);
    gan_land_hills(s, 2, gan_dice_between(&s->dice, 0.08f, 0.18f));
    gan_land_ground(s, GAN_GRASS, 1);
    gan_land_scatter(s, &trees, 6);
    float depth = gan_dice_between(&s->dice, 14, 24), left = gan_dice_between(&s->dice, -9, 0);
    struct gan_land_group bushes = { gan_tree_bush, depth - 1, depth - 4, 0, 0.8f, 1.5f };
    struct gan_house h = gan_house_random(&s->dice, (struct gan_vec){ left, 0, depth });
    if (h.shape == GAN_ROOF_ACROSS) h.width *= 1.3f;
    gan_house_paint(s, &h);
    gan_tree_broadleaf(s, (struct gan_vec){ left - 4, 0, depth - 2 }, gan_dice_between(&s->dice, 5, 8));
    gan_land_scatter(s, &bushes, 5);
    if (gan_dice_chance(&s->dice, 0.6f)) gan_land_fence(s, -40, 40, depth - gan_dice_between(&s->dice, 5, 8));
}
