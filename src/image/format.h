/* Picture file formats: a row each, told apart by their first bytes when read and by the path's ending when written.
 * A new one is a file that defines gan_format_<name>, and a line in list.h.
 */
#ifndef IMAGE_FORMAT_H
#define IMAGE_FORMAT_H

#include <stdio.h>

#include "gan/photo.h"

typedef struct gan_encoded { /* a file in memory, all of it hostile */
    const char *name;        /* for messages */
    const uint8_t *bytes;    /* borrowed */
    size_t n;
    int least_side; /* as in gan_image_load */
    int whole;      /* 16-bit samples stay so, and tags are read: as gan_photo_load says */
} gan_encoded;

typedef struct gan_encoding {
    const char *name; /* for messages */
    FILE *out;        /* borrowed; the caller flushes and checks it */
    int quality;      /* 1..100, where a format knows it */
} gan_encoding;

typedef struct gan_format {
    const char *name;
    const char *magic; /* the first bytes of every file */
    size_t magic_bytes;
    const char *endings[3]; /* of paths, lower case; ended by NULL; the first is the usual one */

    /* Makes p, which is empty before, and stays so on failure. */
    int (*decode)(gan_photo *p, const gan_encoded *file);
    int (*encode)(const gan_photo *p, const gan_encoding *e);
} gan_format;

#define X(name) extern const gan_format gan_format_##name;
#include "image/list.h"
#undef X

/* Whether a picture may be made at all: sides within GAN_IMAGE_MAX_SIDE, area within GAN_IMAGE_MAX_PIXELS. */
int gan_image_check_size(const char *name, size_t w, size_t h);

#endif
