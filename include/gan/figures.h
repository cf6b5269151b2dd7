/* The figures that evaluation gives, as a table: a new one is a row of GAN_FIGURES and a function gan_figure_<name>;
 * tables, JSON and CSV follow.
 */
#ifndef GAN_FIGURES_H
#define GAN_FIGURES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, unit, which is better, digits after the point, whether it is for thorough evaluations only) */
#define GAN_FIGURES(X)                                                                                                 \
    X(psnr, "dB", GAN_HIGHER, 2, 0)                                                                                    \
    X(mse, "", GAN_LOWER, 1, 0)                                                                                        \
    X(ssim, "", GAN_HIGHER, 4, 0)                                                                                      \
    X(l1, "", GAN_LOWER, 4, 0)                                                                                         \
    X(delta_e, "", GAN_LOWER, 3, 1)                                                                                    \
    X(colourfulness, "", GAN_AS_TRUE, 2, 0)                                                                            \
    X(ab_intersection, "", GAN_HIGHER, 4, 1)                                                                           \
    X(hue_drift, "degrees", GAN_LOWER, 2, 1)                                                                           \
    X(feature_distance, "", GAN_LOWER, 4, 1)

typedef struct gan_figures { /* of a picture, or means over pictures; NaN: there is none */
#define X(name, ...) double name;
    GAN_FIGURES(X)
#undef X
} gan_figures;

enum { GAN_LIGHTS = 2 };
extern const double gan_lights[GAN_LIGHTS]; /* in which the gray input is seen again: 0.8 and 1.25 */

typedef struct gan_sample { /* a coloured picture beside its original; borrowed */
    int w, h;
    const uint8_t *rgb, *truth;       /* R, G and B */
    const float *ab, *true_ab;        /* two planes each, over 110, unclipped; NULL: they were not made as Lab */
    const uint8_t *relit[GAN_LIGHTS]; /* what becomes of the input in each of gan_lights, or NULL */
} gan_sample;

enum gan_better {
    GAN_HIGHER,
    GAN_LOWER,
    GAN_AS_TRUE /* nearest to what the original itself has */
};

typedef struct gan_figure {
    const char *name, *unit;
    size_t offset; /* in gan_figures */
    enum gan_better better;
    int digits, thorough;
    int (*of)(const gan_sample *s, double *value); /* -1: out of memory */
} gan_figure;

/* The i-th row, NULL behind the last; static. */
const gan_figure *gan_figure_at(int i);
double *gan_figure_in(const gan_figure *row, gan_figures *f);

/* All figures of a picture; those for thorough evaluations are NaN without `thorough`. */
int gan_figures_of(const gan_sample *s, int thorough, gan_figures *f);

#ifdef __cplusplus
}
#endif
#endif
