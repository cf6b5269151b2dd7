/* What we want from EXIF: which way up a photograph is; and to say that it lies upright now. */
#ifndef IMAGE_EXIF_H
#define IMAGE_EXIF_H

#include <stddef.h>
#include <stdint.h>

enum { GAN_EXIF_PREFIX = 6 }; /* "Exif\0\0" in front of the TIFF structure of a JPEG file's APP1 segment */

/* The TIFF structure of such a segment of n bytes; NULL: it is none. */
const uint8_t *gan_exif_tiff(const uint8_t *segment, size_t n);

/* Tag 0x0112 of the first directory of a TIFF structure, 1..8; 1 (upright) if it is absent or damaged. */
int gan_tiff_orientation(const uint8_t *tiff, size_t n);

/* Sets that tag to 1, if it is there, and unlinks the second directory: its thumbnail shows the picture as it was. */
void gan_tiff_set_upright(uint8_t *tiff, size_t n);

/* The orientation from an APP1 segment. */
int gan_exif_orientation(const uint8_t *segment, size_t n);

#endif
