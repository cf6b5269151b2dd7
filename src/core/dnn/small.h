/* Convolutions of small pictures: at most half a vector wide, and few pixels in a batch. oneDNN's kernels run along rows,
 * and here rows are a few pixels long; and what such layers cost is the way of their weights, of which they have most,
 * through memory. So all passes read and write one layout, tiles of channels x channels, one per tap of the kernel:
 * there is no second copy.
 *
 * The small tensor is the one where the kernel is applied (a convolution's dst, a deconvolution's src), the large one that
 * where it reaches: tap (ky, kx) connects the small pixel (y, x) with the large one (y * stride + ky - pad,
 * x * stride + kx - pad). */
#ifndef GAN_CORE_DNN_SMALL_H
#define GAN_CORE_DNN_SMALL_H

#include "core/dnn/kernel.h"

/* Most pixels of the small tensor, all pictures: a block of channels stays in the first cache. With more, oneDNN's sums are
 * faster. */
enum { GAN_SMALL_GRADIENT = 512, GAN_SMALL_SUMS = 256 };

typedef struct gan_small {
    gan_buf small, large;
    int k, stride, pad;
    int side;                      /* of tiles, and channels of the tensors' blocks */
    int rows_are_small;            /* which of the two a tile's rows (its outer inner dimension) belong to */
    size_t small_step, large_step; /* floats between tiles that neighbour in the channels of the two */
    size_t y_step, x_step;         /* between taps */
} gan_small;

/* 1 if the convolution d between these tensors (src or its diff, dst or its diff) is one of small pictures, of no more than
 * `most` pixels. */
int gan_small_suits(const gan_emit *e, const gan_conv_desc *d, gan_buf src, gan_buf dst, int most);

/* The layout of the weights: as it is fixed, if these kernels can do with that, or their own; owned, NULL on failure. */
gan_md *gan_small_layout(const gan_emit *e, int param, int side);

/* md: what gan_small_layout gave. */
int gan_small_init(gan_small *s, const gan_conv_desc *d, gan_buf src, gan_buf dst, const gan_md *md);

/* Of `count` small pixels along one axis, how many tap t connects with one of the `size` large ones, from *first on. */
int gan_small_connected(const gan_small *s, int t, int count, int size, int *first);

/* The sums of one tensor from the other, without bias and activation, by the weights of a parameter: forward or
 * backward-data. src, dst: of the convolution; forward: dst is written. */
int gan_small_sums(gan_emit *e, const gan_conv_desc *d, gan_buf src, gan_buf dst, int param, int forward);

/* The gradient of weights. */
int gan_small_gradient(gan_emit *e, const gan_conv_desc *d, gan_buf src, gan_buf diff_dst, int param);

#endif
