/* Training: a run in a folder.
 *     gan_train_opt o = { .config = &c, .folder = "checkpoints/photos64", .stop = &interrupted };
 *     enum gan_train_end end = gan_train(&o);
 */
#ifndef GAN_TRAIN_H
#define GAN_TRAIN_H

#include "gan/checkpoint.h"
#include "gan/evaluate.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_train_event { /* what a run tells while it goes on; borrowed during the call */
    enum { GAN_EVENT_START, GAN_EVENT_STEP, GAN_EVENT_EPOCH, GAN_EVENT_SAVED, GAN_EVENT_NOTE } what;
    uint64_t step, steps; /* made so far, and in all */
    uint64_t epoch, epochs;
    int losses;
    const char *const *names;
    const double *loss; /* of the last step; at the end of an epoch its means */
    double lr, images_per_s, seconds_left;
    const gan_scores *scores; /* at the end of an epoch */
    int best;                 /* this epoch is the best so far */
    const char *text;         /* of a note, or the path that was saved */
} gan_train_event;

typedef struct gan_train_opt {
    const gan_config *config;
    const char *folder;
    int resume;
    uint64_t stop_after;      /* stop after this global step, counted from the run's beginning; 0: at the end */
    const volatile int *stop; /* when it becomes 1 the run saves and returns; NULL: never */
    void (*tell)(void *ctx, const gan_train_event *e); /* NULL: nobody listens */
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
