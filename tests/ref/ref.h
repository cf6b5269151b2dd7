/* Reference kernels: every layer and loss as plain double loops over NCHW arrays, to compare fast kernels with.
 *     struct ref_conv o = { .src = { 1, 3, 9, 7 }, .oc = 4, .k = 4, .stride = 2, .pad = 1 };
 *     ref_conv_fwd(&o, src, weights, bias, dst);             dst has ref_count(ref_conv_dst(&o)) elements
 *     ref_conv_bwd(&o, src, weights, diff_dst, diff_src, diff_weights, diff_bias);
 * All arrays are borrowed, without gaps, and do not overlap. Results are written, never added to what was there. A
 * gradient that is not wanted may be NULL. Nothing allocates or fails: sizes are the caller's responsibility.
 */
#ifndef TESTS_REF_H
#define TESTS_REF_H

#include <stddef.h>

struct ref_shape {
    int n, c, h, w;
};
size_t ref_count(struct ref_shape s);                             /* n * c * h * w */
ptrdiff_t ref_at(struct ref_shape s, int n, int c, int h, int w); /* offset of an element */

/* Convolution (cross-correlation, as everywhere in the field). Side of dst: (side + 2 pad + far - reach) / stride + 1,
 * rounded down, reach being (k - 1) dilation + 1. weights: (oc, ic, k, k); bias: oc, or NULL. */
struct ref_conv {
    struct ref_shape src;
    int oc, k, stride, pad;
    int dilation; /* 0: 1 */
    int far;      /* zeros more at the bottom and right */
};
struct ref_shape ref_conv_dst(const struct ref_conv *o);
void ref_conv_fwd(const struct ref_conv *o, const double *src, const double *weights, const double *bias, double *dst);
void ref_conv_bwd(const struct ref_conv *o, const double *src, const double *weights, const double *diff_dst,
                  double *diff_src, double *diff_weights, double *diff_bias);

/* Transposed convolution with the meaning of PyTorch's ConvTranspose2d. Side of dst: (side - 1) stride - 2 pad + k +
 * output_pad, output_pad < stride. weights: (ic, oc, k, k), PyTorch's buffer; oneDNN's logical order is (oc, ic, k, k),
 * so there this array has the tag iohw. bias: oc, or NULL. */
struct ref_deconv {
    struct ref_shape src;
    int oc, k, stride, pad, output_pad;
};
struct ref_shape ref_deconv_dst(const struct ref_deconv *o);
void ref_deconv_fwd(const struct ref_deconv *o, const double *src, const double *weights, const double *bias,
                    double *dst);
void ref_deconv_bwd(const struct ref_deconv *o, const double *src, const double *weights, const double *diff_dst,
                    double *diff_src, double *diff_weights, double *diff_bias);

/* Normalisation per channel with the statistics of each of `groups` equal runs of images along n: 1 is batch norm, n is
 * instance norm, 2 over a batch of 2N is two batch norms. Normalises by the biased variance. gamma, beta: c elements
 * shared by all groups, or NULL for 1 and 0. */
struct ref_norm {
    struct ref_shape shape;
    int groups;
    double eps;
};
void ref_norm_fwd(const struct ref_norm *o, const double *src, const double *gamma, const double *beta, double *dst);
void ref_norm_bwd(const struct ref_norm *o, const double *src, const double *gamma, const double *diff_dst,
                  double *diff_src, double *diff_gamma, double *diff_beta);

/* What a training step does to the running statistics (c elements each, in place): old + momentum * (new - old) with
 * the unbiased variance, once per group, first group first. momentum is PyTorch's: 0.1 keeps 0.9 of the old. */
void ref_norm_running(const struct ref_norm *o, const double *src, double momentum, double *mean, double *variance);

/* Evaluation: the statistics are given, and constant in the backward pass; groups plays no part. */
void ref_norm_eval_fwd(const struct ref_norm *o, const double *src, const double *gamma, const double *beta,
                       const double *mean, const double *variance, double *dst);
void ref_norm_eval_bwd(const struct ref_norm *o, const double *src, const double *gamma, const double *mean,
                       const double *variance, const double *diff_dst, double *diff_src, double *diff_gamma,
                       double *diff_beta);

/* Element by element; ReLU is leaky ReLU of slope 0. At 0 the slope is that of the negative side. */
void ref_lrelu_fwd(size_t n, double slope, const double *src, double *dst);
void ref_lrelu_bwd(size_t n, double slope, const double *src, const double *diff_dst, double *diff_src);
void ref_tanh_fwd(size_t n, const double *src, double *dst);
void ref_tanh_bwd(size_t n, const double *src, const double *diff_dst, double *diff_src);
void ref_sigmoid_fwd(size_t n, const double *src, double *dst);
void ref_sigmoid_bwd(size_t n, const double *src, const double *diff_dst, double *diff_src);
void ref_power_fwd(size_t n, double exponent, const double *src, double *dst); /* src > 0 */
void ref_power_bwd(size_t n, double exponent, const double *src, const double *diff_dst, double *diff_src);
void ref_scale_fwd(size_t n, double factor, const double *src, double *dst);
void ref_scale_bwd(size_t n, double factor, const double *diff_dst, double *diff_src);

