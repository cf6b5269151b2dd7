#include "data/augment.h"

#include <string.h>

#include "gan/rng.h"

enum { LEFT, TOP, FLIP }; /* indices within the sample's stream: the order is part of what a seed means */

struct gan_view gan_view_draw(uint64_t seed, uint64_t sample, int w, int h, int size, int may_flip)
{
    gan_rng r = gan_rng_at(seed, GAN_STREAM_AUGMENT, sample);
    return (struct gan_view){ .left = (int)gan_rng_below(r, LEFT, (uint64_t)(w - size) + 1),
                              .top = (int)gan_rng_below(r, TOP, (uint64_t)(h - size) + 1),
                              .flip = may_flip && gan_rng_below(r, FLIP, 2) };
}

gan_augment gan_augment_of(const gan_config *c)
{
    return (gan_augment){ .flip = c->augment.flip,
                          .rotate = c->augment.rotate,
                          .shear = c->augment.shear,
                          .zoom = c->augment.zoom,
                          .jitter = c->augment.jitter,
                          .noise = c->augment.noise,
                          .fade = c->augment.fade };
}

static void mirror_row(uint8_t *dst, const uint8_t *src, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++) dst[3 * i + c] = src[3 * (n - 1 - i) + c];
}

void gan_view_copy(uint8_t *rgb, const gan_image *im, struct gan_view view, int size)
{
    size_t n = (size_t)size;
    for (size_t y = 0; y < n; y++) {
        const uint8_t *src = im->rgb + 3 * (((size_t)view.top + y) * (size_t)im->w + (size_t)view.left);
        if (view.flip)
            mirror_row(rgb + 3 * n * y, src, n);
        else
            memcpy(rgb + 3 * n * y, src, 3 * n);
    }
}
