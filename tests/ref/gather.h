/* Layers that only copy pixels within their plane: each pixel of dst names the one of src it comes from.
 */
#ifndef TESTS_REF_GATHER_H
#define TESTS_REF_GATHER_H

#include "ref/ref.h"

/* The row (or column) of src, of `side` rows, that row i of dst shows; amount: the pad, the factor. */
typedef int ref_gather_from(int i, int side, int amount);

void ref_gather_fwd(struct ref_shape src, struct ref_shape dst, ref_gather_from *from, int amount, const double *in,
                    double *out);
void ref_gather_bwd(struct ref_shape src, struct ref_shape dst, ref_gather_from *from, int amount,
                    const double *diff_dst, double *diff_src);

#endif
