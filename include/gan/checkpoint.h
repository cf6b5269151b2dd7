/* Checkpoints: one safetensors file with everything a run needs to go on bit for bit, in canonical layouts, so that it
 * moves between machines and oneDNN versions. checkpoints/README.md describes the names.
 */
#ifndef GAN_CHECKPOINT_H
#define GAN_CHECKPOINT_H

#include "gan/recipe.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_run_state { /* what a run knows beside its networks */
    uint64_t step;             /* steps made, from the run's beginning */
    uint64_t epoch;            /* epochs finished */
    double lr;                 /* of the last step */
    double best;               /* best score so far; -HUGE_VAL: none */
    uint64_t best_epoch;
    double sum[GAN_MAX_LOSSES]; /* of each loss over the epoch under way */
    uint64_t summed;            /* steps in those sums */
    uint64_t ranks;             /* that made it; read only */
} gan_run_state;

/* Everything: values, running statistics, Adam, moving averages, pool, state, configuration. Weights are checked to be
 * finite first. Atomic. */
int gan_checkpoint_save(const char *path, gan_recipe *r, const gan_run_state *s);

/* The generator alone, for inference: the moving average in the place of the values if there is one. */
int gan_checkpoint_save_generator(const char *path, gan_recipe *r, const gan_run_state *s);

/* A generator of no run, at step 0; g is of c. */
int gan_checkpoint_save_values(const char *path, const gan_config *c, gan_graph *g, gan_params *w);

/* Restores into a recipe made from the same configuration. On failure the recipe is unspecified. */
int gan_checkpoint_load(const char *path, gan_recipe *r, gan_run_state *s);

/* The configuration and the state of a checkpoint, without its tensors. */
int gan_checkpoint_peek(const char *path, gan_config *c, gan_run_state *s);

/* The choices of kernels that a tuned run recorded; *text is NULL if it was not tuned; owned, gan_mem_free. */
int gan_checkpoint_tuning(const char *path, char **text);

/* A checkpoint's generator: its graph at the trained size and its values (the moving average where there is one);
 * both owned: gan_graph_free, gan_params_free. */
int gan_checkpoint_generator(const char *path, gan_config *c, gan_graph **g, gan_params **w);

#ifdef __cplusplus
}
#endif
#endif
