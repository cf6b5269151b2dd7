/* Joins the chroma that a network makes, at its own size, with a picture's luminance at full size. */
#ifndef GAN_TRAIN_CHROMA_H
#define GAN_TRAIN_CHROMA_H

#include "gan/image.h"

typedef struct gan_chroma {
    const float *ab; /* two planes of stride * plane_h: a / 110, b / 110; borrowed */
    int stride, plane_h;
    int w, h; /* the part of them, from the top left corner, that shows the picture */
} gan_chroma;

/* The luminance of in with the colours of c, scaled up bicubically row by row: no plane of the picture's size is made.
 * out is made. */
int gan_chroma_join(const gan_image *in, const gan_chroma *c, gan_image *out);

#endif
