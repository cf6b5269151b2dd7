/* gan plan's parts. */
#ifndef GAN_CLI_PLAN_H
#define GAN_CLI_PLAN_H

#include "gan/recipe.h"

enum { GAN_PLAN_TRIALS = 4 };

/* Seconds of a step: the fastest of a few on one batch of procedural pictures. `after` is called after each; best: it is
 * the fastest so far. */
int gan_plan_time_step(gan_recipe *r, double *seconds,
                       void (*after)(void *ctx, gan_recipe *r, const gan_loader *l, int best), void *ctx);

/* Prints what `ranks` machines would exchange over a network of that speed, by the model of gan/overlap.h. */
int gan_plan_model_ranks(const gan_config *c, int ranks, double gbit);

/* Prints what these ranks exchange, beside the model at the speed that is measured between them. */
int gan_plan_measure_ranks(const gan_config *c, gan_dist *d);

#endif
