/* Our own kernels' side of the facade: what its files share. */
#ifndef GAN_CORE_DNN_KERNEL_H
#define GAN_CORE_DNN_KERNEL_H

#include "core/build.h"

/* Appends an operation whose state is a copy of `bytes` bytes. */
gan_op *gan_kernel_op(gan_emit *e, const char *what, int narg, const gan_buf *arg, const void *state, size_t bytes,
                      int (*run)(const gan_op *, gan_plan *, gan_step_key));

/* dst += bias per channel; the bias's gradient: sums of diff_dst per channel. */
int gan_kernel_bias(gan_emit *e, int param, gan_buf dst);
int gan_kernel_bias_backward(gan_emit *e, int param, gan_buf diff_dst);

#endif
