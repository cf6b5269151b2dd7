/* Metrics of one coloured picture against its original, both 8-bit RGB of w * h pixels. */
#ifndef GAN_METRICS_H
#define GAN_METRICS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

double gan_metric_mse(const uint8_t *a, const uint8_t *b, size_t pixels);  /* mean squared error of 0..255 */
double gan_metric_psnr(const uint8_t *a, const uint8_t *b, size_t pixels); /* dB over all channels; equal: 100 */

/* Wang et al. 2004: 11x11 Gaussian of sigma 1.5, valid part, range 255, mean over R, G and B. NaN below 11x11; -1 only
 * when out of memory. */
int gan_metric_ssim(const uint8_t *a, const uint8_t *b, int w, int h, double *ssim);

/* Hasler and Suesstrunk 2003. */
double gan_metric_colourfulness(const uint8_t *rgb, size_t pixels);

/* CIEDE2000 (CIE 142-2001) of two colours L, a, b, all weights 1; and its mean over pictures. */
double gan_delta_e2000(const double first[3], const double second[3]);
double gan_metric_delta_e(const uint8_t *a, const uint8_t *b, size_t pixels);

/* How often colours occur, in bins of 10 by 10 of a and b, centred on multiples of 10: so gray is amid one. */
enum { GAN_AB_BINS = 23 }; /* centres from -110 to 110 */
typedef struct gan_ab_histogram {
    uint64_t count[GAN_AB_BINS * GAN_AB_BINS];
} gan_ab_histogram;
void gan_ab_histogram_add(gan_ab_histogram *h, const uint8_t *rgb, size_t pixels);

/* Swain and Ballard 1991: the sum over bins of the smaller share; 1 is equal. 0 of an empty one. */
double gan_ab_intersection(const gan_ab_histogram *a, const gan_ab_histogram *b);

/* Mean difference of hue in degrees; pixels count by their chroma (its geometric mean of both), those below 1 not at
 * all. NaN if none is left. */
double gan_metric_hue_drift(const uint8_t *a, const uint8_t *b, size_t pixels);

#ifdef __cplusplus
}
#endif
#endif
