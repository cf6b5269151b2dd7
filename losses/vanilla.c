#include <math.h>

#include "gan/loss.h"
#include "gan/parallel.h"

struct args {
    const float *score;
    float *diff, weight;
    enum gan_role role;
};

static double block(void *ctx, size_t begin, size_t end)
{
    struct args *a = ctx;
    double total = 0;
    for (size_t i = begin; i < end; i++) {
        double s = (double)a->score[i];
        double sign = a->role == GAN_FAKE ? 1 : -1, z = sign * s; /* loss is softplus(z) */
        double loss = (z > 0 ? z : 0) + log1p(exp(-fabs(z)));
        double slope = sign / (1 + exp(-z));
        total += loss;
        if (a->diff) a->diff[i] = (float)((double)a->weight * slope);
    }
    return total;
}

/* Binary cross entropy of logits against 1 (REAL, FOOL) or 0 (FAKE); G's is the non-saturating form.
 *   score    n scores of patches, borrowed
 *   weight   scales the gradient only; the value returned is unweighted
 *   diff     NULL, or n floats that are set to weight * d loss / d score
 *   errors   none; source: Goodfellow et al. 2014, arXiv:1406.2661, section 3 */
static double eval(const float *score, size_t n, enum gan_role role, float weight, float *diff)
{
    struct args a = { score, diff, weight / (float)n, role };
    return gan_parallel_sum(n, block, &a) / (double)n;
}

const gan_adversarial_def gan_adversarial_vanilla = { .name = "vanilla",
                                                      .help = "cross entropy of logits",
                                                      .eval = eval };
