/* Cuts a gray picture into regions of like luminance. */
#ifndef CLASSIC_SEGMENT_H
#define CLASSIC_SEGMENT_H

#include <stdint.h>

/* label[i] = number of pixel i's region, from 0, in the order of their first pixels.
 *   x          w * h luminances, L / 50 - 1
 *   least      pixels: smaller regions join the neighbour they are most like
 *   returns    the number of regions, or -1: out of memory, too many pixels (GAN_SEGMENT_MOST) */
#define GAN_SEGMENT_MOST ((size_t)1 << 28)
int64_t gan_segment(const float *x, int w, int h, int least, uint32_t *label);

#endif
