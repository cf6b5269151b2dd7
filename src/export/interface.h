/* What goes into an exported network and comes out of it, by enum gan_io. */
#ifndef GAN_EXPORT_INTERFACE_H
#define GAN_EXPORT_INTERFACE_H

#include "gan/export.h"

typedef struct gan_io_texts { /* what the numbers mean */
    char input[256], output[256], space[128];
} gan_io_texts;

void gan_io_describe(enum gan_io io, const gan_config *c, gan_io_texts *out);

/* Whether a network of that configuration can have the interface; -1 and a message: not. */
int gan_io_check(enum gan_io io, const gan_config *c);

int gan_io_inputs(enum gan_io io, const gan_config *c); /* channels */
int gan_io_outputs(enum gan_io io, const gan_config *c);
double gan_io_tolerance(enum gan_io io); /* by which proofs may differ */

#endif
