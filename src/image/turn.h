/* Turning a picture upright: where the pixels of a file go. */
#ifndef IMAGE_TURN_H
#define IMAGE_TURN_H

#include <stddef.h>

/* A file's rows and columns as steps in the upright picture, in pixels. */
typedef struct gan_placing {
    int w, h; /* of the upright picture */
    ptrdiff_t origin, column, row;
} gan_placing;

/* For a file of w * h pixels with EXIF orientation 1..8. */
gan_placing gan_placing_of(int w, int h, int orientation);

#endif
