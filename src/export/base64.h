/* Bytes as text (RFC 4648, section 4). */
#ifndef GAN_EXPORT_BASE64_H
#define GAN_EXPORT_BASE64_H

#include <stddef.h>

char *gan_base64_encode(const void *bytes, size_t n); /* owned, gan_mem_free */

/* Exactly n bytes, or -1 and a message. */
int gan_base64_decode(const char *text, void *bytes, size_t n);

#endif
