#include "freeze/fold.h"

#include <math.h>

static void scale_all(double *x, size_t n, double scale)
{
    for (size_t i = 0; i < n; i++) x[i] *= scale;
}

void gan_fold(const struct gan_fold_norm *n, size_t outer, size_t channels, size_t inner, double *weights, double *bias)
{
    for (size_t c = 0; c < channels; c++) {
        double scale = n->gamma[c] / sqrt(n->variance[c] + n->eps);
        for (size_t o = 0; o < outer; o++) scale_all(weights + (o * channels + c) * inner, inner, scale);
        bias[c] = (bias[c] - n->mean[c]) * scale + n->beta[c];
    }
}
