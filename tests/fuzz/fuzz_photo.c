/* PNG and JPEG as photographs: 16 bits, EXIF and ICC. What is accepted can be written in its own format, and comes back
 * upright, with the same size and tags. */
#define _GNU_SOURCE
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gan/error.h"
#include "gan/photo.h"

enum { MOST = 1 << 12 };

static int same_tag(const gan_tag *a, const gan_tag *b)
{
    return a->n == b->n && (!a->n || !memcmp(a->bytes, b->bytes, a->n));
}

static void check_again(const gan_photo *p)
{
    gan_photo again;
    char *bytes = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&bytes, &n);
    GAN_ASSERT(f && !gan_photo_write(p, "fuzz", f, 90));
    fclose(f);
    GAN_ASSERT(!gan_photo_decode(&again, "fuzz", bytes, n));
    GAN_ASSERT(again.w == p->w && again.h == p->h && !again.rgb == !p->rgb && again.format == p->format);
    GAN_ASSERT(same_tag(&again.exif, &p->exif) || !again.exif.n);
    GAN_ASSERT(same_tag(&again.icc, &p->icc) || !again.icc.n);
    gan_photo_release(&again);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    gan_photo p;
    if (n > MOST || gan_photo_decode(&p, "fuzz", bytes, n)) return 0;
    if ((size_t)p.w * (size_t)p.h <= 1 << 16) check_again(&p);
    gan_photo_release(&p);
    return 0;
}
