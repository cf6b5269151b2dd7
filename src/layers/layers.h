/* What layer files share. */
#ifndef GAN_LAYERS_LAYERS_H
#define GAN_LAYERS_LAYERS_H

#include "core/onnx.h"
#include "gan/layers.h"

#define X(name) extern const gan_layer_def gan_layer_##name;
#include "layers/list.h"
#undef X

int gan_conv_check(const gan_conv_opt *o);

/* Declares weights of these dims and the bias of a convolution or, transposed, a deconvolution. */
int gan_conv_declare(gan_graph *g, gan_node *nd, const int *dims, int transposed);

/* Adds one with given values. */
gan_id gan_conv_add_given(gan_graph *g, const gan_layer_def *def, const char *name, gan_id x, gan_conv_opt o,
                          const float *values);

/* The inputs and attributes that Conv and ConvTranspose have in common. */
void gan_conv_onnx(gan_onnx *o, const gan_node *nd);

/* Declares the vectors of an affine norm: gamma and beta, and with 4 instead of 2 the running mean and variance. */
int gan_norm_declare(gan_graph *g, gan_node *nd, int vectors);

float gan_norm_eps(const gan_node *nd); /* of a batch or an instance norm */

/* For layers whose dst has the shape of their only source. */
int gan_same_shape(const gan_node *nd, const gan_shape *src, gan_shape *dst);

#endif
