/* Training: a run in a folder.
 *     gan_train_opt o = { .config = &c, .recipe = recipe, .folder = "checkpoints/photos64", .stop = &interrupted };
 *     enum gan_train_end end = gan_train(&o);
 */
#ifndef GAN_TRAIN_H
#define GAN_TRAIN_H

#include "gan/checkpoint.h"
#include "gan/evaluate.h"

#ifdef __cplusplus
extern "C" {
#endif

enum gan_event {
    GAN_EVENT_START,
    GAN_EVENT_STEP,
    GAN_EVENT_VALIDATING,
    GAN_EVENT_EPOCH,
    GAN_EVENT_STAGE, /* what the run does from now on */
    GAN_EVENT_NOTE,  /* something to be wary of */
    GAN_EVENT_END
};

typedef struct gan_train_event { /* what a run tells while it goes on; borrowed during the call */
    enum gan_event what;
    gan_recipe *recipe;
    uint64_t step, steps; /* made so far, and in all */
    uint64_t epoch, epochs;
    const double *loss; /* of the last step; at the end of an epoch their means; named by recipe->def->losses */
    double lr, ms, images_per_s; /* ms: of the last step with its loading and logging */
    const gan_scores *scores;    /* at the end of an epoch */
    int best;                    /* this epoch is the best so far */
    const char *text;            /* of a stage or a note */
    double seconds, wait_s;      /* at the end: spent in steps, and waiting for pictures in them */
} gan_train_event;

typedef struct gan_train_opt {
    const gan_config *config;
    const gan_recipe_def *recipe;
    gan_dist *dist; /* ranks that train together, all with these options; rank 0 alone writes and tells; NULL: none */
    const char *folder;
    int resume, retune;                         /* retune: a resumed run finds its kernels anew, if they are tuned */
    int (*init)(void *init_ctx, gan_recipe *r); /* sets initial values of a new run, which are saved at once; NULL */
    void *init_ctx;
    int measure;                   /* for timing: no checkpoint, no validation, no samples; the log is written */
    const gan_dataset *data, *val; /* instead of the folders in config; NULL: those folders */
    uint64_t stop_after;           /* stop after this global step, counted from the run's beginning; 0: at the end */
    double seconds;                /* stop, and validate, after so many in steps of this call; 0: no limit */
    const volatile int *stop;      /* when it becomes 1 the run saves and returns; NULL: never */
    void (*tell)(void *ctx, const gan_train_event *e); /* NULL: nobody listens */
    void (*fail)(void *ctx); /* in every rank, after a failure, before memory that others may write to is freed; NULL */
    void *ctx;
} gan_train_opt;

enum gan_train_end { GAN_TRAIN_FAILED = -1, GAN_TRAIN_DONE, GAN_TRAIN_STOPPED };

enum gan_train_end gan_train(const gan_train_opt *o);

/* The learning rate of an epoch (from 1): constant; linear: flat for `epochs`, then to zero over `decay_epochs`
 * (factor 1 - max(0, e - epochs) / (decay_epochs + 1)); cosine over all epochs. */
double gan_schedule_lr(const gan_config *c, uint64_t epoch);

/* What `best` maximises: PSNR; or -l1; or colour: PSNR less 10 dB times the relative error of colourfulness, which PSNR
 * by itself would push towards gray. */
double gan_best_score(enum gan_best how, const gan_scores *s);

#ifdef __cplusplus
}
#endif
#endif
