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

#include "core/dnn/conv.h"

enum { GAN_SMALL_SIDE = 7 /* of the largest kernel */ };

typedef struct gan_small {
    gan_buf small, large;
    int k, stride, pad;
    int side;                      /* of tiles, and channels of the tensors' blocks */
    int rows_are_small;            /* which of the two a tile's rows (its outer inner dimension) belong to */
    size_t small_step, large_step; /* floats between tiles that neighbour in the channels of the two */
    size_t y_step, x_step;         /* between taps */
} gan_small;

/* Pictures are narrow, and the small tensor has no more than so many pixels in all. */
int gan_small_is(const gan_conv_site *s, int most_pixels);

/* The layout of the weights: as it is fixed, if these kernels can do with that, or their own; owned, NULL on failure. */
gan_md *gan_small_layout(const gan_conv_site *s);

/* md: what gan_small_layout gave. */
int gan_small_init(gan_small *k, const gan_conv_site *s, const gan_md *md);

/* Of `count` small pixels along one axis, how many tap t connects with one of the `size` large ones, from *first on. */
int gan_small_connected(const gan_small *k, int t, int count, int size, int *first);

/* The two kernels. fits: it can be; suits: it is likely to be the fastest. The sums, forward or backward-data, are without
 * bias and activation. */
int gan_small_sums_fits(gan_conv_site *s);
int gan_small_sums_suits(gan_conv_site *s);
int gan_small_sums(gan_conv_site *s);

int gan_small_gradient_fits(gan_conv_site *s);
int gan_small_gradient_suits(gan_conv_site *s);
int gan_small_gradient(gan_conv_site *s);

#endif
