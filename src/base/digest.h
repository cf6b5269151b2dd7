/* FNV-1a (Fowler, Noll and Vo), 64 bits: tells things apart that nobody makes alike on purpose. */
#ifndef GAN_BASE_DIGEST_H
#define GAN_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define GAN_DIGEST_BEGIN 0xcbf29ce484222325u

/* Of what h is the digest of, followed by data. */
static inline uint64_t gan_digest(uint64_t h, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < bytes; i++) h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

#endif
