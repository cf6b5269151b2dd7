/* A plan: how a graph runs at one batch and size. oneDNN primitives, layouts and memory are chosen once; running is a
 * flat loop that allocates nothing.
 *     gan_plan *p = gan_plan_new(g, w, &(gan_plan_opt){ .batch = 16, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS });
 *     if (!p || gan_plan_bind(p, NULL, 0)) return -1;
 *     gan_plan_put(p, x, 0, 16, pictures);
 *     gan_plan_run(p, GAN_FWD, key);
 *     const float *y = gan_plan_dst(p, out);
 */
#ifndef GAN_PLAN_H
#define GAN_PLAN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "gan/graph.h"
#include "gan/params.h"
#include "gan/tuning.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_plan gan_plan;

enum gan_pass { GAN_FWD, GAN_BWD, GAN_NPASS };
enum {
    GAN_GRAD_PARAMS = 1 << 0,  /* gradients of trainable parameters are computed */
    GAN_GRAD_ADD = 1 << 1,     /* and added to the GRADS block */
    GAN_DROPOUT = 1 << 2,      /* dropout drops */
    GAN_BATCH_STATS = 1 << 3,  /* batch norm uses the batch's statistics, not the running ones */
    GAN_UPDATE_STATS = 1 << 4, /* and moves the running ones */
    GAN_NO_LOWER = 1 << 5      /* no fusion, no placement: for comparing */
};

/* What convolutions compute with, forward and back to src. BF16: what they read is rounded to bfloat16, to nearest, and
 * summed in float; all else is float, the parameters and their gradients too. EMULATED: the same rounding, then float.
 * Convolutions for which oneDNN has no bf16, and those of our own kernels, compute in float. */
enum gan_math { GAN_MATH_F32, GAN_MATH_BF16, GAN_MATH_BF16_EMULATED };

typedef struct gan_step_key { /* all that dropout depends on */
    uint64_t seed, step;
} gan_step_key;

/* Called during GAN_BWD as soon as a parameter's gradient is complete. diff: borrowed, in the layout of the parameter's
 * blocks, gone when the call returns unless the GRADS block is kept. */
typedef void gan_grad_ready(void *ctx, int param, const float *diff);

/* Called during GAN_BWD, from several threads at a time, with floats [begin, end) of a parameter's gradient while they lie
 * in cache; diff is the first of them. Where a kernel can, gradients come so and are nowhere whole; `ready` follows then,
 * with diff NULL. Bounds are whole tiles of the layout, each float comes once. */
typedef void gan_grad_piece(void *ctx, int param, size_t begin, size_t end, const float *diff);

/* Adds n numbers up over all parts of a batch, in place. */
typedef int gan_exchange(void *ctx, double *sums, size_t n);

typedef struct gan_plan_part { /* of a batch whose other parts are elsewhere */
    int first, of;          /* of each group: which of its `of` pictures is the first here; of 0: this is all of it */
    gan_exchange *exchange; /* batch norm takes the whole batch's statistics; NULL: those of this part */
    void *ctx;
} gan_plan_part;

typedef struct gan_plan_opt {
    int batch, h, w; /* 0: as the graph was built; parameters are shared by plans of any size */
    int groups;      /* statistics groups along n, 0 = 1: D sees real and fake as one batch of 2N */
    float momentum;  /* weight of a batch in GAN_UPDATE_STATS, 0 = 0.1; 1: the running statistics become the batch's */
    unsigned flags;
    enum gan_math math;       /* GAN_MATH_BF16 is refused where the processor has no such arithmetic */
    unsigned outputs;         /* bit i: output i is wanted, and what leads to it; 0: all are */
    unsigned input_diffs;     /* bit i: the diff of input i is wanted */
    gan_grad_ready *ready;    /* NULL: nobody */
    gan_grad_piece *piece;    /* with ready, and without GRADS block; NULL: gradients come whole */
    void (*pulse)(void *ctx); /* after every operation of GAN_BWD, for what goes on beside it; NULL: nothing does */
    void *ctx;                /* of ready, piece and pulse */
    gan_plan_part part;
    gan_tuning *tuning; /* borrowed, until the plan is made; NULL: every kernel is the usual one */
    size_t between;     /* bytes that the caller needs between GAN_FWD and GAN_BWD, gan_plan_between */
} gan_plan_opt;

/* Makes a plan; g and w are borrowed. It has no memory until it is bound. */
gan_plan *gan_plan_new(const gan_graph *g, gan_params *w, const gan_plan_opt *o);
void gan_plan_free(gan_plan *p);

size_t gan_plan_bytes(const gan_plan *p);

/* Gives the plan its memory: at least gan_plan_bytes(p) on a 64-byte boundary, borrowed, or NULL: it allocates. Plans
 * that never overlap in time may share. */
int gan_plan_bind(gan_plan *p, void *mem, size_t bytes);

/* `between` bytes on a 64-byte boundary, the caller's from the end of GAN_FWD to the beginning of GAN_BWD: other plans
 * that run then may be bound to it. NULL where none were asked for. Borrowed, until the plan is bound again. */
void *gan_plan_between(const gan_plan *p);

/* All the plan's memory, gan_plan_bytes of it: free for others while no outputs of the plan are needed and the next pass
 * is GAN_FWD. NULL before it is bound. Borrowed, until it is bound again. */
void *gan_plan_memory(const gan_plan *p);

/* GAN_FWD, then at most one GAN_BWD: it uses up what forward left. */
int gan_plan_run(gan_plan *p, enum gan_pass pass, gan_step_key key);

/* Copies count pictures, plain NCHW, into an input from picture `first` on: before every GAN_FWD, since a plan reuses the
 * place. */
void gan_plan_put(gan_plan *p, gan_id input, int first, int count, const float *in);

/* Plain NCHW; borrowed; NULL for an output that is not wanted. */
const float *gan_plan_dst(gan_plan *p, gan_id output); /* until the next GAN_FWD */
float *gan_plan_diff(gan_plan *p, gan_id output);      /* to be filled before GAN_BWD */

/* Copies the wanted diff of an input out, plain NCHW, after GAN_BWD. */
void gan_plan_get_diff(gan_plan *p, gan_id input, int first, int count, float *out);

gan_shape gan_plan_shape(const gan_plan *p, gan_id id);

typedef struct gan_plan_op { /* what a plan can tell about one of its operations */
    enum gan_pass pass;
    const char *label;  /* "dec2.deconv bwd_weights jit:avx2" */
    const char *kernel; /* the implementation's name */
    char layouts[96];
    double flop;     /* 0 for memory-bound operations */
    int convolution; /* a convolution or deconvolution */
} gan_plan_op;
int gan_plan_ops(const gan_plan *p);
gan_plan_op gan_plan_op_at(const gan_plan *p, int i);

/* Runs one operation alone; for timing. The plan's values are garbage afterwards, its parameters untouched unless
 * the operation is not a convolution. */
int gan_plan_run_op(gan_plan *p, int i, gan_step_key key);

/* For tests: before each GAN_FWD the whole arena is filled with NaN, so that a wrong lifetime shows. */
void gan_plan_poison(gan_plan *p, int on);

void gan_plan_print(const gan_plan *p, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
