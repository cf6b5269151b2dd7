/* The canvas: linear light, several samples a pixel, one upright strip of the picture at a time, so that a large
 * picture needs little memory. Strips hold all rows: water mirrors what stands above it.
 */
#ifndef GAN_SCENE_CANVAS_H
#define GAN_SCENE_CANVAS_H

#include "gan/image.h"
#include "scene/vec.h"

enum { GAN_CANVAS_STRIP = 256 }; /* widest strip; samples */

struct gan_canvas {
    int side;            /* samples along a side of the whole picture */
    int left, width;     /* the strip's columns */
    struct gan_rgb *rgb; /* owned; side rows of GAN_CANVAS_STRIP */
};

struct gan_box { /* samples of the strip: columns left..right-1, rows top..bottom-1 */
    int left, top, right, bottom;
};

int gan_canvas_init(struct gan_canvas *c, int side);
void gan_canvas_release(struct gan_canvas *c);

static inline struct gan_rgb *gan_canvas_row(const struct gan_canvas *c, int row)
{
    return c->rgb + (size_t)row * GAN_CANVAS_STRIP;
}

/* The place of a sample in the picture, 0..1. */
static inline float gan_canvas_x(const struct gan_canvas *c, int column)
{
    return ((float)(c->left + column) + 0.5f) / (float)c->side;
}

static inline float gan_canvas_y(const struct gan_canvas *c, int row)
{
    return ((float)row + 0.5f) / (float)c->side;
}

/* The samples of the strip inside a rectangle of the picture; empty (right <= left or bottom <= top) if there are none.
 * Any floats will do. */
struct gan_box gan_canvas_box(const struct gan_canvas *c, float left, float top, float right, float bottom);

/* Averages the strip's samples into pixels of im, im->w dividing side: linear light to 8-bit sRGB. */
void gan_canvas_develop(const struct gan_canvas *c, float exposure, gan_image *im);

#endif
