/* A decoded picture of a data set as it waits in the cache: target and, in pairs, a source of the same size. */
#ifndef DATA_PICTURE_H
#define DATA_PICTURE_H

#include "gan/image.h"
#include "gan/task.h"

struct gan_picture {
    gan_image target; /* empty: there is no picture */
    gan_image source; /* empty: the source is the target, or deep */
    uint16_t *deep;   /* as many pixels as target, the source in 16-bit gray; owned, or NULL */
};

void gan_picture_release(struct gan_picture *p);
size_t gan_picture_bytes(const struct gan_picture *p);

#endif
