/* The gradient checker: compares an analytic gradient with central differences along random unit directions.
 *     struct check_block block[] = { { "src", src, diff_src, nsrc }, { "weights", weights, diff_weights, nweights } };
 *     if (check_gradient(loss, &ctx, 2, block, seed)) fail(gan_error_message());
 * loss(ctx) evaluates the function at what the blocks hold at the moment; the gradients were computed beforehand.
 */
#ifndef TESTS_REF_CHECK_H
#define TESTS_REF_CHECK_H

#include <stddef.h>
#include <stdint.h>

/* In double, errors are around 5e-10 at this step: cut-off and rounding are both small. */
#define CHECK_STEP 1e-4
#define CHECK_TOLERANCE 1e-7

typedef double check_function(void *ctx);

struct check_block {
    const char *name;   /* for messages */
    double *value;      /* n elements; moved along the directions, and restored to the bit */
    const double *diff; /* d function / d value as computed analytically */
    size_t n;
};

/* Signed relative error of one block's gradient along direction `seed`: (analytic - numeric) / the larger magnitude.
 * Both being 0 gives NaN: such a check would have measured nothing. -1 only when out of memory. */
int check_error(check_function *f, void *ctx, const struct check_block *block, uint64_t seed, double *error);

/* Every block along several directions of its own; -1 with a message that names the block if an error exceeds
 * CHECK_TOLERANCE in magnitude or is not a number. */
int check_gradient(check_function *f, void *ctx, size_t nblock, const struct check_block *block, uint64_t seed);

/* n numbers in -2..2 that stay 0.1 clear of -2, -1, 0, 1 and 2, where ReLU, L1 and hinge have their kinks. */
void check_numbers(uint64_t seed, size_t n, double *out);

#endif
