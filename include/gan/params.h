/* Parameters of a graph: one block each for values, gradients, Adam's two moments and the moving average. How a block
 * is laid out in memory is the core's business; at this border everything is canonical (see gan_param).
 */
#ifndef GAN_PARAMS_H
#define GAN_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#include "gan/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_params gan_params;

enum gan_block { GAN_VALUES, GAN_GRADS, GAN_ADAM_M, GAN_ADAM_V, GAN_EMA, GAN_NBLOCK };
enum {
    GAN_HAS_GRADS = 1 << GAN_GRADS, /* keep gradients; without it they live only until grad_ready */
    GAN_HAS_ADAM = 1 << GAN_ADAM_M | 1 << GAN_ADAM_V,
    GAN_HAS_EMA = 1 << GAN_EMA,
    GAN_ONE_COPY = 1 << GAN_NBLOCK /* values in one layout only: plans make what they want in another on the fly */
};

/* Parameters of g with these blocks beside the values; g is borrowed and must outlive them. */
gan_params *gan_params_new(const gan_graph *g, unsigned blocks);
void gan_params_free(gan_params *w);

/* Initial values, in canonical order, N(0, deviation) for weights; stream distinguishes the networks of a run. */
void gan_params_init(gan_params *w, uint64_t seed, uint64_t network, double deviation);

const gan_graph *gan_params_graph(const gan_params *w);
int gan_params_has(const gan_params *w, enum gan_block b);

/* One parameter of a block, canonical, to and from plain floats (gan_param's count). */
int gan_params_get(gan_params *w, int i, enum gan_block b, float *out);
int gan_params_set(gan_params *w, int i, enum gan_block b, const float *in);

int64_t gan_params_updates(const gan_params *w); /* Adam's t: updates made so far */
void gan_params_set_updates(gan_params *w, int64_t t);

/* Exchanges values and moving average: evaluate with the average, then exchange again. */
void gan_params_swap_ema(gan_params *w);

int gan_params_finite(const gan_params *w); /* 1: all values are finite */
size_t gan_params_bytes(const gan_params *w);

#ifdef __cplusplus
}
#endif
#endif
