/* Convolutions with 4x4 kernels without stride by Winograd's algorithm: see winograd_tiles.h. Between blocked tensors, with
 * weights in tiles of channels. */
#ifndef GAN_CORE_DNN_WINOGRAD_H
#define GAN_CORE_DNN_WINOGRAD_H

#include "core/dnn/conv.h"
#include "core/dnn/winograd_tiles.h"

int gan_winograd_fits(gan_conv_site *s);  /* the pass can be computed so */
int gan_winograd_suits(gan_conv_site *s); /* and is likely to be faster than by oneDNN */

/* Appends the operation. */
int gan_winograd_forward(gan_conv_site *s);
int gan_winograd_backward_data(gan_conv_site *s);
int gan_winograd_backward_weights(gan_conv_site *s);

/* Shared by the two files. */

/* Tiles of 2x2 pixels of dst, or the pixels of src that they see, from pad pixels before on. */
gan_tiling gan_winograd_tiling(const gan_shape *dst, int pad);
size_t gan_winograd_count(const gan_tiling *g, const gan_tensor *t); /* tiles of all pictures */

/* Floats between two points whose values are n floats: whole lines and no power of two, or all points would meet in one set
 * of a cache. */
size_t gan_winograd_step(size_t n);

/* Weights in tiles whose rows are channels of src and whose lanes are dst's, or with src_lanes the other way; owned. */
gan_md *gan_winograd_weights(const gan_conv_site *s, int src_lanes);

#endif
