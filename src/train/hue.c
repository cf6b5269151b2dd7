#include <math.h>

#include "gan/colour.h"
#include "gan/metrics.h"

enum { BLOCK = 256 };

#define DEGREES (180 / 3.14159265358979323846)
#define LEAST_CHROMA 1.0 /* below, rounding to 8 bits is most of it */

struct drift {
    double sum, weights;
};

static void add_pixel(struct drift *d, double a1, double b1, double a2, double b2)
{
    double first = hypot(a1, b1), second = hypot(a2, b2);
    if (first < LEAST_CHROMA || second < LEAST_CHROMA) return;
    double weight = sqrt(first * second);
    d->sum += weight * fabs(atan2(a1 * b2 - b1 * a2, a1 * a2 + b1 * b2));
    d->weights += weight;
}

double gan_metric_hue_drift(const uint8_t *a, const uint8_t *b, size_t pixels)
{
    float first[2][BLOCK], second[2][BLOCK];
    struct drift d = { 0 };
    for (size_t at = 0; at < pixels; at += BLOCK) {
        size_t n = pixels - at < BLOCK ? pixels - at : BLOCK;
        gan_lab_from_rgb(a + 3 * at, n, NULL, first[0], first[1]);
        gan_lab_from_rgb(b + 3 * at, n, NULL, second[0], second[1]);
        for (size_t i = 0; i < n; i++)
            add_pixel(&d, (double)first[0][i], (double)first[1][i], (double)second[0][i], (double)second[1][i]);
    }
    return d.weights > 0 ? d.sum / d.weights * DEGREES : NAN;
}
