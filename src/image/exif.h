/* The one thing we want from EXIF: which way up a photograph is. */
#ifndef IMAGE_EXIF_H
#define IMAGE_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* Tag 0x0112 of the first directory, 1..8, from an APP1 segment of n bytes; 1 (upright) if it is absent or damaged. */
int gan_exif_orientation(const uint8_t *segment, size_t n);

#endif
