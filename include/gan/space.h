/* Colour spaces as networks see them: x, one plane that a gray photograph has too, and y, the planes to be found. All
 * are about -1..1. A space is a row; its file is src/image/space_*.c.
 *     const gan_space *s = gan_space_of(GAN_YUV601);
 *     s->split(rgb, n, x, y);        y: s->planes planes of n floats
 *     s->join(x, y, n, rgb);
 */
#ifndef GAN_SPACE_H
#define GAN_SPACE_H

#include <stddef.h>
#include <stdint.h>

#include "gan/config.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_space {
    const char *name, *help;
    int planes;                                                           /* of y */
    void (*split)(const uint8_t *rgb, size_t n, float *x, float *y);      /* x or y may be NULL */
    void (*join)(const float *x, const float *y, size_t n, uint8_t *rgb); /* clipped and rounded */
    double (*tone)(double gray);                                          /* x of a gray sample 0..1 */
} gan_space;

const gan_space *gan_space_of(enum gan_colour_space s);

double gan_space_lab_gray(double x); /* the gray sample 0..1 whose CIE L / 50 - 1 is x */

/* Gives 8-bit pixels the luminance (CIE L) of x = L / 50 - 1 and keeps their chroma, where the gamut allows both. */
void gan_space_relight(const float *x, size_t n, uint8_t *rgb);

#ifdef __cplusplus
}
#endif
#endif
