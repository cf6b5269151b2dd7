/* What a pretrained classifier says of the gray picture, fused into a map of features at an eighth of its sides. */
#ifndef GAN_MODELS_EMBEDDING_H
#define GAN_MODELS_EMBEDDING_H

#include "gan/model.h"

/* ReLU of a 1x1 convolution, to oc channels, of the map joined with the embedding. x: the picture, L / 50 - 1. */
gan_id gan_embedding_fuse(gan_graph *g, gan_id map, gan_id x, int oc, const gan_model_opt *o);

int gan_embedding_multiple(const gan_model_opt *o); /* what sides must be multiples of */

#endif
