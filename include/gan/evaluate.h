/* Evaluation: colours of a generator against the true ones, by a fixed protocol: short side to `size` (antialiased
 * bicubic), centre crop, generated ab with the original L, 8-bit RGB. Printed beside it, always: what gray would score.
 */
#ifndef GAN_EVALUATE_H
#define GAN_EVALUATE_H

#include "gan/data.h"
#include "gan/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_scores { /* means over images */
    size_t images, skipped; /* skipped: unreadable files */
    double psnr, ssim, l1;  /* dB; 1 is equal; mean |ab error| / 110, whatever the colour space */
    double colourfulness, colourfulness_true;
    double gray_psnr, gray_l1; /* of the source as it is, without colours: the floor */
    double seconds;
} gan_scores;

/* Generates y (n * outputs * size * size) from x (n * inputs * size * size), see gan/task.h. What a picture gets does not
 * depend on the others. */
typedef int gan_predict(void *ctx, int n, const float *x, float *y);

typedef struct gan_evaluate_opt {
    const gan_task *task; /* NULL: L to ab */
    int size, batch;
    int hints; /* patches of true colour that a task with hints gets */
} gan_evaluate_opt;

/* Scores every picture of d, `batch` at a time: predict always gets that many, or all of a smaller d. Unreadable files
 * are skipped with a warning. The figures do not depend on batch or threads, but for what predict returns.
 *   errors    no readable picture, predict's own, out of memory */
int gan_evaluate(const gan_dataset *d, const gan_evaluate_opt *o, gan_predict *predict, void *ctx, gan_scores *out);

/* A sheet of count pictures (all of a smaller d), spread evenly over d, one a row: source | generated | true; generated
 * at most `batch` at a time. Unreadable pictures give way to the next. out is made. */
int gan_sample_sheet(const gan_dataset *d, const gan_evaluate_opt *o, int count, gan_predict *predict, void *ctx,
                     gan_image *out);

#ifdef __cplusplus
}
#endif
#endif
