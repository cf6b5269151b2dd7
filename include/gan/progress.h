/* Progress of long work: the library reports how far it is, whoever runs it decides what to show.
 *     gan_rate r = { 0 };
 *     ...
 *     gan_rate_add(&r, gan_clock_s(), done);
 *     gan_progress p = { .task = "epoch 3/12", .text = figures, .done = done, .total = total };
 *     if (progress) progress(ctx, &p);
 */
#ifndef GAN_PROGRESS_H
#define GAN_PROGRESS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_progress {
    const char *task;     /* "epoch 3/12"; borrowed for the call */
    const char *text;     /* figures of the moment: "212 images/s  g_l1 0.052"; "" if none; borrowed for the call */
    uint64_t done, total; /* in any unit; total 0: unknown */
} gan_progress;

/* Called often, always from the thread that does the work, and cheap enough for that. */
typedef void gan_progress_fn(void *ctx, const gan_progress *p);

/* How fast work goes: an average in which the last half minute counts most. Empty when zeroed. */
typedef struct gan_rate {
    double at_s, done;    /* at the last report */
    double seconds, work; /* fading sums of the time and the work between reports */
    int started;
} gan_rate;

/* Notes that `done` of the work is done at now_s, a time of gan_clock_s. The first call sets the beginning only; work
 * that was done before it (a run that is resumed) does not count. Less done than before starts anew. */
void gan_rate_add(gan_rate *r, double now_s, double done);
double gan_rate_per_s(const gan_rate *r);                /* 0: not known yet */
double gan_rate_left_s(const gan_rate *r, double total); /* seconds to go; negative: not known yet */

double gan_clock_s(void); /* monotonic, from any beginning */

enum { GAN_DURATION_BYTES = 32 };
void gan_duration_text(double seconds, char *text); /* "0:04:07", hours without end; "-:--:--" below 0 */

#ifdef __cplusplus
}
#endif
#endif
