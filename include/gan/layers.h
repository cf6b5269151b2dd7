/* The layers, as functions that add a node. Shapes are inferred and checked; -1 as gan_graph_add says. */
#ifndef GAN_LAYERS_H
#define GAN_LAYERS_H

#include "gan/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_conv_opt {
    int oc, k, stride, pad;
    int out_pad; /* deconvolution: rows and columns added at the far end */
    int bias;
    int dilation; /* convolution: pixels from one tap to the next; 0: 1 */
    int far;      /* convolution: rows and columns of zeros at the far end beyond `pad`; Keras's "same" is 0 and 1 */
    int frozen;   /* parameters are of a pretrained network */
    int init;     /* enum gan_param_init of the weights */
} gan_conv_opt;

/* side: (in + 2 pad + far - reach) / stride + 1, rounded down; reach: (k - 1) dilation + 1 */
gan_id gan_conv(gan_graph *g, const char *name, gan_id x, gan_conv_opt o);
/* With constant values, which are part of the graph: weights, then o.bias biases, as gan_param orders them; copied. */
gan_id gan_conv_given(gan_graph *g, const char *name, gan_id x, gan_conv_opt o, const float *values);
gan_id gan_deconv_given(gan_graph *g, const char *name, gan_id x, gan_conv_opt o, const float *values);
gan_id gan_deconv(gan_graph *g, const char *name, gan_id x, gan_conv_opt o); /* (in - 1) stride - 2 pad + k + out_pad */
gan_id gan_batchnorm(gan_graph *g, const char *name, gan_id x, float eps);   /* affine; momentum 0.1 */
gan_id gan_instancenorm(gan_graph *g, const char *name, gan_id x, float eps); /* no affine, no running statistics */
gan_id gan_instancenorm_affine(gan_graph *g, const char *name, gan_id x, float eps); /* times gamma, plus beta */
gan_id gan_lrelu(gan_graph *g, const char *name, gan_id x, float slope);
gan_id gan_relu(gan_graph *g, const char *name, gan_id x);
gan_id gan_tanh(gan_graph *g, const char *name, gan_id x);
gan_id gan_sigmoid(gan_graph *g, const char *name, gan_id x);
gan_id gan_power(gan_graph *g, const char *name, gan_id x, float exponent); /* of numbers above 0 */
gan_id gan_scale(gan_graph *g, const char *name, gan_id x, float factor);
gan_id gan_softmax(gan_graph *g, const char *name, gan_id x);          /* over the channels of each pixel */
gan_id gan_dropout(gan_graph *g, const char *name, gan_id x, float p); /* inverted: kept values times 1 / (1 - p) */
gan_id gan_concat(gan_graph *g, const char *name, gan_id a, gan_id b); /* along channels */
gan_id gan_add(gan_graph *g, const char *name, gan_id a, gan_id b);
gan_id gan_shift(gan_graph *g, const char *name, gan_id x, gan_id v); /* x plus v, whose sides are 1, at every pixel */
gan_id gan_maxpool(gan_graph *g, const char *name, gan_id x, int k, int stride); /* windows may end beyond the edge */
gan_id gan_avgpool(gan_graph *g, const char *name, gan_id x);                    /* over all pixels, which become one */
gan_id gan_reflectpad(gan_graph *g, const char *name, gan_id x, int pad); /* mirrored without repeating the edge */
gan_id gan_reflectpad_far(gan_graph *g, const char *name, gan_id x, int bottom, int right); /* at these sides only */
gan_id gan_crop(gan_graph *g, const char *name, gan_id x, int h, int w);   /* from the top left corner */
gan_id gan_upsample(gan_graph *g, const char *name, gan_id x, int factor); /* nearest */
/* Linear between the centres of pixels, which lie at halves; beyond the outermost they count as they are. */
gan_id gan_bilinear(gan_graph *g, const char *name, gan_id x, int factor);

/* All layers, for tests and printing; ended by NULL. */
const gan_layer_def *const *gan_layer_all(void);
const char *gan_layer_name(const gan_layer_def *def);

#ifdef __cplusplus
}
#endif
#endif
