/* Scribbles on a photograph as hints to a network. */
#ifndef COLORIZE_HINT_H
#define COLORIZE_HINT_H

#include "colorize/frame.h"
#include "gan/scribbles.h"

/* Three planes of the padded frame: the mean a and b of the pixels known in each cell, and a mask. s: of the photograph's
 * size w * h. Owned, gan_mem_free; NULL: another size, or out of memory. */
float *gan_hint_planes(const gan_scribbles *s, int w, int h, const gan_frame *f);

#endif
