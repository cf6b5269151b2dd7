/* Joins the network's chroma with a photograph's luminance at full size, row by row, in place. */
#ifndef COLORIZE_JOIN_H
#define COLORIZE_JOIN_H

#include "colorize/guide.h"

/* No plane of the photograph's size is made. */
int gan_chroma_join(gan_photo *p, const gan_chroma *c, enum gan_upsampling upsampling);

/* Row y of p as the network sees luminance: p->w floats. */
void gan_row_luminance(const gan_photo *p, size_t y, float *x);

/* The row with luminance x and chroma ab: p->w floats of a / 110, then of b / 110. */
void gan_row_colour(gan_photo *p, size_t y, const float *x, const float *ab);

#endif
