/* Pictures: 8-bit RGB from PNG and JPEG files and back, and resizing.
 *     gan_image photo;
 *     if (gan_image_load(&photo, path, 0)) return -1;
 *     ...
 *     gan_image_release(&photo);
 */
#ifndef GAN_IMAGE_H
#define GAN_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_image { /* w * h pixels of 3 bytes R, G, B, rows without gaps; empty when rgb is NULL */
    int w, h;
    uint8_t *rgb; /* owned */
} gan_image;

enum { GAN_IMAGE_MAX_SIDE = 65500 };
#define GAN_IMAGE_MAX_PIXELS ((size_t)200 * 1000 * 1000)

int gan_image_init(gan_image *im, int w, int h); /* black */
void gan_image_release(gan_image *im);           /* leaves it empty */

/* Reads a PNG or JPEG file, told apart by its first bytes.
 *   least_side   0, or a decoder may reduce the picture (JPEG: 1/2, 1/4, 1/8) as long as its short side stays at
 *                least twice this
 *   PNG: gray, palette, 16-bit and interlaced become 8-bit RGB; alpha is composed over white.
 *   JPEG: gray and YCbCr; EXIF orientation is applied; CMYK is refused.
 *   errors       cannot open, unknown format, damaged or ending early, too large, out of memory */
int gan_image_load(gan_image *im, const char *path, int least_side);

/* The same from memory; name is used in messages. */
int gan_image_decode(gan_image *im, const char *name, const void *bytes, size_t n, int least_side);

enum { GAN_QUALITY = 95 }; /* of JPEG */

/* Writes by the ending of the path: .png, .jpg or .jpeg (GAN_QUALITY, no chroma subsampling). Through a temporary file:
 * the old file stays if anything fails. */
int gan_image_save(const gan_image *im, const char *path);
int gan_image_can_save(const char *path); /* 1: the ending is one of those; no message */

enum gan_filter { GAN_BICUBIC, GAN_LANCZOS, GAN_BILINEAR };

/* Antialiased resize, the filter's support growing with the reduction; agrees with Pillow's to 1 level. out is made. */
int gan_image_resize(gan_image *out, const gan_image *im, int w, int h, enum gan_filter filter);

/* Short side to `side`, aspect kept (the long side rounded to nearest). */
int gan_image_resize_short(gan_image *out, const gan_image *im, int side, enum gan_filter filter);

int gan_image_crop(gan_image *out, const gan_image *im, int left, int top, int w, int h);

/* Resizes one plane of floats (w * h, rows without gaps) into another; same filters, no clipping. */
int gan_plane_resize(float *dst, int dw, int dh, const float *src, int sw, int sh, enum gan_filter filter);

#ifdef __cplusplus
}
#endif
#endif
