/* vanilla: Goodfellow et al. 2014, arXiv:1406.2661, the generator's term in its non-saturating form; lsgan: Mao et al.
 * 2017, arXiv:1611.04076, labels 1 and 0; hinge: Lim and Ye 2017, arXiv:1705.02894. */
#include "ref/ref.h"

#include <math.h>

struct term {
    double value, slope;
};

/* log(1 + exp(-z)) with z the score towards the label */
static struct term vanilla(enum ref_role role, double score)
{
    double sign = role == REF_FAKE ? -1 : 1, z = sign * score;
    return (struct term){ fmax(-z, 0) + log1p(exp(-fabs(z))), -sign / (1 + exp(z)) };
}

static struct term lsgan(enum ref_role role, double score)
{
    double error = score - (role == REF_FAKE ? 0 : 1);
    return (struct term){ error * error, 2 * error };
}

static struct term hinge(enum ref_role role, double score)
{
    if (role == REF_FOOL) return (struct term){ -score, -1 };
    double sign = role == REF_FAKE ? -1 : 1, margin = 1 - sign * score;
    return margin > 0 ? (struct term){ margin, -sign } : (struct term){ 0, 0 };
}

static double mean(size_t n, enum ref_role role, const double *score, double *diff,
                   struct term (*loss)(enum ref_role role, double score))
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        struct term t = loss(role, score[i]);
        sum += t.value;
        if (diff) diff[i] = t.slope / (double)n;
    }
    return sum / (double)n;
}

double ref_vanilla(size_t n, enum ref_role role, const double *score, double *diff)
{
    return mean(n, role, score, diff, vanilla);
}

double ref_lsgan(size_t n, enum ref_role role, const double *score, double *diff)
{
    return mean(n, role, score, diff, lsgan);
}

double ref_hinge(size_t n, enum ref_role role, const double *score, double *diff)
{
    return mean(n, role, score, diff, hinge);
}
