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
        double d = s - (a->role == GAN_FAKE ? 0 : 1);
        double loss = d * d, slope = 2 * d;
        total += loss;
        if (a->diff) a->diff[i] = (float)((double)a->weight * slope);
    }
    return total;
}

/* Squared distance of scores from 1 (REAL, FOOL) or 0 (FAKE).
 *   score    n scores of patches, borrowed
 *   weight   scales the gradient only; the value returned is unweighted
 *   diff     NULL, or n floats that are set to weight * d loss / d score
 *   errors   none; source: Mao et al. 2017, arXiv:1611.04076, eq. 9 without its halves */
static double eval(const float *score, size_t n, enum gan_role role, float weight, float *diff)
{
    struct args a = { score, diff, weight / (float)n, role };
    return gan_parallel_sum(n, block, &a) / (double)n;
}

const gan_adversarial_def gan_adversarial_lsgan = { .name = "lsgan",
                                                    .help = "squared distance to 1 and 0",
                                                    .eval = eval };
