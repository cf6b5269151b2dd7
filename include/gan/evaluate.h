/* Evaluation: colours of a generator against the true ones, by a fixed protocol: short side to `size` (antialiased
 * bicubic), centre crop, generated ab with the original L, 8-bit RGB. Printed beside it, always: what gray would score.
 */
#ifndef GAN_EVALUATE_H
#define GAN_EVALUATE_H

#include "gan/data.h"
#include "gan/figures.h"
#include "gan/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_scores {
    size_t images, skipped;           /* skipped: unreadable files */
    gan_figures mean, gray, truth;    /* over the images that have the figure: of the colours, of ab = 0 (the floor), and
                                         of the originals beside themselves */
    double set_intersection;          /* of ab over all pixels of the set, gan_ab_intersection; thorough only, else NaN */
    double seconds;
} gan_scores;

typedef struct gan_task { /* pictures to be coloured; borrowed for the call */
    int n, size;
    const float *x;       /* n * 1 * size * size: L / 50 - 1 */
    const float *truth;   /* n * 2 * size * size: ab / 110; only for methods that are given some of it */
    const size_t *number; /* n: of the pictures in the data set */
} gan_task;

/* Generates ab (n * 2 * size * size). What a picture gets does not depend on the others. Places of a task that no
 * picture fills hold anything: what comes out there is not looked at. */
typedef int gan_predict(void *ctx, const gan_task *t, float *ab);

typedef struct gan_evaluation {
    int size, batch;
    int thorough; /* all figures: pictures are coloured once more in each of gan_lights */

    /* Gets each picture's own figures (images is 1), in order. NULL: nobody wants them. */
    int (*each)(void *ctx, size_t number, const gan_scores *s);
    void *each_ctx;
} gan_evaluation;

/* Scores every picture of d, e->batch at a time: predict always gets that many, or all of a smaller d. Unreadable files
 * are skipped with a warning. The figures do not depend on batch or threads, but for what predict returns.
 *   errors    no readable picture, predict's own, e->each's own, out of memory */
int gan_evaluate(const gan_dataset *d, const gan_evaluation *e, gan_predict *predict, void *ctx, gan_scores *out);

/* A sheet of count pictures (all of a smaller d), spread evenly over d, one a row: gray | generated | true; generated
 * at most `batch` at a time. Unreadable pictures give way to the next. out is made. */
int gan_sample_sheet(const gan_dataset *d, int size, int count, int batch, gan_predict *predict, void *ctx,
                     gan_image *out);

#ifdef __cplusplus
}
#endif
#endif
