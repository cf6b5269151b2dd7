/* Colour constancy: a colorizer that knows what things are gives them the same hue in more light and in less. */
#include <math.h>

#include "gan/colour.h"
#include "gan/metrics.h"

void gan_relight(const float *x, double light, size_t pixels, float *relit)
{
    for (size_t i = 0; i < pixels; i++) {
        double luminance = light * gan_cie_f_inverse((50 * (double)x[i] + 66) / 116);
        relit[i] = (float)((116 * gan_cie_f(fmin(luminance, 1)) - 16) / 50 - 1);
    }
}

double gan_metric_hue_drift(const float *ab, const float *other, size_t pixels)
{
    double sum = 0, weights = 0;
    for (size_t i = 0; i < pixels; i++) {
        double a = ab[i], b = ab[pixels + i], c = other[i], d = other[pixels + i];
        double weight = sqrt(hypot(a, b) * hypot(c, d));
        sum += weight * fabs(atan2(a * d - b * c, a * c + b * d));
        weights += weight;
    }
    return weights > 0 ? sum / weights * (180 / 3.14159265358979323846) : NAN;
}
