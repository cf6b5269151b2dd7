/* Weights of a pretrained classifier, from a file. */
#ifndef GAN_TRAIN_FEATURES_H
#define GAN_TRAIN_FEATURES_H

#include "gan/params.h"

/* Sets the frozen parameters of w that are SqueezeNet's from a safetensors file; others stay. Nothing is done, and path
 * may be empty, if w has none. */
int gan_features_load(const char *path, gan_params *w);

#endif
