/* Scribbles: colours that are known at some pixels of a picture.
 *     gan_scribbles s;
 *     if (gan_scribbles_load(&s, "strokes.png")) return -1;
 *     ...
 *     gan_scribbles_release(&s);
 */
#ifndef GAN_SCRIBBLES_H
#define GAN_SCRIBBLES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_scribbles { /* of a picture of w * h pixels; empty when known is NULL */
    int w, h;
    uint8_t *known; /* w * h: 1 where the colour is known; owned */
    float *ab;      /* two planes of w * h, a / 110 and b / 110; owned */
    size_t count;   /* of known pixels */
} gan_scribbles;

int gan_scribbles_init(gan_scribbles *s, int w, int h); /* nothing is known */
void gan_scribbles_release(gan_scribbles *s);           /* leaves it empty */

/* Reads a picture: with transparency, its pixels that are not wholly transparent are known (gray ones too); without,
 * those that differ from gray by more than JPEG's noise (GAN_SCRIBBLE_SPREAD between the largest and the smallest of R,
 * G and B). Fails when none is known. */
enum { GAN_SCRIBBLE_SPREAD = 24 };
int gan_scribbles_load(gan_scribbles *s, const char *path);

/* Makes `points` pixels known (all of them, if there are not as many), drawn at random from seed and picture, with
 * their true colours, two planes of ab / 110. Fewer points are a subset of more. s is made. */
int gan_scribbles_draw(gan_scribbles *s, int w, int h, const float *truth, size_t points, uint64_t seed,
                       uint64_t picture);

#ifdef __cplusplus
}
#endif
#endif
