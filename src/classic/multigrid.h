/* A multigrid cycle: an approximate inverse of a stencil matrix whose rows add up to 0 but beside fixed pixels, cheap
 * enough to be the preconditioner of each step of an iteration.
 *     gan_multigrid m;
 *     if (gan_multigrid_init(&m, &matrix)) return -1;
 *     gan_multigrid_cycle(&m, f, u);         u is near the solution of M u = f
 */
#ifndef CLASSIC_MULTIGRID_H
#define CLASSIC_MULTIGRID_H

#include "classic/stencil.h"

enum { GAN_MOST_LEVELS = 32 }; /* sides are halved: enough for any int */

typedef struct gan_level {
    gan_stencil own; /* what the level had to make: released with it; empty on the finest */
    const gan_stencil *m;
    float *inverse; /* of the diagonal, 0 at fixed pixels; owned */
    float *basis;   /* 9 planes of the next level's grid: how a coarse pixel reaches the 3x3 fine ones; owned */
    float *f, *u;   /* GAN_CHANNELS planes each, NULL on the finest; owned */
    float *next;    /* the same, of every level; owned */
} gan_level;

typedef struct gan_multigrid {
    int count;
    gan_level level[GAN_MOST_LEVELS];
} gan_multigrid;

/* Borrows the matrix. Pixels whose diagonal is 0 are fixed: their rows and columns must be 0 too. */
int gan_multigrid_init(gan_multigrid *g, const gan_stencil *finest);
void gan_multigrid_release(gan_multigrid *g); /* takes zeroed ones */

/* f and u: GAN_CHANNELS planes of the finest grid, not the same; u is 0 at fixed pixels. */
void gan_multigrid_cycle(gan_multigrid *g, const float *f, float *u);

#endif
