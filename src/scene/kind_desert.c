/* Dunes, or red rocks on sand. */
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/ridge.h"
#include "scene/sky.h"
#include "scene/tree.h"

static void rocks(struct gan_stage *s)
{
    float relief = gan_dice_between(&s->dice, 0.1f, 0.25f), shift = gan_dice_between(&s->dice, 0, 40);
    gan_ridge_paint(s, &(struct gan_ridge){ .skyline = GAN_CRAGS,
                                            .foot = s->view.cy + 0.01f,
                                            .relief = relief,
                                            .wave = 0.4f,
                                            .depth = 900,
                                            .material = GAN_RED_ROCK,
                                            .edge = 9,
                                            .tone = 1,
                                            .shift = shift,
                                            .bottom = s->view.cy + 0.03f });
}

static void dunes(struct gan_stage *s)
{
    for (int i = 0; i < 3; i++) {
        float part = (float)i / 2, relief = gan_dice_between(&s->dice, 0.06f, 0.13f);
        float shift = gan_dice_between(&s->dice, 0, 40), wave = gan_dice_between(&s->dice, 0.5f, 0.9f);
        gan_ridge_paint(s, &(struct gan_ridge){ .skyline = GAN_DUNES,
                                                .foot = s->view.cy + 0.03f,
                                                .relief = relief * (2 - 1.4f * part),
                                                .wave = wave,
                                                .depth = 900 / (1 + 8 * part),
                                                .material = GAN_RED_SAND,
                                                .edge = 9,
                                                .tone = 1,
                                                .shift = shift,
                                                .bottom = s->view.cy + 0.04f });
    }
}

void gan_kind_desert(struct gan_stage *s)
{
    s->view.eye = gan_dice_between(&s->dice, 2, 5);
    gan_sky_paint(s);
    int rocky = gan_dice_chance(&s->dice, 0.5f);
    if (rocky) rocks(s);
    if (!rocky || gan_dice_chance(&s->dice, 0.5f)) dunes(s);
    gan_land_ground(s, GAN_RED_SAND, 1);
    if (rocky) gan_land_scatter(s, gan_tree_bush, 50, 6, 9, 0, (float[]){ 0.4f, 0.9f });
}
