/* Photographs: a picture with all of its file that should outlive an edit: 8 or 16 bits a sample, EXIF, ICC profile.
 *     gan_photo p;
 *     if (gan_photo_load(&p, "scan.png")) return -1;
 *     ...
 *     int failed = gan_photo_save(&p, "coloured.png", GAN_QUALITY);
 *     gan_photo_release(&p);
 */
#ifndef GAN_PHOTO_H
#define GAN_PHOTO_H

#include <stdio.h>

#include "gan/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_tag { /* bytes that are kept as they are; empty when NULL */
    uint8_t *bytes;      /* owned */
    size_t n;
} gan_tag;

#define GAN_TAG_MAX ((size_t)4 << 20) /* larger ones are left out */

typedef struct gan_photo { /* w * h pixels of R, G, B, rows without gaps, in one of the two; empty when both are NULL */
    int w, h;
    uint8_t *rgb;       /* owned */
    uint16_t *rgb16;    /* owned */
    gan_tag exif;       /* a TIFF structure: orientation is upright, and no thumbnail is linked */
    gan_tag icc;        /* a profile for RGB, kept and not applied: samples are taken as sRGB */
    const char *format; /* of the file it came from, "PNG" or "JPEG"; static; NULL: none */
} gan_photo;

int gan_photo_init(gan_photo *p, int w, int h, int bits); /* black, of 8 or 16 bits */
void gan_photo_release(gan_photo *p);                     /* leaves it empty */

/* As gan_image_load, but: 16-bit PNG stays so, tags are kept, and EXIF orientation is applied to PNG too. Tags that are
 * damaged or larger than GAN_TAG_MAX, and profiles that are not for RGB, are left out. */
int gan_photo_load(gan_photo *p, const char *path);
int gan_photo_decode(gan_photo *p, const char *name, const void *bytes, size_t n); /* from memory */
int gan_photo_read(gan_photo *p, const char *name, FILE *in); /* from a stream, to its end; name is used in messages */

/* Writes by the ending of the path, as gan_image_save. 16 bits become 8 in a JPEG file, and EXIF of more than a segment
 * (64 KiB) is left out of it. quality: of JPEG, 1..100. */
int gan_photo_save(const gan_photo *p, const char *path, int quality);

/* Writes in the photograph's own format (PNG if it has none), and flushes. */
int gan_photo_write(const gan_photo *p, const char *name, FILE *out, int quality);

/* 1: a PNG file of 16 bits a sample; no message. */
int gan_photo_is_deep(const char *path);

/* Columns left .. left + width - 1 of a gray photograph of 16 bits, resized to w * h samples (bicubic). *deep: owned,
 * gan_mem_free; NULL: it has 8 bits, or colours. */
int gan_photo_deep(const gan_photo *p, int left, int width, int w, int h, uint16_t **deep);

/* The luminance as a network sees it (L / 50 - 1), resized to w * h floats without a plane of the picture's size. */
int gan_photo_luminance(const gan_photo *p, float *x, int w, int h, enum gan_filter filter);

#ifdef __cplusplus
}
#endif
#endif
