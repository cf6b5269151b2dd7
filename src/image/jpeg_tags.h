/* EXIF and ICC profiles in JPEG files. */
#ifndef IMAGE_JPEG_TAGS_H
#define IMAGE_JPEG_TAGS_H

#include <stdio.h>

#include <jpeglib.h>

#include "gan/photo.h"

/* Before the header is read: libjpeg is to keep the segments that hold them (icc: those of profiles too). */
void gan_jpeg_keep_tags(struct jpeg_decompress_struct *j, int icc);

int gan_jpeg_orientation(const struct jpeg_decompress_struct *j); /* 1..8; 1: upright, or not known */

/* Copies of the tags, as gan_photo has them. -1: out of memory. */
int gan_jpeg_read_tags(const struct jpeg_decompress_struct *j, gan_photo *p);

/* After jpeg_start_compress. */
void gan_jpeg_write_tags(struct jpeg_compress_struct *j, const gan_photo *p);

#endif
