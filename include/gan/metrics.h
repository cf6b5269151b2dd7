/* Metrics of one coloured picture against its original, both 8-bit RGB of w * h pixels. */
#ifndef GAN_METRICS_H
#define GAN_METRICS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

double gan_metric_psnr(const uint8_t *a, const uint8_t *b, size_t pixels); /* dB over all channels; equal: 100 */

/* Wang et al. 2004: 11x11 Gaussian of sigma 1.5, valid part, range 255, mean over R, G and B. NaN below 11x11; -1 only
 * when out of memory. */
int gan_metric_ssim(const uint8_t *a, const uint8_t *b, int w, int h, double *ssim);

/* Hasler and Suesstrunk 2003. */
double gan_metric_colourfulness(const uint8_t *rgb, size_t pixels);

#ifdef __cplusplus
}
#endif
#endif
