/* A scene's decisions, one after the other: a counter on gan_rng. Two draws in one expression or initialiser would
 * come in the compiler's order, so every draw has a statement of its own.
 */
#ifndef GAN_SCENE_DICE_H
#define GAN_SCENE_DICE_H

#include "gan/rng.h"

struct gan_dice {
    gan_rng rng;
    uint64_t next;
};

static inline float gan_dice_between(struct gan_dice *d, float least, float most)
{
    return least + (most - least) * (float)gan_rng_uniform(d->rng, d->next++);
}

static inline int gan_dice_chance(struct gan_dice *d, float probability)
{
    return gan_dice_between(d, 0, 1) < probability;
}

static inline int gan_dice_below(struct gan_dice *d, int n)
{
    return (int)gan_rng_below(d->rng, d->next++, (uint64_t)n);
}

static inline float gan_dice_sign(struct gan_dice *d)
{
    return gan_dice_chance(d, 0.5f) ? 1.0f : -1.0f;
}

/* A row of a table whose n rows have the given weights. */
static inline int gan_dice_weighted(struct gan_dice *d, const float *weights, int n)
{
    float total = 0;
    for (int i = 0; i < n; i++) total += weights[i];
    float left = gan_dice_between(d, 0, total);
    int i = 0;
    while (i < n - 1 && (left -= weights[i]) >= 0) i++;
    return i;
}

#endif
