/* Random views of a picture: a square crop, perhaps mirrored, turned, sheared and zoomed; colours varied; the gray input
 * aged. All are functions of (seed, sample, size of the picture). */
#ifndef DATA_AUGMENT_H
#define DATA_AUGMENT_H

#include <stdint.h>

#include "gan/data.h"
#include "gan/image.h"

struct gan_view {
    int left, top, flip;
};

/* The picture is w x h, neither side below size. */
struct gan_view gan_view_draw(uint64_t seed, uint64_t sample, int w, int h, int size, int may_flip);

/* Copies the view's size * size pixels, 3 bytes each, without gaps. */
void gan_view_copy(uint8_t *rgb, const gan_image *im, struct gan_view view, int size);

struct gan_warp { /* from the view's pixels, about its centre, to the picture's */
    float m[2][2];
};

/* Rotation, shear and zoom of up to the options' extents, each uniform. 0: none is asked for. */
int gan_warp_draw(uint64_t seed, uint64_t sample, const gan_augment *a, struct gan_warp *warp);

/* The view warped, flip included: bilinear; beyond the picture's borders it goes on mirrored. */
void gan_warp_copy(uint8_t *rgb, const gan_image *im, struct gan_view view, const struct gan_warp *warp, int size);
void gan_warp_copy_deep(uint16_t *gray, const uint16_t *im, int w, int h, struct gan_view view,
                        const struct gan_warp *warp, int size); /* warp NULL: the crop */

/* Varies brightness, contrast and saturation by factors within 1 - amount and 1 + amount, and turns the hue by up to
 * 18 degrees times amount: all of a picture, before its luminance is taken, so that x and y stay those of one picture. */
void gan_jitter(uint8_t *rgb, size_t n, uint64_t seed, uint64_t sample, double amount);

/* Ages a gray input, n floats of -1..1: black and white move together by up to `fade` of their distance, and grain of a
 * deviation of up to `noise` is added. */
void gan_age(float *x, size_t n, uint64_t seed, uint64_t sample, double noise, double fade);

#endif
