/* Pictures in memory: making, freeing, cutting. */
#include "gan/image.h"

#include <string.h>

#include "gan/error.h"
#include "gan/mem.h"
#include "image/format.h"

int gan_image_check_size(const char *name, size_t w, size_t h)
{
    if (!w || !h) return gan_error("'%s' has no pixels", name);
    if (w > GAN_IMAGE_MAX_SIDE || h > GAN_IMAGE_MAX_SIDE)
        return gan_error("'%s' is %zux%zu pixels: the largest side is %d", name, w, h, GAN_IMAGE_MAX_SIDE);
    if (w * h > GAN_IMAGE_MAX_PIXELS)
        return gan_error("'%s' is %zux%zu pixels: at most %zu are read", name, w, h, GAN_IMAGE_MAX_PIXELS);
    return 0;
}

int gan_image_init(gan_image *im, int w, int h)
{
    *im = (gan_image){ 0 };
    if (w < 1 || h < 1 || w > GAN_IMAGE_MAX_SIDE || h > GAN_IMAGE_MAX_SIDE ||
        (size_t)w * (size_t)h > GAN_IMAGE_MAX_PIXELS)
        return gan_error("cannot make a picture of %dx%d pixels", w, h);
    uint8_t *rgb = gan_mem_alloc((size_t)w * (size_t)h, 3);
    if (!rgb) return -1;
    *im = (gan_image){ w, h, rgb };
    return 0;
}

void gan_image_release(gan_image *im)
{
    gan_mem_free(im->rgb);
    *im = (gan_image){ 0 };
}

int gan_image_crop(gan_image *out, const gan_image *im, int left, int top, int w, int h)
{
    *out = (gan_image){ 0 };
    if (w < 1 || h < 1 || left < 0 || top < 0 || w > im->w || h > im->h || left > im->w - w || top > im->h - h)
        return gan_error("cannot cut %dx%d pixels at (%d, %d) out of %dx%d", w, h, left, top, im->w, im->h);
    if (gan_image_init(out, w, h)) return -1;
    size_t from = (size_t)im->w * 3, to = (size_t)w * 3;
    const uint8_t *src = im->rgb + (size_t)top * from + (size_t)left * 3;
    for (size_t y = 0; y < (size_t)h; y++) memcpy(out->rgb + y * to, src + y * from, to);
    return 0;
}
