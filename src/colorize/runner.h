/* Runs a network at any batch and size, with the plan of the size used last kept. One thread at a time per runner. */
#ifndef COLORIZE_RUNNER_H
#define COLORIZE_RUNNER_H

#include <stddef.h>

#include "gan/plan.h"

typedef struct gan_runner {
    const gan_graph *graph; /* of one input and one output; borrowed */
    gan_params *params;     /* borrowed */
    int multiple;           /* sides are multiples of this */
    gan_plan *plan;         /* owned; NULL: none yet */
    int n, h, w;            /* of the plan */
} gan_runner;

/* A runner is { .graph = g, .params = w, .multiple = m }. */
void gan_runner_release(gan_runner *r);

/* x: n pictures of the input's channels, h * w; y: of the output's. Not safe for sizes that overflow: plans check them. */
int gan_runner_run(gan_runner *r, int n, int h, int w, const float *x, float *y);

/* What a run takes: floating-point operations, and bytes of memory beside the parameters. Makes the plan. */
int gan_runner_cost(gan_runner *r, int n, int h, int w, double *flop, size_t *bytes);

#endif
