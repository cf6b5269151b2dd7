/* A layer: one row, one file in src/layers. */
#ifndef GAN_CORE_LAYER_H
#define GAN_CORE_LAYER_H

#include "core/emit.h"
#include "core/onnx.h"
#include "gan/graph.h"

enum {
    GAN_LAYER_VIEWS = 1 << 0,    /* reads and writes views of larger tensors: a concat places it in its own buffer */
    GAN_LAYER_ABSORBS = 1 << 1,  /* applies an activation that follows */
    GAN_LAYER_JOINS = 1 << 2,    /* joins its sources along channels; their blocks may differ */
    GAN_LAYER_CONVERTS = 1 << 3, /* takes sources in any blocks; without it, dst has those of the source */
    GAN_LAYER_WHOLE = 1 << 4     /* each value depends on the whole picture, or on where it ends */
};

struct gan_layer_def {
    const char *name;
    unsigned traits;
    /* Shape of dst from those of the sources; checks them and the options. */
    int (*infer)(const gan_node *nd, const gan_shape *src, gan_shape *dst);
    /* Declares parameters with gan_graph_declare; NULL: it has none. */
    int (*declare)(gan_graph *g, gan_node *nd);
    int (*forward)(gan_emit *e, const gan_node *nd);  /* emits operations that fill dst */
    int (*backward)(gan_emit *e, const gan_node *nd); /* emits operations for the diffs that are wanted */
    /* For an activation that a GAN_LAYER_ABSORBS layer can apply; NULL: none can. */
    gan_act (*act)(const gan_node *nd);
    /* A picture is cut, and padding stands where it went on: how many rows (columns) of dst next to the cut are spoilt,
     * if that many of a source are. NULL: the same. */
    int (*spoilt)(const gan_node *nd, int spoilt);
    int (*onnx)(gan_onnx *o, const gan_node *nd); /* writes the node; NULL: ONNX cannot have it */
    /* The smallest interesting use; the tests walk these. */
    gan_id (*example)(gan_graph *g);
};

#endif
