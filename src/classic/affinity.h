/* How alike neighbouring pixels are, after Levin, Lischinski and Weiss 2004, "Colorization using optimization". */
#ifndef CLASSIC_AFFINITY_H
#define CLASSIC_AFFINITY_H

#include "classic/stencil.h"

/* Makes m the symmetric matrix of d_r (U(r) - sum over the 3x3 window of w_rs U(s)), with d_r w_rs = k_rs,
 *     k_rs = exp(-(Y(r) - Y(s))^2 / (2 sigma_r sigma_s)),  d_r = sum over s of k_rs
 * so that w_rs adds up to 1 over s; sigma from the variance of Y in the pixel's window, which ends at the picture's
 * border. The one row of a picture of one pixel is 0.
 *   x        w * h luminances, L / 50 - 1
 *   errors   out of memory */
int gan_affinity_init(gan_stencil *m, int w, int h, const float *x);

#endif
