/* A frozen graph being built: its nodes, and where the values of each one's parameters come from. */
#ifndef GAN_FREEZE_FREEZER_H
#define GAN_FREEZE_FREEZER_H

#include "gan/freeze.h"

struct gan_origin { /* of a new node's parameters */
    gan_id from;    /* node of the old graph whose parameters these are; -1: none, they are constants of the graph */
    gan_id norm;    /* batch norm folded into them; -1: none */
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

/* Gives out->params the values of all nodes of out->graph. */
int gan_freezer_fill(struct gan_freezer *f);

#endif
