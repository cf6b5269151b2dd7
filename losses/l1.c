#include <math.h>

#include "gan/loss.h"
#include "gan/parallel.h"

struct args {
    const float *pred, *target;
    float *diff, weight;
};

static double block(void *ctx, size_t begin, size_t end)
{
    struct args *a = ctx;
    double total = 0;
    for (size_t i = begin; i < end; i++) {
        float d = a->pred[i] - a->target[i];
        total += (double)fabsf(d);
        if (a->diff) a->diff[i] += d > 0 ? a->weight : d < 0 ? -a->weight : 0;
    }
    return total;
}

/* Mean absolute error between two tensors.
 *   pred, target   n floats, same layout, borrowed
 *   weight         scales the gradient only; the value returned is unweighted
 *   diff           NULL, or n floats to which weight * d loss / d pred is added (0 where pred == target)
 *   errors         none; source: Isola et al. 2017, arXiv:1611.07004, eq. 3 */
static double eval(const float *pred, const float *target, size_t n, float weight, float *diff)
{
    struct args a = { pred, target, diff, weight / (float)n };
    return gan_parallel_sum(n, block, &a) / (double)n;
}

const gan_loss_def gan_loss_l1 = { .name = "l1", .help = "mean absolute error", .eval = eval };
