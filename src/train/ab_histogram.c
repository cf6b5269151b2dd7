#include <math.h>

#include "gan/colour.h"
#include "gan/metrics.h"

enum { BLOCK = 256, CELLS = GAN_AB_BINS * GAN_AB_BINS };

static int bin(float v)
{
    int i = (int)floorf((v + 5) / 10) + GAN_AB_BINS / 2;
    return i < 0 ? 0 : i < GAN_AB_BINS ? i : GAN_AB_BINS - 1;
}

void gan_ab_histogram_add(gan_ab_histogram *h, const uint8_t *rgb, size_t pixels)
{
    float a[BLOCK], b[BLOCK];
    for (size_t at = 0; at < pixels; at += BLOCK) {
        size_t n = pixels - at < BLOCK ? pixels - at : BLOCK;
        gan_lab_from_rgb(rgb + 3 * at, n, NULL, a, b);
        for (size_t i = 0; i < n; i++) h->count[bin(a[i]) * GAN_AB_BINS + bin(b[i])]++;
    }
}

static double total(const gan_ab_histogram *h)
{
    uint64_t sum = 0;
    for (int i = 0; i < CELLS; i++) sum += h->count[i];
    return (double)sum;
}

double gan_ab_intersection(const gan_ab_histogram *a, const gan_ab_histogram *b)
{
    double n = total(a), m = total(b), sum = 0;
    if (n == 0 || m == 0) return 0;
    for (int i = 0; i < CELLS; i++) sum += fmin((double)a->count[i] / n, (double)b->count[i] / m);
    return sum;
}
