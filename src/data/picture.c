#include "data/picture.h"

#include "gan/mem.h"

void gan_picture_release(struct gan_picture *p)
{
    gan_image_release(&p->target);
    gan_image_release(&p->source);
    gan_mem_free(p->deep);
    *p = (struct gan_picture){ 0 };
}

size_t gan_picture_bytes(const struct gan_picture *p)
{
    enum { OVERHEAD = 32 }; /* bytes the allocator spends on a block, about */
    size_t pixels = (size_t)p->target.w * (size_t)p->target.h,
           each = 3u + (p->source.rgb ? 3u : 0) + (p->deep ? 2u : 0);
    return each * pixels + OVERHEAD;
}
