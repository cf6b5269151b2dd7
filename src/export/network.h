/* Which generator of the model table the tensors of a file are: what network follows from their names, how large it is
 * from their number and shapes. Names are those of our graph, or those of the reference implementation, behind any
 * prefix that all have ("module.", "gen/"). */
#ifndef GAN_EXPORT_NETWORK_H
#define GAN_EXPORT_NETWORK_H

#include "export/keys.h"
#include "export/tensors.h"
#include "gan/import.h"

typedef int gan_naming(const gan_keys *k, const char *param, char *name);

/* The names of our graph. */
gan_naming gan_plain_name;

/* What a configuration calls an enum gan_norm; static. */
const char *gan_norm_name(int norm);

typedef struct gan_network { /* a generator among tensors */
    gan_naming *name;
    gan_keys keys;
    char prefix[GAN_KEY_BYTES];
} gan_network;

/* Finds it and fills its configuration. */
int gan_network_find(const gan_tensors *t, const gan_import_opt *o, gan_network *n, gan_config *c);

/* The tensor that a parameter of our graph is; NULL: none, no message. */
const gan_tensor *gan_network_tensor(const gan_tensors *t, const gan_network *n, const char *param);

/* All parameters of g are there with their shapes, or are biases where the network has none, and no tensor is left over.
 * Names the first that is not so. */
int gan_network_check(const gan_tensors *t, const gan_network *n, const gan_graph *g);

#endif
