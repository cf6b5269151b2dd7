/* The proof in a file: a picture, and what the network that was exported made of it. */
#ifndef GAN_EXPORT_GOLDEN_H
#define GAN_EXPORT_GOLDEN_H

#include "gan/freeze.h"

typedef struct gan_golden {
    int h, w;               /* size that the network runs at */
    int window_h, window_w; /* of x and y: x is repeated to that size, y is the top left of what comes out */
    float *x, *y;           /* channels * window_h * window_w; owned */
    size_t nx, ny;
} gan_golden;

/* Makes x from a procedural picture, at the size of a frozen graph of one size, else at a multiple of at least 64, and
 * runs the network. */
int gan_golden_make(gan_golden *p, const gan_frozen *f, enum gan_io io, int fixed, int multiple);

/* Room for x and y of a graph's channels; h, w and the window are set and are checked. */
int gan_golden_init(gan_golden *p, const gan_graph *g);
void gan_golden_release(gan_golden *p);

/* What the network makes of x now, into y, of p->ny floats. */
int gan_golden_run(const gan_golden *p, const gan_frozen *f, float *y);

#endif
