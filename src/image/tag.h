/* Tags of a photograph: copies with a bound, and what makes them fit to be kept. */
#ifndef IMAGE_TAG_H
#define IMAGE_TAG_H

#include "gan/photo.h"

/* A copy; a tag of no bytes or too many stays empty. -1: out of memory. */
int gan_tag_copy(gan_tag *t, const uint8_t *bytes, size_t n);
void gan_tag_release(gan_tag *t);

/* Empties t if it is no ICC profile for RGB: that of a gray photograph would be wrong beside coloured samples. */
void gan_tag_check_icc(gan_tag *t);

#endif
