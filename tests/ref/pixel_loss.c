#include "ref/ref.h"

#include <math.h>

double ref_l1(size_t n, const double *pred, const double *target, double *diff)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double error = pred[i] - target[i];
        sum += fabs(error);
        if (diff) diff[i] = (double)((error > 0) - (error < 0)) / (double)n;
    }
    return sum / (double)n;
}

double ref_l2(size_t n, const double *pred, const double *target, double *diff)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double error = pred[i] - target[i];
        sum += error * error;
        if (diff) diff[i] = 2 * error / (double)n;
    }
    return sum / (double)n;
}
