/* Keeps the chroma of a video from flickering: each frame's is mixed with that of the frames before it, until a cut. */
#ifndef COLORIZE_STEADY_H
#define COLORIZE_STEADY_H

#include <stddef.h>

enum { GAN_STEADY_BINS = 32 };

typedef struct gan_steady {
    size_t cells;                  /* of a frame as the network sees it */
    float keep;                    /* weight of the past */
    float *ab;                     /* owned: the mixture, 2 * cells */
    float *x;                      /* owned: the last frame's luminance */
    size_t count[GAN_STEADY_BINS]; /* its histogram */
    int begun;
} gan_steady;

int gan_steady_init(gan_steady *s, size_t cells, double keep);
void gan_steady_release(gan_steady *s);

/* The next frame: luminance x within [-1, 1], and its chroma, which is replaced by the mixture. Returns 1 at a cut, where
 * the mixture begins anew: the histogram is another one, and the two frames hardly correlate. */
int gan_steady_next(gan_steady *s, const float *x, float *ab);

#endif
