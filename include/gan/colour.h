/* Colour: 8-bit sRGB to CIELAB (D65, 2 degrees) and back, as the networks see it.
 * L is 0..100, a and b about -110..110; networks see x = L / 50 - 1 and y = ab / 110.
 */
#ifndef GAN_COLOUR_H
#define GAN_COLOUR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GAN_AB_RANGE 110.0f

/* n pixels R, G, B to planes L, a, b (any of them NULL if not wanted). Within 1e-4 of the formula in double. */
void gan_lab_from_rgb(const uint8_t *rgb, size_t n, float *l, float *a, float *b);

/* Planes to n pixels, clipped to the sRGB gamut per channel and rounded to nearest. */
void gan_lab_to_rgb(const float *l, const float *a, const float *b, size_t n, uint8_t *rgb);

/* What a network sees: x = L/50 - 1 (n floats), y = a/110 then b/110 (2n floats, two planes); x or y may be NULL. */
void gan_lab_normalise(const uint8_t *rgb, size_t n, float *x, float *y);
void gan_lab_restore(const float *x, const float *y, size_t n, uint8_t *rgb);

/* The same for 16-bit samples. Within 0.6 of 65535 of the formula in double. */
void gan_lab_normalise16(const uint16_t *rgb, size_t n, float *x, float *y);
void gan_lab_restore16(const float *x, const float *y, size_t n, uint16_t *rgb);

/* Mean CIELAB chroma below this is a gray photograph (JPEG noise and slight tints of scans included). */
#define GAN_GRAY_CHROMA 4.0
double gan_lab_mean_chroma(const uint8_t *rgb, size_t n);

/* One colour at a time, in double. f is CIE's cube root with a straight foot, of X, Y or Z relative to white: L is
 * 116 f(Y) - 16, a is 500 (f(X) - f(Y)), b is 200 (f(Y) - f(Z)). */
double gan_cie_f(double t);
double gan_cie_f_inverse(double f);
double gan_srgb_linear(double v); /* of a sample, 0..1 */
double gan_srgb_sample(double linear);
void gan_xyz_from_linear(const double rgb[3], double xyz[3]); /* relative to white */

#ifdef __cplusplus
}
#endif
#endif
