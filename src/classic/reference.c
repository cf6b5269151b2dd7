#include "classic/reference.h"

#include <math.h>

#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"

static int reduce(gan_image *im)
{
    gan_image small;
    if (im->w <= GAN_REFERENCE_SIDE || im->h <= GAN_REFERENCE_SIDE) return 0;
    if (gan_image_resize_short(&small, im, GAN_REFERENCE_SIDE, GAN_BICUBIC)) return -1;
    gan_image_release(im);
    *im = small;
    return 0;
}

int gan_reference_load(gan_reference *r, const char *path)
{
    *r = (gan_reference){ 0 };
    gan_image *im = &r->picture;
    if (gan_image_load(im, path, GAN_REFERENCE_SIDE) || reduce(im)) goto fail;
    size_t n = (size_t)im->w * (size_t)im->h;
    if (gan_lab_mean_chroma(im->rgb, n) < GAN_GRAY_CHROMA) {
        gan_error("reference '%s' has no colour to lend", path);
        goto fail;
    }
    r->x = gan_mem_alloc(n, sizeof *r->x);
    r->ab = gan_mem_alloc(n, 2 * sizeof *r->ab);
    if (!r->x || !r->ab) goto fail;
    gan_lab_normalise(im->rgb, n, r->x, r->ab);
    return 0;
fail:
    gan_reference_release(r);
    return -1;
}

void gan_reference_release(gan_reference *r)
{
    gan_image_release(&r->picture);
    gan_mem_free(r->x);
    gan_mem_free(r->ab);
    *r = (gan_reference){ 0 };
}

gan_spread gan_spread_of(const float *v, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += (double)v[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += ((double)v[i] - mean) * ((double)v[i] - mean);
    return (gan_spread){ mean, sqrt(squares / (double)n) };
}

double gan_spread_move(double v, const gan_spread *from, const gan_spread *to)
{
    double stretch = from->deviation > 1e-9 ? to->deviation / from->deviation : 1;
    return to->mean + (v - from->mean) * stretch;
}
