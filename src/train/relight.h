/* Colour constancy: what a colorizer makes of the same gray pictures in less light and in more. */
#ifndef GAN_TRAIN_RELIGHT_H
#define GAN_TRAIN_RELIGHT_H

#include "gan/evaluate.h"

typedef struct gan_relighting { /* empty when zeroed, and for tasks whose input is not gray */
    const gan_task *task;       /* borrowed */
    size_t pixels;              /* of a picture */
    float *x, *y;               /* of a batch; owned */
    uint8_t *rgb[GAN_LIGHTS];   /* answers: batch * pixels * 3; owned */
} gan_relighting;

int gan_relighting_init(gan_relighting *r, const gan_task *task, size_t pixels, size_t batch);
void gan_relighting_release(gan_relighting *r);

/* Colours the pictures of q again in each of gan_lights. floor: the gray pictures themselves, R, G, B. */
int gan_relighting_run(gan_relighting *r, const gan_request *q, const uint8_t *floor, gan_predict *predict, void *ctx);

/* The answers for picture i of the batch; NULL where there are none. */
void gan_relighting_pictures(const gan_relighting *r, size_t i, const uint8_t *relit[GAN_LIGHTS]);

#endif
