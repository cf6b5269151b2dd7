/* A whole graph in double: the reference kernels along its nodes, to compare plans with.
 *     struct eval *e = eval_new(g, &(gan_plan_opt){ .batch = 3, .flags = GAN_BATCH_STATS });
 *     fill e->param[i] and, of every input, e->dst[id]
 *     eval_forward(e);                                    e->dst[id] of every node
 *     fill e->seed[id] of every output
 *     eval_backward(e);                                   e->diff[id] of every node, e->grad[i] of every parameter
 * Everything is canonical: plain NCHW and gan_param's order. Running out of memory aborts.
 */
#ifndef TESTS_REF_EVAL_H
#define TESTS_REF_EVAL_H

#include "gan/plan.h"

struct eval {
    const gan_graph *g; /* borrowed */
    gan_plan_opt o;     /* of a plan that does the same: batch, h, w, groups, flags */
    gan_shape *shape;   /* per node */
    size_t *count;      /* per node: elements */
    double **dst, **diff;
    double **seed;          /* per node: diff of an output; zeros where nobody fills it */
    double **mask;          /* per node: what dropout keeps, ones until somebody fills it */
    double **param, **grad; /* per parameter; running statistics have no gradient */
};

struct eval *eval_new(const gan_graph *g, const gan_plan_opt *o); /* NULL and a message: the graph has no such size */
void eval_free(struct eval *e);

void eval_forward(struct eval *e);  /* moves the running statistics where the flags say so */
void eval_backward(struct eval *e); /* after eval_forward */

int eval_knows(const gan_layer_def *def); /* whether there is a reference for that layer */

#endif
