/* Chroma as a function of luminance. At each place of the network's picture, a straight line
 *     chroma = slope * luminance + base
 * is fitted to what the network saw and made around it, as in the guided filter (He, Sun and Tang 2013, "Guided image
 * filtering", eq. 5 and 6). Lines, not colours, are then interpolated to the full size, and applied to the full-size
 * luminance: where colour changes with light, it changes exactly where the light does (He and Sun 2015, "Fast guided
 * filter").
 *
 * Two things differ from the papers. The base is the one with which the line passes through the network's own colour,
 * so that nothing is smoothed, and slope 0 is plain interpolation. And the slope is multiplied by the fit's coefficient
 * of determination: texture whose light and colour hardly vary together leaves no stains.
 */
#ifndef COLORIZE_GUIDE_H
#define COLORIZE_GUIDE_H

#include "colorize/frame.h"
#include "gan/colorize.h"

typedef float gan_quad __attribute__((vector_size(4 * sizeof(float))));

typedef struct gan_chroma { /* what the network saw and made, as it lies in its tensors: frame.padded_w * padded_h */
    gan_frame frame;
    const float *x;  /* one plane; borrowed */
    const float *ab; /* two; borrowed */
} gan_chroma;

typedef struct gan_guide { /* w * h cells, rows without gaps */
    int w, h;
    gan_quad *line;  /* owned: slope and base of a, slope and base of b */
    gan_quad *bound; /* owned: least and most of a, of b: what the network made next to the cell */
} gan_guide;

/* With GAN_UPSAMPLE_BICUBIC slopes are 0 and bounds beyond any chroma. */
int gan_guide_init(gan_guide *g, const gan_chroma *c, enum gan_upsampling upsampling);
void gan_guide_release(gan_guide *g);

#endif
