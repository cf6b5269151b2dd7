/* How a picture is shown to the network: reduced, and padded to what it can take. */
#ifndef COLORIZE_FRAME_H
#define COLORIZE_FRAME_H

#include "gan/colorizer.h"
#include "gan/photo.h"

typedef struct gan_frame {
    int w, h;               /* of the picture as the network sees it */
    int padded_w, padded_h; /* the same and what mirroring adds on the right and below */
} gan_frame;

enum { GAN_LEAST_SIDE = 8, GAN_MOST_SIDE = 16384 };

/* For a picture of w * h pixels whose short side is to be `side`, 0 being the size the network was trained at.
 *   errors    side is not within GAN_LEAST_SIDE and GAN_MOST_SIDE */
int gan_frame_fit(gan_frame *f, const gan_colorizer *c, int w, int h, int side);

static inline size_t gan_frame_floats(const gan_frame *f) /* of one plane */
{
    return (size_t)f->padded_w * (size_t)f->padded_h;
}

/* p's luminance within [-1, 1], into x: one plane. */
int gan_frame_see(const gan_frame *f, const gan_photo *p, float *x);

/* What is found at i, from 0, of n samples mirrored at their ends, again and again; the ends are not repeated. */
static inline int gan_mirrored(int i, int n)
{
    int period = n > 1 ? 2 * (n - 1) : 1, at = i % period;
    return at < n ? at : period - at;
}

static inline int gan_round_up(int n, int multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

#endif
