/* A rig runs a graph twice on the same numbers, as a plan and by the reference kernels in double, and compares.
 *     struct rig r = rig_new(g, (gan_plan_opt){ .batch = 3, .flags = GAN_GRAD_PARAMS, .input_diffs = RIG_ALL });
 *     rig_run(&r);
 *     rig_expect(&r, 1e-5, "conv of %d channels", c);
 *     rig_free(&r);
 * The arena is poisoned. What cannot be made fails the test. Dropout is compared where the dropping node is an output:
 * what the plan dropped tells the reference's mask.
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include "gan/plan.h"
#include "ref/eval.h"

#define RIG_ALL ~0u /* input_diffs: of every input */

struct rig {
    gan_graph *g; /* owned */
    gan_params *w;
    gan_plan *p;
    struct eval *e;
    gan_plan_opt o;
    gan_step_key key;
};

/* Takes g. Parameters, inputs and the outputs' diffs are numbers of both signs, weights of such a size that activations
 * keep theirs. A GRADS block is there if flags say GAN_GRAD_PARAMS. */
struct rig rig_new(gan_graph *g, gan_plan_opt o);
void rig_free(struct rig *r);

void rig_run(struct rig *r);  /* forward and, where a diff or gradient is wanted, backward, of both */
void rig_plan(struct rig *r); /* of the plan alone */

/* Expects all that is wanted to agree: outputs, diffs of inputs, gradients, running statistics. The error allowed is
 * `tolerance` of a tensor's largest value, or of 1e-3 if that is larger. */
void rig_expect(struct rig *r, double tolerance, const char *label, ...) GAN_PRINTF(3, 4);

/* The largest error of all that rig_expect looks at; NaN if a result is not a number. */
double rig_worst(struct rig *r);

/* The largest error of a's results, the plan's, against those of b's plan, as rig_expect measures it. */
double rig_difference(struct rig *a, struct rig *b);

/* All results of the plan in one array: the same bits mean the same results. Owned, gan_mem_free. */
float *rig_results(struct rig *r, size_t *n);

/* n floats from memory that the test fails without; owned, gan_mem_free. */
float *rig_floats(size_t n);

/* n numbers of both signs, 0.1 to 1.9 in magnitude, exact in float; owned, gan_mem_free. */
float *rig_numbers(uint64_t seed, size_t n);

/* The largest |got - right| over the largest |right|; NaN if got holds one. */
double rig_distance(const float *got, const double *right, size_t n);

#endif
