/* Models: functions from options to a graph. A model is a row; its file in models/ builds the graph and nothing else.
 *     gan_graph *g = gan_model_build(&gan_model_unet, "gen", &(gan_model_opt){ .in = 1, .out = 2, ... });
 */
#ifndef GAN_MODEL_H
#define GAN_MODEL_H

#include "gan/bins.h"
#include "gan/config.h"
#include "gan/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

enum gan_model_kind { GAN_GENERATOR, GAN_DISCRIMINATOR };

typedef struct gan_model_opt { /* a model reads what concerns it */
    int in, out;               /* channels; a discriminator's in: condition and picture together, out: 1 */
    int condition;             /* channels of the condition among `in`, discriminators only; 0: it has none */
    int filters, levels, blocks, layers;
    int norm;      /* enum gan_norm */
    int decoder;   /* enum gan_decoder */
    int embedding; /* enum gan_embedding */
    float dropout;
    int size;             /* side of the pictures the graph is built for */
    const gan_bins *bins; /* of a model that classifies, borrowed; NULL: those that sRGB can reach */
} gan_model_opt;

typedef struct gan_model_def {
    const char *name, *help;
    enum gan_model_kind kind;
    gan_id (*build)(gan_graph *g, const gan_id *in, const gan_model_opt *o); /* in: x, or condition and picture */
    int (*multiple)(const gan_model_opt *o); /* sides must be multiples of this; NULL: any will do */
    int (*least)(const gan_model_opt *o);    /* the smallest side; NULL: what multiple allows */
    const char *sized_by;                    /* the configuration's key that decides on either, or NULL */
    /* It tells how likely each class of colour is (logits) for every pixel of so many in both directions; what makes a
     * picture of these is added to its graph. 0: it makes pictures itself. */
    int classifies;
} gan_model_def;

const gan_model_def *const *gan_model_all(void); /* ended by NULL */

/* The model of that kind and name; NULL and a message that lists the names there are. */
const gan_model_def *gan_model_find(enum gan_model_kind kind, const char *name);

/* Options of the two networks as a configuration has them. */
gan_model_opt gan_model_generator_opt(const gan_config *c);
gan_model_opt gan_model_discriminator_opt(const gan_config *c);

/* The graph of a model at o->size: inputs "x" (generator) or "condition", if it has one, and "picture"; output "y",
 * and of a model that classifies "logits" as a second one. Owned, gan_graph_free. */
gan_graph *gan_model_build(const gan_model_def *m, const char *name, const gan_model_opt *o);

#ifdef __cplusplus
}
#endif
#endif
