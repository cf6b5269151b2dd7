/* Line art drawn from a photograph: the extended difference of Gaussians (Winnemoeller et al. 2012, "XDoG"). */
#ifndef DATA_LINES_H
#define DATA_LINES_H

#include <stdint.h>

enum { GAN_LINES_SCRATCH = 3 }; /* floats a pixel */

/* rgb: w * h pixels; out: w * h, 1 is paper and -1 ink. */
void gan_lines_draw(const uint8_t *rgb, int w, int h, float *scratch, float *out);

#endif
