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
        total += (double)d * (double)d;
        if (a->diff) a->diff[i] += 2 * a->weight * d;
    }
    return total;
}

/* Mean squared error between two tensors.
 *   pred, target   n floats, same layout, borrowed
 *   weight         scales the gradient only; the value returned is unweighted
 *   diff           NULL, or n floats to which weight * d loss / d pred is added
 *   errors         none; source: the article's autoencoders; Zhang et al. 2016, eq. 1 */
static double eval(const float *pred, const float *target, size_t n, float weight, float *diff)
{
    struct args a = { pred, target, diff, weight / (float)n };
    return gan_parallel_sum(n, block, &a) / (double)n;
}

const gan_loss_def gan_loss_l2 = { .name = "l2", .help = "mean squared error", .eval = eval };
