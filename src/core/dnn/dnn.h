/* The facade: what layers emit. The only module that knows oneDNN and layouts. Every function appends operations to
 * the plan being made and returns 0, or -1 with a message. */
#ifndef GAN_CORE_DNN_DNN_H
#define GAN_CORE_DNN_DNN_H

#include "core/emit.h"

/* 1 if the machine's best layouts have blocks of 16 channels (AVX-512), 0 if of 8. */
int gan_dnn_wide(void);

/* 0 if plans can compute so; -1 for bf16 on a processor that would be slower with it than with float. */
int gan_dnn_check_math(enum gan_math math);

const char *gan_dnn_version(void); /* "2.6.3"; static */
unsigned gan_dnn_isa(void);        /* the effective instruction set, in oneDNN's coding */

/* Convolution (transposed: deconvolution) of node nd: parameters weights and, with bias, bias. */
typedef struct gan_conv_geometry {
    int transposed, k, stride, pad, dilation, bias;
} gan_conv_geometry;
int gan_dnn_conv(gan_emit *e, const gan_node *nd, gan_conv_geometry c);
int gan_dnn_conv_backward(gan_emit *e, const gan_node *nd, gan_conv_geometry c);

/* Normalisation per channel over `groups` equal parts of the batch, with the statistics of the part or, without
 * batch_stats, the running ones; then the absorbed activation. Parameters of an affine one: gamma, beta, and where
 * there are running statistics mean and variance. */
typedef struct gan_norm_geometry {
    int groups, affine, batch_stats;
    float eps, momentum;
    int parts; /* over so many equal parts of a batch are statistics taken, through the plan's exchange; 1: this one */
} gan_norm_geometry;
int gan_dnn_norm(gan_emit *e, const gan_node *nd, gan_norm_geometry c);
int gan_dnn_norm_backward(gan_emit *e, const gan_node *nd, gan_norm_geometry c);

/* Element by element; src, dst and diffs are of one shape, any of them views. */
int gan_dnn_act(gan_emit *e, gan_act act, gan_buf src, gan_buf dst);
int gan_dnn_act_backward(gan_emit *e, gan_act act, gan_buf dst, gan_buf diff_dst, gan_buf diff_src, int add);
int gan_dnn_copy(gan_emit *e, gan_buf src, int c0, gan_buf dst);           /* src into dst's channels from c0 on */
int gan_dnn_slice(gan_emit *e, gan_buf src, int c0, gan_buf dst, int add); /* dst from src's channels from c0 on */
int gan_dnn_sum(gan_emit *e, gan_buf a, gan_buf b, gan_buf dst);
int gan_dnn_accumulate(gan_emit *e, gan_buf from, gan_buf into);
int gan_dnn_accumulate_param(gan_emit *e, gan_buf from, gan_buf into);
int gan_dnn_softmax(gan_emit *e, gan_buf src, gan_buf dst); /* over channels */
int gan_dnn_softmax_backward(gan_emit *e, gan_buf dst, gan_buf diff_dst, gan_buf diff_src);
int gan_dnn_dropout(gan_emit *e, float p, gan_id node, gan_buf src, gan_buf dst, int add);

/* Values of a parameter as buffer `to` wants them; from: its one copy. */
int gan_dnn_unpack(gan_emit *e, gan_buf from, gan_buf to);

/* Moving pixels. */
int gan_dnn_reflect(gan_emit *e, int pad, gan_buf src, gan_buf dst);
int gan_dnn_reflect_backward(gan_emit *e, int pad, gan_buf diff_dst, gan_buf diff_src);
int gan_dnn_crop(gan_emit *e, gan_buf src, gan_buf dst); /* the top left corner */
int gan_dnn_crop_backward(gan_emit *e, gan_buf diff_dst, gan_buf diff_src);
int gan_dnn_upsample(gan_emit *e, int factor, gan_buf src, gan_buf dst);
int gan_dnn_upsample_backward(gan_emit *e, int factor, gan_buf diff_dst, gan_buf diff_src);
int gan_dnn_bilinear(gan_emit *e, int factor, gan_buf src, gan_buf dst);
int gan_dnn_bilinear_backward(gan_emit *e, int factor, gan_buf diff_dst, gan_buf diff_src);

/* The largest of each k x k window, of which the last ones may end beyond the edge. The gradient goes to the first that
 * is largest. */
typedef struct gan_pool_geometry {
    int k, stride;
} gan_pool_geometry;
int gan_dnn_maxpool(gan_emit *e, gan_pool_geometry c, gan_buf src, gan_buf dst);
int gan_dnn_maxpool_backward(gan_emit *e, gan_pool_geometry c, gan_buf src, gan_buf diff_dst, gan_buf diff_src);

/* One vector per picture (sides of 1) and all pixels of it. */
int gan_dnn_pixel_sum(gan_emit *e, gan_buf src, int mean, gan_buf dst); /* their sum, or mean */
int gan_dnn_spread(gan_emit *e, gan_buf src, gan_buf dst);              /* to each pixel its share of the mean's diff */
int gan_dnn_shift(gan_emit *e, gan_buf src, gan_buf vector, gan_buf dst); /* added at every pixel */

#endif
