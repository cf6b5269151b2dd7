/* Our own kernels' side of the facade: what its files share. */
#ifndef GAN_CORE_DNN_KERNEL_H
#define GAN_CORE_DNN_KERNEL_H

#include "core/build.h"

/* Appends an operation whose state is a copy of `bytes` bytes. */
gan_op *gan_kernel_op(gan_emit *e, const char *what, int narg, const gan_buf *arg, const void *state, size_t bytes,
                      int (*run)(const gan_op *, gan_plan *, gan_step_key));

/* dst = act(src + bias per channel), param: of the bias, or GAN_NONE; src may be dst, and nothing is emitted where that
 * leaves nothing to do. */
int gan_kernel_finish(gan_emit *e, int param, gan_act act, gan_buf src, gan_buf dst);

/* dst = src with its values rounded to those of bf16: tensors of one layout, none of them a view. */
int gan_kernel_round(gan_emit *e, gan_buf src, gan_buf dst);

/* The bias's gradient: sums of diff_dst per channel. */
int gan_kernel_bias_backward(gan_emit *e, int param, gan_buf diff_dst);

/* What a convolution's operation tells about itself: work and layouts. */
void gan_kernel_describe(gan_op *op, const gan_conv_desc *d, const gan_md *src, const gan_md *weights,
                         const gan_md *dst);

/* 1 if a gradient of layout md, the parameter's, may go in pieces: someone takes them, nobody wants it whole, and the taps
 * of two blocks of channels are one run of at most GAN_PACK_GRAIN floats. */
int gan_kernel_in_pieces(const gan_emit *e, int param, const gan_md *md);

#endif
