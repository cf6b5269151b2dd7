/* Colouring without a network, by the methods that came before them; docs/methods.md has one paragraph for each.
 *     gan_classic *c = gan_classic_open("reinhard", &(gan_classic_opt){ .reference = "autumn.jpg" });
 *     if (!c || gan_classic_photo(c, &photo, NULL, 1)) return -1;
 *     ...
 *     gan_classic_free(c);
 * What is opened is only read by the calls: any number of threads may share it. The same picture gets the same colours
 * whatever the number of threads.
 */
#ifndef GAN_CLASSIC_H
#define GAN_CLASSIC_H

#include "gan/photo.h"
#include "gan/scribbles.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { /* what a method works with, beside the picture */
       GAN_NEEDS_SCRIBBLES = 1 << 0,
       GAN_NEEDS_REFERENCE = 1 << 1,
       GAN_TAKES_RULES = 1 << 2 /* and has some of its own */
};

typedef struct gan_classic_info { /* of a method */
    const char *name, *help;
    unsigned needs; /* of those above, or-ed */
} gan_classic_info;

typedef struct gan_classic_opt {
    const char *reference; /* path of a colour picture; NULL: none */
    const char *rules;     /* path of a file of rules; NULL: those of configs/rules.ini, as they were built in */
} gan_classic_opt;

typedef struct gan_classic gan_classic;

/* The i-th method's description, NULL behind the last; static. */
const gan_classic_info *gan_classic_at(int i);

/* Makes a method ready. Owned, gan_classic_free.
 *   errors   no such method, something it needs is not there or something it does not need is, a reference without
 *            colour, a mistake in the rules, out of memory */
gan_classic *gan_classic_open(const char *method, const gan_classic_opt *o);
void gan_classic_free(gan_classic *c);
const gan_classic_info *gan_classic_get_info(const gan_classic *c);

/* Colours w * h pixels: x is L / 50 - 1, y gets two planes, a / 110 and b / 110. s: of the same size, or NULL.
 *   errors   scribbles that are missing, empty, or not of that size; a picture too large; out of memory */
int gan_classic_run(const gan_classic *c, int w, int h, const float *x, const gan_scribbles *s, float *y);

/* The same for a photograph, in place: its luminance stays. strength: chroma is multiplied by this. */
int gan_classic_photo(const gan_classic *c, gan_photo *p, const gan_scribbles *s, double strength);

#ifdef __cplusplus
}
#endif
#endif
