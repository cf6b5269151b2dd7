/* Random views of a picture: a square crop, perhaps mirrored. A function of (seed, sample, size of the picture). */
#ifndef DATA_AUGMENT_H
#define DATA_AUGMENT_H

#include <stdint.h>

#include "gan/image.h"

struct gan_view {
    int left, top, flip;
};

/* The picture is w x h, neither side below size. */
struct gan_view gan_view_draw(uint64_t seed, uint64_t sample, int w, int h, int size, int may_flip);

/* Copies the view's size * size pixels, 3 bytes each, without gaps. */
void gan_view_copy(uint8_t *rgb, const gan_image *im, struct gan_view view, int size);

#endif
