/* A run in several ranks: rank 0 reads and writes files, the others get what they need from it. All ranks call each of
 * these together. With one process they do nothing and succeed. */
#ifndef GAN_TRAIN_RANKS_H
#define GAN_TRAIN_RANKS_H

#include "gan/checkpoint.h"
#include "gan/data.h"

/* Fail in all ranks if they would not compute the same: if one has another program, oneDNN, kind of CPU or configuration
 * (but for paths and threads) than rank 0, and once they are made, other files, layouts of parameters or kernels. */
int gan_ranks_check_begin(gan_dist *d, const gan_config *c);
int gan_ranks_check_made(const gan_recipe *r, const gan_dataset *data);

/* What is done in rank 0 alone: 0 in all ranks, or -1 in all with its message. */
int gan_ranks_first(gan_dist *d, int (*alone)(void *ctx), void *ctx);

/* Loads a checkpoint in rank 0, of which the others get their shares of the pool; the rest is for gan_ranks_spread. */
int gan_ranks_load(const char *path, gan_recipe *r, gan_run_state *s);

/* Gives all ranks rank 0's networks, kept numbers and state. */
int gan_ranks_spread(gan_recipe *r, gan_run_state *s);

/* Brings blocks (bits) that ranks update in shares up to date in all of them. */
int gan_ranks_collect(gan_recipe *r, unsigned blocks);

/* Saves in rank 0, with the pools and updates of all. */
int gan_ranks_save(const char *path, gan_recipe *r, gan_run_state *s);

#endif
