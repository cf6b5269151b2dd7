/* Evaluation: colours of a generator against the true ones, by a fixed protocol: short side to `size` (antialiased
 * bicubic), centre crop, generated ab with the original L, 8-bit RGB. Printed beside it, always: what gray would score.
 */
#ifndef GAN_EVALUATE_H
#define GAN_EVALUATE_H

#include "gan/data.h"
#include "gan/dist.h"
#include "gan/feature_distance.h"
#include "gan/figures.h"
#include "gan/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_scores {
    size_t images, skipped; /* skipped: unreadable files */
    gan_figures mean, gray,
        truth;               /* over the images that have the figure: of the answers; of the source as it is, without
                                      colours (the floor); of the originals, only those that are GAN_AS_TRUE */
    double set_intersection; /* gan_ab_intersection over all pixels of the set; NaN unless thorough */
    double seconds;
} gan_scores;

typedef struct gan_request { /* pictures to be coloured; borrowed for the call */
    int n, size;
    const float *x;       /* n * inputs * size * size, see gan/task.h */
    const float *truth;   /* n * outputs * size * size; for methods that are shown some of it */
    const size_t *number; /* n: of the pictures in the data set */
} gan_request;

/* Generates y (n * outputs * size * size). What a picture gets does not depend on the others. In places that no picture
 * fills the request holds anything, and what comes out is not looked at. */
typedef int gan_predict(void *ctx, const gan_request *q, float *y);

typedef struct gan_evaluate_opt {
    const gan_task *task; /* NULL: L to ab */
    int size, batch;
    int hints;                      /* patches of true colour that a task with hints gets */
    gan_feature_distance *distance; /* of size * size pixels; NULL: there is no such figure */
    int thorough;                   /* all figures but hue_drift */
    int relight;                    /* hue_drift, if thorough: gray input is coloured again in each of gan_lights */
    gan_dist *dist;                 /* ranks that take turns, `batch` pictures each; not if thorough; NULL: none */

    /* Gets each picture's own figures (images is 1), in order; NULL: nobody wants them. */
    int (*each)(void *ctx, size_t number, gan_scores *s);
    void *each_ctx;
} gan_evaluate_opt;

/* Scores every picture of d, `batch` at a time: predict always gets that many, or all of a smaller d. Unreadable files
 * are skipped with a warning. The figures do not depend on batch or threads, but for what predict returns.
 *   errors    no readable picture, predict's own, o->each's own, out of memory */
int gan_evaluate(const gan_dataset *d, const gan_evaluate_opt *o, gan_predict *predict, void *ctx, gan_scores *out);

/* A sheet of count pictures (all of a smaller d), spread evenly over d, one a row: source | generated | true; generated
 * at most `batch` at a time. Unreadable pictures give way to the next. out is made. */
int gan_sample_sheet(const gan_dataset *d, const gan_evaluate_opt *o, int count, gan_predict *predict, void *ctx,
                     gan_image *out);

#ifdef __cplusplus
}
#endif
#endif
