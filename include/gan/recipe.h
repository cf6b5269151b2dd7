/* A recipe: which networks train, on which plans, and one step. Recipes are rows; each has its file in src/recipes.
 *     gan_recipe *r = gan_recipe_new(gan_recipe_find(config.train.recipe), &config);
 *     double loss[GAN_MAX_LOSSES];
 *     if (gan_recipe_step(r, &batch, lr, loss)) return -1;
 */
#ifndef GAN_RECIPE_H
#define GAN_RECIPE_H

#include "gan/bins.h"
#include "gan/config.h"
#include "gan/data.h"
#include "gan/dist.h"
#include "gan/model.h"
#include "gan/overlap.h"
#include "gan/plan.h"
#include "gan/pool.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GAN_MAX_NETS = 4, GAN_MAX_PLANS = 12, GAN_MAX_LOSSES = 12, GAN_MAX_KEPT = 4 };

typedef struct gan_net { /* owned by the recipe */
    const char *name;    /* "gen", "dis": prefix of its tensors in a checkpoint */
    gan_graph *graph;
    gan_params *params;
    struct gan_updater *updater; /* what trains it; borrowed from the recipe's own struct; NULL: nothing yet */
} gan_net;

/* Numbers in the largest parameter of these networks; each of them goes to a checkpoint and back by itself. */
size_t gan_nets_largest(const gan_net *net, int nets);

typedef struct gan_kept { /* numbers of a recipe's own that a checkpoint keeps */
    const char *name;
    size_t count;
    float *value; /* owned by the recipe */
} gan_kept;

typedef struct gan_recipe gan_recipe;

typedef struct gan_recipe_def {
    const char *name, *help;
    const char *const *losses; /* names of the columns in log.csv, ended by NULL */
    const char *const *stages; /* what a run does one after another, ended by NULL; NULL: always the same */
    size_t bytes;              /* of the recipe's own struct, which begins with a gan_recipe */
    int (*setup)(gan_recipe *r);
    /* Looks at the photographs before the first step of a run, not of its continuation; NULL: no need to. What it finds
     * is kept. */
    int (*prepare)(gan_recipe *r, const gan_dataset *d);
    int (*step)(gan_recipe *r, const gan_batch *b, double lr, double *losses);
    void (*teardown)(gan_recipe *r); /* what setup made beyond nets, plans and pool; takes half-built ones */
} gan_recipe_def;

struct gan_recipe {
    const gan_recipe_def *def;
    gan_config config;         /* train.batch and train.pool are this rank's share */
    gan_dist *dist;            /* borrowed; NULL: one process */
    int first;                 /* of each batch, the number of this rank's first picture */
    gan_net net[GAN_MAX_NETS]; /* net[0] is the generator that validation and inference use */
    int nets;
    const char *plan_name[GAN_MAX_PLANS];
    gan_plan *plan[GAN_MAX_PLANS]; /* bound */
    int plans;
    size_t plan_bytes;  /* of memory that the plans are bound to; those that share count once */
    gan_pool *pool;     /* NULL: none */
    gan_tuning *tuning; /* of the plans; owned */
    gan_bins *bins;     /* of a generator that classifies, as loss.bins lists them; NULL: those that sRGB can reach */
    gan_kept kept[GAN_MAX_KEPT];
    int nkept;
    int stage;        /* of the last step; of def->stages */
    gan_step_key key; /* key.step: steps made so far */
};

/* Networks are initialised from the seed. Owned, gan_recipe_free. */
gan_recipe *gan_recipe_new(const gan_recipe_def *def, const gan_config *c);

/* The same with kernels as a checkpoint has recorded them (gan_checkpoint_tuning), or with NULL as [run] tune says; and for
 * one rank of several, which take equal parts of each batch and of the pool: all of them call it together, with rank 0's
 * records. d is borrowed. After a step all have the new values, but Adam's moments and the moving average of what they have
 * updated themselves only. */
gan_recipe *gan_recipe_new_ranked(const gan_recipe_def *def, const gan_config *c, const char *recorded, gan_dist *d);
void gan_recipe_free(gan_recipe *r);

/* The configuration of the whole run, which it was made from. */
void gan_recipe_config(const gan_recipe *r, gan_config *out);

/* One training step. losses: as many as def->losses names, means over all ranks. Fails if one of them is not finite. */
int gan_recipe_step(gan_recipe *r, const gan_batch *b, double lr, double *losses);
int gan_recipe_losses(const gan_recipe *r);
int gan_recipe_stages(const gan_recipe *r); /* at least 1 */

/* What the last update of a network exchanged with the other ranks; no pieces if there are none. */
gan_traffic gan_recipe_traffic(const gan_recipe *r, int net);

#ifdef __cplusplus
}
#endif
#endif
