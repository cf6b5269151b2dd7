/* What a network sees and what it is to find: source and target of one picture become x and y.
 *     gan_task t = gan_task_of(&config);
 *     gan_task_show(&t, &sight, w, h, scratch, x, y);
 * x: t.inputs planes: the source's luminance, its edges or its R, G, B; then, with hints, the planes of y where they are
 * known and a mask of where. y: t.outputs planes of the target in the colour space. All are about -1..1.
 */
#ifndef GAN_TASK_H
#define GAN_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "gan/config.h"
#include "gan/space.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_task {
    enum gan_layout layout;
    enum gan_direction direction;
    enum gan_input input;
    const gan_space *space;
    int restore;         /* answers get the luminance of x */
    int inputs, outputs; /* channels of x and y */
    int hints;           /* the last outputs + 1 channels of x are hints */
} gan_task;

gan_task gan_task_of(const gan_config *c);
gan_task gan_task_default(void); /* L to ab of single photographs */

typedef struct gan_sight { /* one picture, w * h pixels; borrowed */
    const uint8_t *target; /* R, G, B */
    const uint8_t *source; /* R, G, B; the same as target unless data are pairs */
    const uint16_t *deep;  /* the source in 16-bit gray; NULL: it has 8 bits */
} gan_sight;

/* x without hints, whose planes are left alone, and y; y may be NULL. scratch: gan_task_scratch floats. */
size_t gan_task_scratch(const gan_task *t, int w, int h);
void gan_task_show(const gan_task *t, const gan_sight *s, int w, int h, float *scratch, float *x, float *y);

/* A picture of an answer y to x, n pixels of R, G, B. */
void gan_task_picture(const gan_task *t, const float *x, const float *y, size_t n, uint8_t *rgb);

/* Whether answers colour a gray picture, whose own luminance stays; else they are pictures of their own. */
int gan_task_colours(const gan_task *t);

/* For those that colour: x from luminance, L / 50 - 1, and chroma, two planes of ab / 110, from an answer y to x; n
 * pixels. And y from chroma: what hints show. */
void gan_task_see(const gan_task *t, const float *l, size_t n, float *x);
void gan_task_chroma(const gan_task *t, const float *x, const float *y, size_t n, float *ab);
void gan_task_answer(const gan_task *t, const float *l, const float *ab, size_t n, float *y);

/* What the task has without any answer: the gray picture, or the source as it is. */
void gan_task_floor(const gan_task *t, const gan_sight *s, const float *x, size_t n, uint8_t *rgb);

/* Hints as in user-guided colorization (Zhang et al. 2017, arXiv:1705.02999, section 3.2): patches of 1 to 9 pixels show
 * the mean of y in them; their number is geometric with p = 1/8, one picture of a hundred shows all of y; they lie
 * normally about the centre with a quarter of the side as deviation. count: so many patches instead; -1: drawn.
 * out: outputs + 1 planes. A function of (seed, sample, count), and a larger count keeps the patches of a smaller. */
enum { GAN_HINTS_DRAWN = -1 };
void gan_task_hint(const gan_task *t, uint64_t seed, uint64_t sample, int count, int side, const float *y, float *out);

#ifdef __cplusplus
}
#endif
#endif
