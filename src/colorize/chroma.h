/* What a network's answer means as chroma, whatever colour space it was trained in. */
#ifndef COLORIZE_CHROMA_H
#define COLORIZE_CHROMA_H

#include "gan/colorizer.h"

/* l: n planes of L / 50 - 1, h * w; ab: n times two planes. hints: n times a / 110, b / 110 and a mask of where they are
 * known, or NULL: none are. As gan_colorizer_run; and networks whose answers are pictures of their own are refused. */
int gan_colorizer_chroma(gan_colorizer *c, int n, int h, int w, const float *l, const float *hints, float *ab);

#endif
