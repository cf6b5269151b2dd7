/* What a folder of photographs is made of, before training on it.
 *     gan_survey s;
 *     if (gan_survey_make(dataset, NULL, NULL, &s)) return -1;
 */
#ifndef GAN_SURVEY_H
#define GAN_SURVEY_H

#include "gan/data.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GAN_SURVEY_BINS = 12 };

typedef struct gan_survey {
    size_t files, damaged, gray,
        duplicates; /* duplicates: of a picture that came before, at whatever size or quality */
    int short_least, short_median, short_most; /* short sides, pixels */
    double aspect_most;                        /* long side / short side */
    double chroma_mean, colourfulness;         /* means over pictures: CIELAB chroma; Hasler and Suesstrunk */
    double chroma[GAN_SURVEY_BINS]; /* share of the pixels with chroma 10 i .. 10 (i + 1); the last one has the rest */
    double hue[GAN_SURVEY_BINS];    /* share of those with chroma > 10 whose hue angle is 30 i .. 30 (i + 1) degrees */
} gan_survey;

enum gan_finding { GAN_FOUND_DAMAGED, GAN_FOUND_GRAY, GAN_FOUND_DUPLICATE };

typedef struct gan_survey_listener {                                                       /* either may be NULL */
    void (*found)(void *ctx, enum gan_finding what, const char *path, const char *detail); /* reason, or of what */
    void (*progress)(void *ctx, size_t done, size_t count);
} gan_survey_listener;

/* Looks at every picture, in parallel. Damaged files are counted, not errors. errors: no readable picture; out of
 * memory. */
int gan_survey_make(const gan_dataset *d, const gan_survey_listener *listener, void *ctx, gan_survey *s);

#ifdef __cplusplus
}
#endif
#endif
