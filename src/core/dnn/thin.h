/* Convolutions between many channels and a few, kernel 4, padding 1: a colorizer's first and last layers, a
 * discriminator's first and last. oneDNN computes whole vectors of channels; these kernels compute whole kernels, 16 taps.
 *
 * The wide tensor is blocked, the thin one plain. Tap (ky, kx) connects the wide tensor's pixel (y, x) with the thin
 * one's pixel (2y - 1 + ky, 2x - 1 + kx), or without stride with (y + 1 - ky, x + 1 - kx). */
#ifndef GAN_CORE_DNN_THIN_H
#define GAN_CORE_DNN_THIN_H

#include "core/dnn/kernel.h"

enum { GAN_THIN_K = 4, GAN_THIN_TAPS = GAN_THIN_K * GAN_THIN_K };

typedef float gan_taps __attribute__((vector_size(GAN_THIN_TAPS * sizeof(float)), aligned(sizeof(float))));

typedef struct gan_thin {
    gan_buf wide, thin;
    int stride;
    size_t wide_step, thin_step; /* floats of canonical weights between neighbouring channels of each */
} gan_thin;

enum gan_thin_pass { GAN_THIN_GATHER, GAN_THIN_SPREAD, GAN_THIN_GRADIENT };

/* 1 if the convolution d can go between these two; fills *t. */
int gan_thin_fits(const gan_emit *e, const gan_conv_desc *d, gan_buf wide, gan_buf thin, gan_thin *t);

/* 1 if such a pass of it is likely to be faster than oneDNN's. */
int gan_thin_suits(const gan_emit *e, const gan_conv_desc *d, enum gan_thin_pass pass, gan_buf wide, gan_buf thin,
                   gan_thin *t);

/* thin = sums of wide, without bias and activation; weights: a parameter. */
int gan_thin_gather(gan_emit *e, const gan_thin *t, const gan_conv_desc *d, const char *what, int weights);

/* wide = sums of thin. */
int gan_thin_spread(gan_emit *e, const gan_thin *t, const gan_conv_desc *d, const char *what, int weights);

/* grad, canonical = sums of products of the two. */
int gan_thin_gradient(gan_emit *e, const gan_thin *t, const gan_conv_desc *d, gan_buf grad);

#endif
