/* The sea, breaking on a beach. */
#include "scene/boat.h"
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/sky.h"
#include "scene/water.h"

/* From the sea to the viewer: where each band begins, in shares of the dry sand's depth. */
static const struct band {
    float depth;
    enum gan_material material;
    float tone;
} bands[] = {
    { 2.0f, GAN_FOAM, 1 },     { 1.85f, GAN_WATER, 1.2f }, { 1.3f, GAN_FOAM, 1 },
    { 1.18f, GAN_SAND, 0.6f }, { 1, GAN_SAND, 1 },
};

void gan_kind_beach(struct gan_stage *s)
{
    s->view.eye = gan_dice_between(&s->dice, 2.5f, 4);
    gan_sky_paint(s);
    if (gan_dice_chance(&s->dice, 0.4f)) gan_land_hills(s, 1, gan_dice_between(&s->dice, 0.04f, 0.12f));
    gan_water_paint(s, s->view.cy, 1, gan_dice_between(&s->dice, 0.5f, 1));
    float x = gan_dice_between(&s->dice, -40, 40), far = gan_dice_between(&s->dice, 60, 200);
    if (gan_dice_chance(&s->dice, 0.5f)) gan_boat_paint(s, (struct gan_vec){ x, 0, far }, 9);
    float line = gan_dice_between(&s->dice, s->view.cy + 0.2f, 0.9f);
    float depth = s->view.eye * s->view.focal / (line - s->view.cy);
    for (size_t i = 0; i < sizeof bands / sizeof *bands; i++)
        gan_land_shore(s, depth * bands[i].depth, bands[i].material, bands[i].tone);
}
