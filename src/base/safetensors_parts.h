/* What writing and reading safetensors share: element types, sizes, checksums of the metadata. */
#ifndef GAN_BASE_SAFETENSORS_PARTS_H
#define GAN_BASE_SAFETENSORS_PARTS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "gan/safetensors.h"

#define GAN_ST_METADATA "__metadata__"
#define GAN_ST_CRC "crc32"                /* text: JSON object, name of a tensor to 8 hex digits */
#define GAN_ST_TEXTS_CRC "crc32_metadata" /* text: 8 hex digits, of all other texts */

enum {
    GAN_ST_LENGTH_BYTES = 8,           /* of the header's length, in front of it */
    GAN_ST_MAX_HEADER = 100 * 1000000, /* bytes; the format's own limit */
    GAN_ST_CRC_ROOM = 9                /* 8 hex digits and the end */
};

typedef struct gan_st_type {
    const char *name;
    size_t bytes;
} gan_st_type;
extern const gan_st_type gan_st_types[]; /* by enum gan_dtype, ended by a NULL name */

/* Bytes of a tensor; -1 and a message if a dimension is negative, there are too many, or the product is too large. */
int gan_st_size(enum gan_dtype type, int ndims, const int64_t *dims, size_t *bytes);

/* CRC-32 of all texts but the checksums, each as key, NUL, value, NUL, in the order of the keys' bytes: libraries that
 * copy metadata reorder it. */
int gan_st_texts_crc(json_t *metadata, uint32_t *crc);

#endif
