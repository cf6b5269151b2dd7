/* Little-endian numbers in bytes. */
#ifndef GAN_EXPORT_BYTES_H
#define GAN_EXPORT_BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t gan_get_le(const unsigned char *from, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) value |= (uint64_t)from[i] << (8 * i);
    return value;
}

static inline void gan_put_le(unsigned char *into, size_t bytes, uint64_t value)
{
    for (size_t i = 0; i < bytes; i++) into[i] = (unsigned char)(value >> (8 * i));
}

/* Turns each of the numbers in n bytes round: big-endian ones become little-endian. */
static inline void gan_swap_bytes(unsigned char *bytes, size_t n, size_t each)
{
    for (unsigned char *at = bytes; at < bytes + n; at += each)
        for (size_t i = 0; i < each / 2; i++) {
            unsigned char swapped = at[i];
            at[i] = at[each - 1 - i];
            at[each - 1 - i] = swapped;
        }
}

#endif
