/* Freezing: a generator as inference needs it. Batch norm is folded into the convolution or deconvolution before it,
 * dropout is gone, and what surrounds the network (colour conversion, padding) may be part of the graph.
 *     gan_frozen f;
 *     if (gan_freeze(g, w, &(gan_freeze_opt){ .norm = GAN_FREEZE_RUNNING }, &f)) return -1;
 *     gan_plan *p = gan_plan_new(f.graph, f.params, &(gan_plan_opt){ .batch = 1 });
 *     ...
 *     gan_frozen_release(&f);
 */
#ifndef GAN_FREEZE_H
#define GAN_FREEZE_H

#include "gan/data.h"
#include "gan/graph.h"
#include "gan/params.h"
#include "gan/progress.h"

#ifdef __cplusplus
extern "C" {
#endif

enum gan_freeze_norm {
    GAN_FREEZE_RUNNING, /* batch norm by its running statistics, folded */
    GAN_FREEZE_INSTANCE /* by the statistics of each picture itself: an instance norm, which cannot be folded */
};

enum gan_io {
    GAN_IO_LAB,   /* in: n * 1 * h * w, L / 50 - 1; out: n * 2 * h * w, ab / 110 */
    GAN_IO_RGB,   /* in and out: n * 3 * h * w, sRGB 0..1; L is the input's own */
    GAN_IO_NATIVE /* what the network itself sees and answers, of any task: include/gan/task.h */
};

typedef struct gan_freeze_opt {
    enum gan_freeze_norm norm;
    enum gan_io io;
    int h, w;     /* 0: any size the network takes; else this one, padded inside by reflection */
    int multiple; /* what the network's sides are multiples of; for h and w */
} gan_freeze_opt;

typedef struct gan_frozen { /* owned, gan_frozen_release */
    gan_graph *graph;       /* one input "x", one output */
    gan_params *params;
    int folded, dropped; /* batch norms and dropouts that are gone */
    int kept;            /* norms that stay: they use the picture's own statistics, or follow no convolution */
} gan_frozen;

/* Freezes what leads from a graph's one input to its first output. w is read only; g and w may be freed afterwards. On failure f is empty. */
int gan_freeze(const gan_graph *g, gan_params *w, const gan_freeze_opt *o, gan_frozen *f);
void gan_frozen_release(gan_frozen *f); /* leaves it empty */

/* Replaces the running statistics of w by the means, over all whole batches of d (centre crops of size x size), of what
 * training mode computes for each; without dropout, since that is how they are used. A set smaller than a batch is one
 * batch. Networks without batch norm are refused, and those that see more than L. progress may be NULL. */
int gan_recalibrate(const gan_graph *g, gan_params *w, const gan_dataset *d, int size, int batch,
                    gan_progress_fn *progress, void *ctx);

#ifdef __cplusplus
}
#endif
#endif
