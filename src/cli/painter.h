/* What gan eval measures: a trained model or a classic method. */
#ifndef GAN_CLI_PAINTER_H
#define GAN_CLI_PAINTER_H

#include "gan/classic.h"
#include "gan/colorizer.h"
#include "gan/evaluate.h"

typedef struct gan_painter { /* one of the two; owned */
    gan_colorizer *colorizer;
    gan_classic *classic;
    size_t points; /* of true colour that a method of scribbles is shown, at random places */
    uint64_t seed; /* of those */
} gan_painter;

int gan_painter_open_model(gan_painter *p, const char *path);
int gan_painter_open_method(gan_painter *p, const char *method, const gan_classic_opt *o);
void gan_painter_release(gan_painter *p);

gan_task gan_painter_task(const gan_painter *p);
int gan_painter_multiple(const gan_painter *p); /* sides are multiples of this */
int gan_painter_size(const gan_painter *p);     /* the side to measure at when nobody says */

/* A gan_predict; ctx is a gan_painter. */
int gan_painter_run(void *ctx, const gan_request *q, float *y);

#endif
