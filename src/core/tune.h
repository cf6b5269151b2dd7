/* Plan-time tuning: the alternatives for each pass of a convolution are timed on a plan of that layer alone. */
#ifndef GAN_CORE_TUNE_H
#define GAN_CORE_TUNE_H

#include "core/dnn/back.h"
#include "core/tuning.h"

enum { GAN_CONV_KINDS = 3, GAN_MAX_ALTERNATIVES = 24 };

typedef struct gan_alternatives {
    int count;
    char name[GAN_MAX_ALTERNATIVES][GAN_CHOICE_BYTES];
} gan_alternatives;

void gan_alternatives_add(gan_alternatives *a, const char *name); /* no effect if it is there, or the list is full */

typedef struct gan_trial { /* of a plan of one layer: node 1, behind the input */
    int src_block;
    const char *choice[GAN_CONV_KINDS]; /* NULL: the usual; borrowed */
    gan_alternatives *list;             /* NULL, or of each kind: filled while the plan is made */
} gan_trial;

/* A plan whose convolution is computed so; t is borrowed. */
gan_plan *gan_plan_new_trial(const gan_graph *g, gan_params *w, const gan_plan_opt *o, const gan_trial *t);

/* For the facade, while it emits. Before a convolution's forward pass: looks up or finds the choices for all of its passes,
 * if the plan is tuned. */
int gan_tune_conv(gan_emit *e, const gan_node *nd, const gan_conv_desc *d);
const char *gan_tune_choice(const gan_emit *e, enum gan_conv_kind kind);     /* NULL: the usual */
gan_alternatives *gan_tune_list(const gan_emit *e, enum gan_conv_kind kind); /* NULL: nobody asks */

#endif
