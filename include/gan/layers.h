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
} gan_conv_opt;

gan_id gan_conv(gan_graph *g, const char *name, gan_id x, gan_conv_opt o);   /* side: (in + 2 pad - k) / stride + 1 */
gan_id gan_deconv(gan_graph *g, const char *name, gan_id x, gan_conv_opt o); /* (in - 1) stride - 2 pad + k + out_pad */
gan_id gan_batchnorm(gan_graph *g, const char *name, gan_id x, float eps);   /* affine; momentum 0.1 */
gan_id gan_instancenorm(gan_graph *g, const char *name, gan_id x, float eps); /* no affine, no running statistics */
gan_id gan_instancenorm_affine(gan_graph *g, const char *name, gan_id x, float eps); /* times gamma, plus beta */
gan_id gan_lrelu(gan_graph *g, const char *name, gan_id x, float slope);
gan_id gan_relu(gan_graph *g, const char *name, gan_id x);
gan_id gan_tanh(gan_graph *g, const char *name, gan_id x);
gan_id gan_sigmoid(gan_graph *g, const char *name, gan_id x);
gan_id gan_power(gan_graph *g, const char *name, gan_id x, float exponent); /* of numbers above 0 */
gan_id gan_dropout(gan_graph *g, const char *name, gan_id x, float p); /* inverted: kept values times 1 / (1 - p) */
gan_id gan_concat(gan_graph *g, const char *name, gan_id a, gan_id b); /* along channels */
gan_id gan_add(gan_graph *g, const char *name, gan_id a, gan_id b);
gan_id gan_reflectpad(gan_graph *g, const char *name, gan_id x, int pad); /* mirrored without repeating the edge */
gan_id gan_reflectpad_far(gan_graph *g, const char *name, gan_id x, int bottom, int right); /* at these sides only */
gan_id gan_crop(gan_graph *g, const char *name, gan_id x, int h, int w);   /* from the top left corner */
gan_id gan_upsample(gan_graph *g, const char *name, gan_id x, int factor); /* nearest */

/* All layers, for tests and printing; ended by NULL. */
const gan_layer_def *const *gan_layer_all(void);
const char *gan_layer_name(const gan_layer_def *def);

#ifdef __cplusplus
}
#endif
#endif
