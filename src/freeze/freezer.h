/* A frozen graph being built: its nodes, and where the values of each one's parameters come from. */
#ifndef GAN_FREEZE_FREEZER_H
#define GAN_FREEZE_FREEZER_H

#include "gan/freeze.h"

struct gan_origin { /* of a new node's parameters */
    gan_id from;    /* node of the old graph whose parameters these are; -1: none */
    gan_id norm;    /* batch norm folded into them; -1: none */
    float *values;  /* of a node that the old graph does not have: weights, then bias; owned; NULL: not such a node */
};

struct gan_freezer {
    const gan_graph *g;
    gan_params *w;
    const gan_freeze_opt *o;
    gan_graph *to;
    struct gan_origin *origin; /* per node of `to`, as far as there are any; owned */
    int origins;
    gan_id *map;  /* per node of g: the node of `to` with its value; -1: not there yet; owned */
    int *readers; /* per node of g; owned */
    gan_frozen *out;
};

/* Notes where a new node's parameters come from. Returns the node; -1 as it got it, and when out of memory. */
gan_id gan_freezer_note(struct gan_freezer *f, gan_id made, struct gan_origin origin);

/* A 1x1 convolution of `from` to `to` channels with weights (to, from) and bias. */
gan_id gan_freezer_mix(struct gan_freezer *f, const char *name, gan_id x, int from, int to, const double *weights,
                       const double *bias);

/* Colour conversion in the graph. luminance: rgb, 3 channels, becomes f(Y), 1 channel (CIE's cube root), of which
 * lightness makes x = L / 50 - 1. colour: f(Y) and y = ab / 110 become rgb, clipped to the gamut. */
gan_id gan_freezer_luminance(struct gan_freezer *f, gan_id rgb);
gan_id gan_freezer_lightness(struct gan_freezer *f, gan_id fy);
gan_id gan_freezer_colour(struct gan_freezer *f, gan_id fy, gan_id y);

/* Gives out->params the values of all nodes of out->graph. */
int gan_freezer_fill(struct gan_freezer *f);

#endif
