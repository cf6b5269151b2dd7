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
        double sign = a->role == GAN_FAKE ? 1 : -1, margin = 1 + sign * s;
        int fool = a->role == GAN_FOOL, satisfied = margin <= 0; /* NaN is not, and is seen in the sum */
        double loss = fool ? -s : satisfied ? 0 : margin, slope = fool ? -1 : satisfied ? 0 : sign;
        total += loss;
        if (a->diff) a->diff[i] = (float)((double)a->weight * slope);
    }
    return total;
}

/* Hinge: D relu(1 - s) on true and relu(1 + s) on generated pictures, G -s.
 *   score    n scores of patches, borrowed
 *   weight   scales the gradient only; the value returned is unweighted
 *   diff     NULL, or n floats that are set to weight * d loss / d score
 *   errors   none; source: Lim and Ye 2017, arXiv:1705.02894 */
static double eval(const float *score, size_t n, enum gan_role role, float weight, float *diff)
{
    struct args a = { score, diff, weight / (float)n, role };
    return gan_parallel_sum(n, block, &a) / (double)n;
}

const gan_adversarial_def gan_adversarial_hinge = { .name = "hinge", .help = "hinge on scores", .eval = eval };