/* Over the channels of each pixel; backward from dst. */
void ref_softmax_fwd(struct ref_shape s, const double *src, double *dst);
void ref_softmax_bwd(struct ref_shape s, const double *dst, const double *diff_dst, double *diff_src);

/* Inverted dropout: dst = src * mask / (1 - p), mask of zeros and ones. */
void ref_dropout_fwd(size_t n, double p, const double *mask, const double *src, double *dst);
void ref_dropout_bwd(size_t n, double p, const double *mask, const double *diff_dst, double *diff_src);

void ref_add_fwd(size_t n, const double *a, const double *b, double *dst);
void ref_add_bwd(size_t n, const double *diff_dst, double *diff_a, double *diff_b);

/* dst = src plus a number per channel of each picture. */
void ref_shift_fwd(struct ref_shape s, const double *src, const double *vector, double *dst);
void ref_shift_bwd(struct ref_shape s, const double *diff_dst, double *diff_src, double *diff_vector);

/* The mean of each plane: dst is (n, c, 1, 1). */
void ref_avgpool_fwd(struct ref_shape s, const double *src, double *dst);
void ref_avgpool_bwd(struct ref_shape s, const double *diff_dst, double *diff_src);

/* The largest of each window of k x k pixels, which begin every `stride` pixels; as many as it takes to cover all, the
 * last ones cut off at the edge. The gradient goes to the first largest. */
struct ref_maxpool {
    struct ref_shape src;
    int k, stride;
};
struct ref_shape ref_maxpool_dst(const struct ref_maxpool *o);
void ref_maxpool_fwd(const struct ref_maxpool *o, const double *src, double *dst);
void ref_maxpool_bwd(const struct ref_maxpool *o, const double *src, const double *diff_dst, double *diff_src);

/* Along channels, a first: dst is (n, ac + bc, h, w). */
struct ref_concat {
    int n, ac, bc, h, w;
};
void ref_concat_fwd(const struct ref_concat *o, const double *a, const double *b, double *dst);
void ref_concat_bwd(const struct ref_concat *o, const double *diff_dst, double *diff_a, double *diff_b);

/* Reflection without repeating the edge: 2 1 | 0 1 2 3 | 2 1. Less is added to each side than the side is long. */
struct ref_pad {
    struct ref_shape src;
    int pad, bottom, right; /* at all sides, and so much more at these */
};
struct ref_shape ref_pad_dst(const struct ref_pad *o);
void ref_pad_fwd(const struct ref_pad *o, const double *src, double *dst);
void ref_pad_bwd(const struct ref_pad *o, const double *diff_dst, double *diff_src);

/* The top left corner. */
struct ref_crop {
    struct ref_shape src;
    int h, w;
};
struct ref_shape ref_crop_dst(const struct ref_crop *o);
void ref_crop_fwd(const struct ref_crop *o, const double *src, double *dst);
void ref_crop_bwd(const struct ref_crop *o, const double *diff_dst, double *diff_src);

/* Every pixel becomes a square of factor x factor. */
struct ref_upsample {
    struct ref_shape src;
    int factor;
};
struct ref_shape ref_upsample_dst(const struct ref_upsample *o);
void ref_upsample_fwd(const struct ref_upsample *o, const double *src, double *dst);
void ref_upsample_bwd(const struct ref_upsample *o, const double *diff_dst, double *diff_src);

/* Linear between the centres of pixels, constant beyond the outermost. */
struct ref_bilinear {
    struct ref_shape src;
    int factor;
};
struct ref_shape ref_bilinear_dst(const struct ref_bilinear *o);
void ref_bilinear_fwd(const struct ref_bilinear *o, const double *src, double *dst);
void ref_bilinear_bwd(const struct ref_bilinear *o, const double *diff_dst, double *diff_src);

/* Losses: the mean over all n elements is returned, its gradient written to diff (NULL: not wanted). */
double ref_l1(size_t n, const double *pred, const double *target, double *diff); /* |e|; gradient 0 where e is 0 */
double ref_l2(size_t n, const double *pred, const double *target, double *diff); /* e^2 */

/* Adversarial losses of the scores (logits) a discriminator gave: for its own step to pictures that are REAL or FAKE,
 * for the generator's step to pictures that shall FOOL it. */
enum ref_role { REF_REAL, REF_FAKE, REF_FOOL };
double ref_vanilla(size_t n, enum ref_role role, const double *score,
                   double *diff);                                                  /* binary cross entropy to 1, 0, 1 */
double ref_lsgan(size_t n, enum ref_role role, const double *score, double *diff); /* squared error to 1, 0, 1 */
double ref_hinge(size_t n, enum ref_role role, const double *score, double *diff); /* relu(1 - s), relu(1 + s), -s */

#endif
