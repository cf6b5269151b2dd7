/* Photographs in memory: making and freeing. */
#include "gan/photo.h"

#include "gan/error.h"
#include "gan/mem.h"
#include "image/tag.h"

int gan_photo_init(gan_photo *p, int w, int h, int bits)
{
    GAN_ASSERT(bits == 8 || bits == 16);
    *p = (gan_photo){ .w = w, .h = h };
    if (w < 1 || h < 1 || w > GAN_IMAGE_MAX_SIDE || h > GAN_IMAGE_MAX_SIDE ||
        (size_t)w * (size_t)h > GAN_IMAGE_MAX_PIXELS)
        return gan_error("cannot make a picture of %dx%d pixels", w, h);
    size_t samples = 3 * (size_t)w * (size_t)h;
    if (bits == 16)
        p->rgb16 = gan_mem_alloc(samples, sizeof *p->rgb16);
    else
        p->rgb = gan_mem_alloc(samples, sizeof *p->rgb);
    return p->rgb || p->rgb16 ? 0 : -1;
}

void gan_photo_release(gan_photo *p)
{
    gan_mem_free(p->rgb);
    gan_mem_free(p->rgb16);
    gan_tag_release(&p->exif);
    gan_tag_release(&p->icc);
    *p = (gan_photo){ 0 };
}
