/* Sources: Wang et al. 2004 (SSIM); Hasler and Suesstrunk 2003, section 7 (colourfulness). Sums of 8-bit values are
 * whole numbers, so nothing depends on the order in which they are added.
 */
#include "gan/metrics.h"

#include <math.h>

#include "base/simd.h"
#include "gan/mem.h"

enum { CHANNELS = 3, RADIUS = 5, TAPS = 2 * RADIUS + 1, MAPS = 4 };

#define SIGMA 1.5
#define EQUAL_DB 100.0

double gan_metric_mse(const uint8_t *a, const uint8_t *b, size_t pixels)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < pixels * CHANNELS; i++) {
        int d = a[i] - b[i];
        sum += (uint64_t)(d * d);
    }
    return pixels ? (double)sum / (double)(pixels * CHANNELS) : 0;
}

double gan_metric_psnr(const uint8_t *a, const uint8_t *b, size_t pixels)
{
    double mse = gan_metric_mse(a, b, pixels);
    return mse > 0 ? 10 * log10(255.0 * 255.0 / mse) : EQUAL_DB;
}

double gan_metric_colourfulness(const uint8_t *rgb, size_t pixels)
{
    int64_t rg = 0, rg2 = 0, yb = 0, yb2 = 0; /* yb is doubled */
    for (size_t i = 0; i < pixels; i++, rgb += CHANNELS) {
        int64_t p = rgb[0] - rgb[1], q = rgb[0] + rgb[1] - 2 * (int64_t)rgb[2];
        rg += p;
        yb += q;
        rg2 += p * p;
        yb2 += q * q;
    }
    if (!pixels) return 0;
    double n = (double)pixels, mean_rg = (double)rg / n, mean_yb = (double)yb / n / 2;
    double var_rg = (double)rg2 / n - mean_rg * mean_rg, var_yb = (double)yb2 / n / 4 - mean_yb * mean_yb;
    return sqrt(fmax(var_rg + var_yb, 0)) + 0.3 * sqrt(mean_rg * mean_rg + mean_yb * mean_yb);
}

/* SSIM looks at x and y only through sums and products of their means and variances, which the Gaussian means of
 * s = x + y, d = x - y, s^2 and d^2 give: four maps instead of five.
 */
struct ssim {
    const uint8_t *a, *b;
    size_t row; /* samples of a row, R, G and B in turn */
    double taps[TAPS];
    double *maps; /* owned: one row each of s, d, s^2 and d^2, averaged down the window */
};

static void set_taps(double *taps)
{
    double total = 0;
    for (int i = 0; i < TAPS; i++) total += taps[i] = exp(-0.5 * (i - RADIUS) * (i - RADIUS) / (SIGMA * SIGMA));
    for (int i = 0; i < TAPS; i++) taps[i] /= total;
}

/* Averages the window whose top is row y down its columns. */
GAN_SIMD static void average_down(const struct ssim *m, size_t y)
{
    double *restrict s = m->maps, *restrict d = s + m->row, *restrict ss = d + m->row, *restrict dd = ss + m->row;
    for (size_t i = 0; i < MAPS * m->row; i++) m->maps[i] = 0;
    for (size_t t = 0; t < TAPS; t++) {
        const uint8_t *a = m->a + (y + t) * m->row, *b = m->b + (y + t) * m->row;
        double w = m->taps[t];
#pragma omp simd
        for (size_t i = 0; i < m->row; i++) {
            double sum = a[i] + b[i], difference = a[i] - b[i];
            s[i] += w * sum;
            d[i] += w * difference;
            ss[i] += w * sum * sum;
            dd[i] += w * difference * difference;
        }
    }
}

static double average_across(const struct ssim *m, int map, size_t x)
{
    const double *from = m->maps + (size_t)map * m->row + x;
    double sum = 0;
    for (size_t t = 0; t < TAPS; t++) sum += m->taps[t] * from[t * CHANNELS];
    return sum;
}

/* SSIM of the window whose left column and channel is sample x of the averaged rows. */
static double similarity(const struct ssim *m, size_t x)
{
    const double c1 = 0.01 * 255 * 0.01 * 255, c2 = 0.03 * 255 * 0.03 * 255;
    double s = average_across(m, 0, x), d = average_across(m, 1, x);
    double var_s = average_across(m, 2, x) - s * s, var_d = average_across(m, 3, x) - d * d;
    double twice_product = (s * s - d * d) / 2, squares = (s * s + d * d) / 2;
    double twice_covariance = (var_s - var_d) / 2, variances = (var_s + var_d) / 2;
    return (twice_product + c1) * (twice_covariance + c2) / ((squares + c1) * (variances + c2));
}

int gan_metric_ssim(const uint8_t *a, const uint8_t *b, int w, int h, double *ssim)
{
    *ssim = NAN;
    if (w < TAPS || h < TAPS) return 0;
    struct ssim m = { .a = a, .b = b, .row = (size_t)w * CHANNELS };
    m.maps = gan_mem_alloc(m.row, MAPS * sizeof *m.maps);
    if (!m.maps) return -1;
    set_taps(m.taps);
    size_t across = ((size_t)w - TAPS + 1) * CHANNELS, down = (size_t)h - TAPS + 1;
    double total = 0;
    for (size_t y = 0; y < down; y++) {
        average_down(&m, y);
        for (size_t x = 0; x < across; x++) total += similarity(&m, x);
    }
    gan_mem_free(m.maps);
    *ssim = total / ((double)across * (double)down);
    return 0;
}
