/* What recipes share: the generator with its plan, and its losses. */
#ifndef GAN_TRAIN_RECIPE_H
#define GAN_TRAIN_RECIPE_H

#include "gan/loss.h"
#include "gan/recipe.h"
#include "train/updater.h"

/* Appends a network with its initial weights, those of a pretrained part from its file. -1 on failure, else its index. */
int gan_recipe_add_net(gan_recipe *r, const char *name, enum gan_model_kind kind, const char *model,
                       const gan_model_opt *o);

/* The same for a network that several plans of a step train: its gradients are kept, to be added up. */
int gan_recipe_add_net_of_sums(gan_recipe *r, const char *name, enum gan_model_kind kind, const char *model,
                               const gan_model_opt *o);

/* count numbers that checkpoints keep under this name; zeros. NULL on failure, else borrowed from the recipe. */
float *gan_recipe_keep(gan_recipe *r, const char *name, size_t count);

/* Appends a plan of network `net`, unbound; NULL on failure. What ranks need of it is added to o. */
gan_plan *gan_recipe_add_plan(gan_recipe *r, const char *name, int net, const gan_plan_opt *o);

/* n numbers become their means over all ranks; called by all. */
int gan_recipe_mean(const gan_recipe *r, double *v, size_t n);

/* A network's own learning rate while [optimizer] lr stands at `lr`: `own`, scheduled as that is, or lr where own is 0. */
double gan_recipe_rate(const gan_recipe *r, double lr, double own);

/* The generator's pixel losses: unweighted values into l1 and l2, weighted gradients added to diff. */
void gan_recipe_pixel_losses(const gan_recipe *r, const float *fake, const float *y, size_t n, float *diff, double *l1,
                             double *l2);

#endif
