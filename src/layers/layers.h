/* What layer files share. */
#ifndef GAN_LAYERS_LAYERS_H
#define GAN_LAYERS_LAYERS_H

#include "gan/layers.h"

int gan_conv_check(const gan_conv_opt *o);

/* For layers whose dst has the shape of their only source. */
int gan_same_shape(const gan_node *nd, const gan_shape *src, gan_shape *dst);

#endif
