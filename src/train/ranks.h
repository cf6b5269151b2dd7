/* A run in several ranks: rank 0 reads and writes files, the others get what they need from it. All ranks call each of
 * these together. With one process they do nothing and succeed. */
#ifndef GAN_TRAIN_RANKS_H
#define GAN_TRAIN_RANKS_H

#include "gan/train.h"

/* Fails in all ranks if they would not do the same: if one has another program, oneDNN, kind of CPU, configuration (but
 * for paths and threads) or task than rank 0. */
int gan_ranks_check_begin(const gan_train_opt *o);

typedef struct gan_ranks_made { /* borrowed */
    const gan_recipe *recipe;
    const gan_plan *eval;                  /* NULL: no validation */
    const gan_dataset *data, *other, *val; /* NULL: none */
} gan_ranks_made;

/* The same of what was made: files, layouts of parameters, kernels. */
int gan_ranks_check_made(const gan_ranks_made *m);

/* The same of the networks' values, of which each rank has all. */
int gan_ranks_check_values(const gan_recipe *r);

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
