/* What models share. */
#ifndef GAN_MODELS_MODELS_H
#define GAN_MODELS_MODELS_H

#include "gan/config.h"
#include "gan/layers.h"
#include "gan/model.h"

/* The normalisation that the options name; x itself for none. */
gan_id gan_model_norm(gan_graph *g, const char *name, gan_id x, const gan_model_opt *o);

/* Convolutions before a batch norm have no bias: its beta is one. */
int gan_model_bias(const gan_model_opt *o);

/* What a discriminator sees: condition and picture joined, or the picture alone where there is no condition. */
gan_id gan_model_pair(gan_graph *g, const gan_id *in, const gan_model_opt *o);

/* The mean colour, ab / 110, of what logits say of bins, sharpened: softmax(logits / temperature). Towards a
 * temperature of 0 it becomes the mode. */
gan_id gan_model_annealed_mean(gan_graph *g, gan_id logits, const gan_bins *b, float temperature);

/* "enc3" from "enc" and 3; static, until the fourth call from now. */
const char *gan_model_name(const char *prefix, int i);

#endif
