#include "colorize/frame.h"

#include <math.h>

#include "gan/error.h"
#include "gan/mem.h"

enum { MAX_ASPECT = 8 }; /* a longer picture is reduced until its long side is this many times the short one's size */

int gan_frame_fit(gan_frame *f, const gan_colorizer *c, int w, int h, int side)
{
    int trained = (int)gan_colorizer_config(c)->data.size, multiple = gan_colorizer_multiple(c), wide = w >= h;
    if (!side) side = trained;
    if (side < GAN_LEAST_SIDE || side > GAN_MOST_SIDE)
        return gan_error("a short side of %d pixels is not within %d and %d", side, GAN_LEAST_SIDE, GAN_MOST_SIDE);
    double low = wide ? h : w, high = wide ? w : h, scale = side / low;
    if (high > MAX_ASPECT * low) scale = MAX_ASPECT * side / high;
    int nlow = (int)fmax(1, floor(low * scale + 0.5)), nhigh = (int)fmax(1, floor(high * scale + 0.5));
    *f = (gan_frame){ .w = wide ? nhigh : nlow, .h = wide ? nlow : nhigh };
    int least = side < trained ? side : trained; /* the narrow side of a very long picture is padded to this */
    f->padded_w = gan_round_up(f->w > least ? f->w : least, multiple);
    f->padded_h = gan_round_up(f->h > least ? f->h : least, multiple);
    return 0;
}

/* Bicubic weights overshoot; the network has seen no L beyond 0..100. */
static void pad(const gan_frame *f, const float *seen, float *x)
{
    for (int row = 0; row < f->padded_h; row++) {
        const float *from = seen + (size_t)gan_mirrored(row, f->h) * (size_t)f->w;
        for (int col = 0; col < f->padded_w; col++) *x++ = fminf(fmaxf(from[gan_mirrored(col, f->w)], -1), 1);
    }
}

int gan_frame_see(const gan_frame *f, const gan_photo *p, float *x)
{
    float *seen = gan_mem_alloc((size_t)f->w * (size_t)f->h, sizeof *seen);
    if (!seen) return -1;
    int failed = gan_photo_luminance(p, seen, f->w, f->h, GAN_BICUBIC);
    if (!failed) pad(f, seen, x);
    gan_mem_free(seen);
    return failed;
}
