/* Colours many pictures at a time. */
#ifndef GAN_CLI_CREW_H
#define GAN_CLI_CREW_H

#include "cli/pairs.h"
#include "gan/classic.h"
#include "gan/colorize.h"

typedef struct gan_errand {         /* what is to be done with every picture */
    const char *model;              /* NULL: classic colours */
    const gan_classic *classic;     /* borrowed */
    const gan_scribbles *scribbles; /* for it; borrowed; NULL: none */
    gan_colouring colouring;
    int quality;
} gan_errand;

int gan_is_stream(const char *path); /* "-": standard input or output */

/* Colours one, with c or, if e->model is NULL, with e->classic; in and out are paths or streams. The message of a
 * failure names the picture. */
int gan_errand_run(gan_colorizer *c, const gan_errand *e, const char *in, const char *out, int make_folder);

/* Colours all with a bar, on as many threads as there are: several pictures at a time, each by a colorizer of its own, the
 * first of which is c. Pictures that fail are warned of, and counted in *failed. -1: nothing could be begun. */
int gan_crew_run(gan_colorizer *c, const gan_errand *e, const gan_pairs *pairs, size_t *failed);

#endif
