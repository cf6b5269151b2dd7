/* The image pool of a run in several ranks: each keeps an equal share, and all hold as many entries, since they add as
 * many a step. A checkpoint has them by rank. */
#ifndef GAN_TRAIN_RANKS_POOL_H
#define GAN_TRAIN_RANKS_POOL_H

#include "gan/recipe.h"

/* Puts a pool for the entries of all ranks in the place of the own one, which is returned through own. */
int gan_ranks_pool_widen(gan_recipe *r, gan_pool **own);

/* Puts the own one back. */
void gan_ranks_pool_restore(gan_recipe *r, gan_pool *own);

/* The entries of all ranks into rank 0's wide pool; a share of rank 0's wide pool into own. */
int gan_ranks_pool_gather(gan_recipe *r, const gan_pool *own);
int gan_ranks_pool_deal(gan_recipe *r, gan_pool *own);

#endif
