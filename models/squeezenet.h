/* SqueezeNet v1.0 (Iandola et al. 2016, arXiv:1602.07360): a small classifier of ImageNet's 1000 classes, with frozen
 * parameters that come from a file.
 *     gan_id bgr = gan_squeezenet_bgr(&c, rgb);
 *     gan_id scores = gan_squeezenet(g, bgr, GAN_SQUEEZENET_SCORES, 0);
 */
#ifndef GAN_MODELS_SQUEEZENET_H
#define GAN_MODELS_SQUEEZENET_H

#include <stddef.h>

#include "layers/colour.h"

enum { GAN_SQUEEZENET_CLASSES = 1000, GAN_SQUEEZENET_SIDE = 227 }; /* side: what it was trained at */

enum gan_squeezenet_end {
    GAN_SQUEEZENET_FIRE4, /* 256 channels at 1/4 of the sides */
    GAN_SQUEEZENET_MAP,   /* the last fire module: 512 channels at 1/16 */
    GAN_SQUEEZENET_SCORES /* 1000 numbers above 0, sides of 1; their softmax are probabilities */
};

/* The network up to `end`. bgr: 0..255 less the means. pad: zeros around the picture; 0 as it was trained; with 3 the
 * sides of the map are exact fractions of those of pictures that are multiples of 16. */
gan_id gan_squeezenet(gan_graph *g, gan_id bgr, enum gan_squeezenet_end end, int pad);

/* What it wants to see, of sRGB 0..1 or of one gray channel 0..1. */
gan_id gan_squeezenet_bgr(const gan_colour *c, gan_id rgb);
gan_id gan_squeezenet_gray(const gan_colour *c, gan_id gray);

/* The name in a file of weights ("fire2.squeeze1x1.weight") of a parameter of its nodes; 0, or -1: it is none of them,
 * no message. */
int gan_squeezenet_key(const char *param, char *key, size_t bytes);

#endif
