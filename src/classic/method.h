/* A classic method: a row of list.h and a file that defines gan_method_<name>.
 *     const gan_method gan_method_welsh = { { "welsh", "...", GAN_NEEDS_REFERENCE }, .prepare = prepare, ... };
 */
#ifndef CLASSIC_METHOD_H
#define CLASSIC_METHOD_H

#include "gan/classic.h"

typedef struct gan_gray { /* what is coloured; borrowed */
    int w, h;
    const float *x;                 /* w * h: L / 50 - 1 */
    const gan_scribbles *scribbles; /* of the same size and not empty if the method needs them, else NULL */
} gan_gray;

typedef struct gan_method {
    gan_classic_info info;

    /* Makes what all pictures have in common, owned, for release; NULL and a message on failure. NULL: nothing is. */
    void *(*prepare)(const gan_classic_opt *o);
    void (*release)(void *common);

    /* Fills y, two planes of a / 110 and b / 110. Called by several threads at a time. */
    int (*colour)(const void *common, const gan_gray *g, float *y);
} gan_method;

#define X(name) extern const gan_method gan_method_##name;
#include "classic/list.h"
#undef X

#endif
