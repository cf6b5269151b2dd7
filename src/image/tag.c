#include "image/tag.h"

#include <string.h>

#include "gan/mem.h"

int gan_tag_copy(gan_tag *t, const uint8_t *bytes, size_t n)
{
    *t = (gan_tag){ 0 };
    if (!n || n > GAN_TAG_MAX) return 0;
    uint8_t *copy = gan_mem_alloc(n, 1);
    if (!copy) return -1;
    memcpy(copy, bytes, n);
    *t = (gan_tag){ copy, n };
    return 0;
}

void gan_tag_release(gan_tag *t)
{
    gan_mem_free(t->bytes);
    *t = (gan_tag){ 0 };
}

/* ICC.1:2010, section 7.2: a header of 128 bytes, its colour space at byte 16, "acsp" at byte 36. */
void gan_tag_check_icc(gan_tag *t)
{
    enum { HEADER = 128, SPACE = 16, SIGNATURE = 36 };
    if (t->n >= HEADER && !memcmp(t->bytes + SPACE, "RGB ", 4) && !memcmp(t->bytes + SIGNATURE, "acsp", 4)) return;
    gan_tag_release(t);
}
