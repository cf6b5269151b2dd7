/* Adam (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1), one streaming pass per parameter: values, both moments, the
 * moving average and the second layout of the weights are written while they lie in cache.
 *     gan_adam_begin(w, &opt);                     once per update
 *     gan_adam_param(w, &opt, i, diff);            for every trainable parameter, in any order
 */
#ifndef GAN_ADAM_H
#define GAN_ADAM_H

#include "gan/params.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_adam {
    double lr, beta1, beta2, eps;
    double ema; /* decay of the moving average of the values; used if the EMA block is there */
} gan_adam;

/* Counts the update: t, from 1, of the parameter block. */
void gan_adam_begin(gan_params *w);

/* Updates parameter i from its gradient, which has the layout of the blocks. Before the first update of a block its
 * moments are 0. */
void gan_adam_param(gan_params *w, const gan_adam *opt, int i, const float *diff);

/* The same for floats [begin, end) of it, diff being the first of them; on any thread, then once gan_adam_pieced. */
void gan_adam_piece(gan_params *w, const gan_adam *opt, int i, size_t begin, size_t end, const float *diff);
void gan_adam_pieced(gan_params *w, int i);

/* Updates all trainable parameters from the GRADS block. */
void gan_adam_step(gan_params *w, const gan_adam *opt);

#ifdef __cplusplus
}
#endif
#endif
