/* Which of several ways computes each pass of each convolution: found by timing them when a plan is made, remembered for
 * the next plans and, in a cache of the machine's own, for the next runs.
 *     gan_tuning *t = gan_tuning_new(GAN_TUNE_FAST);
 *     gan_plan *p = gan_plan_new(g, w, &(gan_plan_opt){ .batch = 16, .flags = GAN_GRAD_PARAMS, .tuning = t });
 *     char *text = gan_tuning_text(t);           later: gan_tuning_recorded(text) makes the same plan anywhere
 * Ways differ in rounding. The same choices give the same bits.
 *
 * The cache is a text file per machine, threads, oneDNN and effort in the folder that the environment's GAN_TUNING_CACHE
 * names (empty: there is none), else in $XDG_CACHE_HOME/gan or ~/.cache/gan. What it holds is checked; a file that
 * is damaged or of another machine counts as empty. */
#ifndef GAN_TUNING_H
#define GAN_TUNING_H

#ifdef __cplusplus
extern "C" {
#endif

enum gan_tune {
    GAN_TUNE_OFF,
    GAN_TUNE_FAST, /* the layers that take most of the time, a few likely ways, a second or two */
    GAN_TUNE_FULL  /* every layer, every way */
};

typedef struct gan_tuning gan_tuning; /* one thread uses it at a time */

/* Owned, gan_tuning_free, after the plans that were made with it. GAN_TUNE_OFF: every choice is the usual one. */
gan_tuning *gan_tuning_new(enum gan_tune effort);

/* Choices that gan_tuning_text told, and none else: a plan that needs another fails, and nothing is timed. */
gan_tuning *gan_tuning_recorded(const char *text);
void gan_tuning_free(gan_tuning *t);

/* The choices that plans have taken; owned, gan_mem_free. */
char *gan_tuning_text(const gan_tuning *t);

/* Adds what was timed to the cache. */
int gan_tuning_save(const gan_tuning *t);

/* For tests: without timing, way number n of each pass; counted round where there are fewer. */
void gan_tuning_force(gan_tuning *t, int n);

#ifdef __cplusplus
}
#endif
#endif
