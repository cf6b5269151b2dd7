/* Conjugate gradients. */
#ifndef CLASSIC_CONJUGATE_H
#define CLASSIC_CONJUGATE_H

#include "classic/stencil.h"

/* Solves M u = f, for each channel by itself, until a step changes u by less than tolerance (root mean square).
 *   m        symmetric, positive definite but for the rows and columns of fixed pixels, which are 0
 *   f, u     GAN_CHANNELS planes; f is 0 at fixed pixels, and u will be
 *   errors   out of memory */
int gan_conjugate_solve(const gan_stencil *m, const float *f, float *u, double tolerance);

#endif
