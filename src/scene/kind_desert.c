/* A desert: dunes, or red rocks and shrubs. */
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/ridge.h"
#include "scene/sky.h"
#include "scene/tree.h"

static void rocks(struct gan_stage *s)
{
    struct gan_ridge rock = { .skyline = GAN_CRAGS, .material = GAN_RED_ROCK, .second = GAN_RED_ROCK, .tone = 1 };
    rock.foot = s->view.cy + 0.01f;
    rock.bottom = s->view.cy + 0.03f;
    rock.relief = gan_dice_between(&s->dice, 0.1f, 0.25f);
    rock.wave = 0.4f, rock.depth = 900;
    rock.shift = gan_dice_between(&s->dice, 0, 40);
    gan_ridge_paint(s, &rock);
}

static void dunes(struct gan_stage *s)
{
    struct gan_ridge dune = { .skyline = GAN_DUNES, .material = GAN_RED_SAND, .second = GAN_RED_SAND, .tone = 1 };
    dune.depth = 900;
    dune.foot = s->view.cy + 0.03f;
    dune.bottom = s->view.cy + 0.04f;
    dune.relief = gan_dice_between(&s->dice, 0.12f, 0.25f);
    for (int i = 0; i < 3; i++, dune.depth *= 0.4f, dune.relief *= 0.6f) {
        dune.shift = gan_dice_between(&s->dice, 0, 40);
        dune.wave = gan_dice_between(&s->dice, 0.5f, 0.9f);
        gan_ridge_paint(s, &dune);
    }
}

void gan_kind_desert(struct gan_stage *s)
{
    static const struct gan_land_group shrubs = { gan_tree_bush, 50, 6, 0, 0.4f, 0.9f };
    s->view.eye = gan_dice_between(&s->dice, 2, 5);
    gan_sky_paint(s);
    int rocky = gan_dice_chance(&s->dice, 0.5f);
    if (rocky) rocks(s);
    if (!rocky || gan_dice_chance(&s->dice, 0.5f)) dunes(s);
    gan_land_ground(s, GAN_RED_SAND, 1);
    if (rocky) gan_land_scatter(s, &shrubs, 9);
}
