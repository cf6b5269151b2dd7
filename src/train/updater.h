/* What trains a network: Adam as gradients come. Several ranks average them, share the update, and tell each other the new
 * values; Adam's moments and the moving average are then up to date in their owners only.
 *     gan_updater_init(&m->update, r, net, ema);
 *     gan_plan_opt o = { ..., .ready = gan_updater_ready, .piece = gan_updater_piece, .ctx = &m->update };
 *     m->update.adam.lr = lr;
 *     if (gan_updater_run(&m->update, plan, key)) return -1;
 */
#ifndef GAN_TRAIN_UPDATER_H
#define GAN_TRAIN_UPDATER_H

#include "dist/reducer.h"
#include "gan/adam.h"
#include "gan/recipe.h"

typedef struct gan_updater {
    gan_params *params;
    gan_adam adam;
    gan_dist *dist;       /* borrowed; NULL: one process, and none of what follows */
    gan_reducer *reducer; /* owned by gan_updater_release, as statistics */
    double *statistics;   /* room for the running ones, when each rank has its own; else NULL */
    size_t count;         /* of statistics */
} gan_updater;

/* r's networks know their updaters, by which it releases them. */
void gan_updater_init(gan_updater *u, gan_recipe *r, int net, double ema);

/* Prepares to average over ranks, if there are several: after the first plan of the network has laid its parameters out. */
int gan_updater_share(gan_updater *u, const gan_config *c);
void gan_updater_release(gan_updater *u);

/* Options `ready`, `piece` and `pulse` of the plan that completes the gradients; ctx is the updater. `pulse` is for ranks:
 * gan_recipe_add_plan adds it. */
void gan_updater_ready(void *updater, int param, const float *diff);
void gan_updater_piece(void *updater, int param, size_t begin, size_t end, const float *diff);
void gan_updater_pulse(void *updater);

/* Counts an update and runs the plan backward; all parameters are updated when it returns, and statistics settled. */
int gan_updater_run(gan_updater *u, gan_plan *p, gan_step_key key);

/* Running statistics, which each rank has moved by its own part of the batch, become their means over the ranks: after
 * each step that has moved them. */
int gan_updater_settle(gan_updater *u);

/* Brings a block of moments or averages up to date in all ranks. */
int gan_updater_collect(gan_updater *u, enum gan_block b);

#endif
