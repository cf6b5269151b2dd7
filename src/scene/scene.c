/* Draws a picture strip by strip; each strip repeats the same decisions, for its own columns. */
#include "gan/scene.h"

#include "gan/error.h"
#include "scene/kinds.h"

enum { LEAST_SIZE = 16, MOST_SIZE = 4096, SAMPLES = 2 }; /* SAMPLES: a pixel's, along each side */

#define ROW(name, weight) { #name, weight, gan_kind_##name },
static const struct gan_kind kinds[] = { GAN_SCENE_KINDS(ROW) };
enum { KINDS = sizeof kinds / sizeof *kinds };

static const struct gan_kind *choose(struct gan_dice *d)
{
    float weights[KINDS];
    for (int i = 0; i < KINDS; i++) weights[i] = kinds[i].weight;
    return &kinds[gan_dice_weighted(d, weights, KINDS)];
}

static struct gan_dice dice(uint64_t seed, uint64_t number)
{
    return (struct gan_dice){ .rng = gan_rng_at(seed, GAN_STREAM_SCENE, number) };
}

const struct gan_kind *gan_kind_of(uint64_t seed, uint64_t number)
{
    struct gan_dice d = dice(seed, number);
    return choose(&d);
}

static void view_init(struct gan_view *v, struct gan_dice *d)
{
    v->cx = gan_dice_between(d, 0.35f, 0.65f);
    v->cy = gan_dice_between(d, 0.4f, 0.55f);
    v->focal = gan_dice_between(d, 0.95f, 1.25f);
    v->eye = gan_dice_between(d, 1.6f, 2.2f);
}

/* All that does not depend on the strip; returns the exposure. */
static float stage_init(struct gan_stage *s, int size)
{
    s->pixel = 1 / (float)size;
    gan_noise_init(&s->noise, s->dice.rng, (uint64_t)1 << 32); /* far from the dice's */
    gan_light_init(&s->light, &s->dice);
    gan_palette_init(&s->palette, &s->dice);
    view_init(&s->view, &s->dice);
    return gan_dice_between(&s->dice, 0.8f, 1.25f);
}

static void draw_strip(const struct gan_canvas *canvas, uint64_t seed, uint64_t number, gan_image *out)
{
    struct gan_stage s = { .canvas = *canvas, .dice = dice(seed, number) };
    const struct gan_kind *kind = choose(&s.dice);
    float exposure = stage_init(&s, out->w);
    kind->draw(&s);
    gan_canvas_develop(&s.canvas, exposure, out);
}

static void draw(struct gan_canvas *canvas, uint64_t seed, uint64_t number, gan_image *out)
{
    for (; canvas->left < canvas->side; canvas->left += GAN_CANVAS_STRIP) {
        int rest = canvas->side - canvas->left;
        canvas->width = rest < GAN_CANVAS_STRIP ? rest : GAN_CANVAS_STRIP;
        draw_strip(canvas, seed, number, out);
    }
}

int gan_scene_draw(gan_image *out, uint64_t seed, uint64_t number, int size)
{
    *out = (gan_image){ 0 };
    if (size < LEAST_SIZE || size > MOST_SIZE)
        return gan_error("cannot draw a scene of %d pixels: its side is %d to %d", size, LEAST_SIZE, MOST_SIZE);
    struct gan_canvas canvas;
    if (gan_canvas_init(&canvas, SAMPLES * size)) return -1;
    int bad = gan_image_init(out, size, size);
    if (!bad) draw(&canvas, seed, number, out);
    gan_canvas_release(&canvas);
    return bad;
}
