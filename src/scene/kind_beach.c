/* The sea, waves with foam, a beach. */
#include "scene/kinds.h"
#include "scene/land.h"
#include "scene/patch.h"
#include "scene/sky.h"
#include "scene/water.h"

/* A wavy edge: all spots nearer than it. */
static int nearer(const struct gan_stage *s, const struct gan_spot *at, float a, float b)
{
    (void)a, (void)b;
    float edge =
        8 + 0.15f * at->u + 1.6f * gan_noise_at(&s->noise, at->u / 7, 3) + 0.4f * gan_noise_at(&s->noise, at->u, 5);
    return at->v < edge;
}

static void shore(const struct gan_stage *s, float out, enum gan_material m, float tone)
{
    struct gan_patch p = { .origin = { 0, 0, out },
                           .across = { 1, 0, 0 },
                           .up = { 0, 0, 1 },
                           .left = -80,
                           .right = 80,
                           .bottom = -out,
                           .top = 60,
                           .mask = nearer,
                           .material = m,
                           .tone = tone };
    gan_patch_paint(s, &p);
}

void gan_kind_beach(struct gan_stage *s)
{
    s->view.eye = gan_dice_between(&s->dice, 2.5f, 4);
    gan_sky_paint(s);
    if (gan_dice_chance(&s->dice, 0.4f)) gan_land_hills(s, 1, gan_dice_between(&s->dice, 0.04f, 0.12f));
    gan_water_paint(s, s->view.cy, 1, gan_dice_between(&s->dice, 0.5f, 1));
    float out = gan_dice_between(&s->dice, -2, 4);
    shore(s, out + 5, GAN_FOAM, 1);
    shore(s, out + 4.2f, GAN_WATER, 1.2f);
    shore(s, out + 1.2f, GAN_FOAM, 1);
    shore(s, out + 0.5f, GAN_SAND, 0.6f);
    shore(s, out - 0.6f, GAN_SAND, 1);
}
