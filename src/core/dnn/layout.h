/* Layouts of parameters: conversion between them, and the packing that Adam does in passing. */
#ifndef GAN_CORE_DNN_LAYOUT_H
#define GAN_CORE_DNN_LAYOUT_H

#include <stddef.h>

#include "core/dnn/back.h"

/* The canonical layout of a parameter as oneDNN sees it; owned, gan_md_free. */
gan_md *gan_layout_canonical(const gan_param *p);

/* Converts one tensor; from and to differ. */
int gan_layout_convert(const gan_md *from, const float *src, const gan_md *to, float *dst);

/* A conversion that is run often; owned, gan_conversion_free. */
typedef struct gan_conversion gan_conversion;
gan_conversion *gan_conversion_new(const gan_md *from, const gan_md *to);
void gan_conversion_free(gan_conversion *c);
int gan_conversion_run(gan_conversion *c, const float *src, void *dst);

/* The layout of a convolution's weights in whole tiles of side 8 or 16, with the channels of the tensor where the kernel is
 * applied outermost, and innermost too: a tile's lanes. reached: the lanes are those of the tensor where the kernel reaches.
 * Owned, gan_md_free. */
gan_md *gan_layout_tiles(const gan_param *p, int side, int reached);

/* The side s if weights, floats, lie in tiles of s x s channels, all of them whole; 0 otherwise. */
int gan_layout_tiled(const gan_md *md);

/* The side s if the two layouts differ only in that each run of s * s floats is a transposed tile; 0 otherwise. */
int gan_layout_tile(const gan_md *a, const gan_md *b);

/* Transposes every tile of side s (8 or 16) in n floats. */
void gan_layout_transpose_tiles(int s, const float *src, float *dst, size_t n);
void gan_layout_transpose_all(int s, const float *src, float *dst, size_t n); /* the same on all threads */

/* "abcd16b16a", "acdb:bf16" and the like, into text. */
void gan_layout_text(const gan_md *md, char *text, size_t bytes);
void gan_layout_change_text(const gan_md *from, const gan_md *to, char *text, size_t bytes); /* "abcd -> aBcd16b" */

#endif
