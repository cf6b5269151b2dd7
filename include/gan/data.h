/* Data: a folder of photographs becomes batches.
 *     gan_dataset *d = gan_dataset_open("photos/train");
 *     gan_loader *l = gan_loader_new(d, &(gan_loader_opt){ .size = 64, .load_size = 72, .batch = 16 });
 *     for (uint64_t step = 0; step < n; step++) { gan_batch b; if (gan_loader_batch(l, step, &b)) return -1; ... }
 */
#ifndef GAN_DATA_H
#define GAN_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "gan/image.h"
#include "gan/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_dataset gan_dataset;

/* Lists the PNG and JPEG files below a folder, recursively, sorted by path (bytes), without opening them; links to
 * folders are not followed twice, names that begin with a dot are skipped. An empty set is an error. Owned,
 * gan_dataset_free. */
gan_dataset *gan_dataset_open(const char *folder);

/* Pairs in two folders: files of one name, up to its ending. Those without a partner are left out with a warning; an
 * error if none has one. Owned, gan_dataset_free. */
gan_dataset *gan_dataset_open_pairs(const char *folder_a, const char *folder_b);

/* Procedural pictures instead of files (gan_scene of seed and number): for plan and bench without photographs. */
gan_dataset *gan_dataset_synthetic(size_t count, int size, uint64_t seed);
void gan_dataset_free(gan_dataset *d);

/* Takes every 20th picture out of d, at least one, and gives them back as a set of their own, for validation when there
 * is only one folder. Fails if d has fewer than two. Owned, gan_dataset_free. */
gan_dataset *gan_dataset_hold_out(gan_dataset *d);

size_t gan_dataset_count(const gan_dataset *d);
const char *gan_dataset_path(const gan_dataset *d, size_t i); /* relative to the folder; borrowed */
int gan_dataset_load(const gan_dataset *d, size_t i, int least_side, gan_image *im);

typedef struct gan_batch { /* borrowed from the loader until its next call */
    int n, size;
    const float *x; /* n * inputs * size * size, see gan/task.h */
    const float *y; /* n * outputs * size * size; of unpaired data pictures of B that have nothing to do with x */
} gan_batch;

typedef struct gan_augment { /* extents, 0: none; see [augment] of the configuration */
    int flip;
    double rotate, shear, zoom, jitter, noise, fade;
} gan_augment;
gan_augment gan_augment_of(const gan_config *c);

typedef struct gan_loader_opt {
    const gan_task *task; /* copied; NULL: L to ab of single photographs */
    int size, load_size, batch;
    int first, count; /* of each batch only these pictures, when others load the rest; count 0: all */
    uint64_t seed;
    gan_augment augment;
    int skip_gray;
    size_t cache_mib;
    const char *index; /* file beside the run that remembers gray and unreadable files; NULL: none */
} gan_loader_opt;

typedef struct gan_loader gan_loader;
gan_loader *gan_loader_new(const gan_dataset *d, const gan_loader_opt *opt); /* borrows d */

/* For unpaired data: y comes from b, in an order of its own; an epoch goes through d. Borrows both. */
gan_loader *gan_loader_new_unpaired(const gan_dataset *d, const gan_dataset *b, const gan_loader_opt *opt);
void gan_loader_free(gan_loader *l);

uint64_t gan_loader_steps_per_epoch(const gan_loader *l); /* count / batch, rounded down, at least 1 */

/* The batch of a global step (0 is the first): a pure function of the data set, the options and the step, whatever
 * the threads and whatever was asked before; so a run can go on anywhere. Warm calls allocate nothing. Files that
 * cannot be used are replaced: unreadable ones, those longer than 32 times their short side, and gray ones on request.
 * errors: no usable photographs; out of memory. */
int gan_loader_batch(gan_loader *l, uint64_t step, gan_batch *out);

/* A sheet of a batch, one sample a row: source as the network sees it | hints, if there are any | target. out is made. */
int gan_batch_preview(const gan_task *t, const gan_batch *b, gan_image *out);

typedef struct gan_loader_stats {
    double wait_s;           /* time callers spent in gan_loader_batch */
    uint64_t decoded;        /* files decoded */
    size_t unreadable, gray; /* files found so far */
    size_t cache_bytes;
} gan_loader_stats;
gan_loader_stats gan_loader_get_stats(const gan_loader *l);

/* A picture as evaluation sees it: short side to size (antialiased bicubic), centre crop. rgb: size * size * 3 bytes.
 * Refuses a picture longer than 32 times its short side. */
int gan_dataset_centre(const gan_dataset *d, size_t i, int size, uint8_t *rgb);

/* The same of a task: what the network sees of it, with `hints` patches where the task has hints (the same for a picture
 * whatever the count), what it is to find, the target and the floor as pictures. y and floor may be NULL. */
typedef struct gan_view_out {
    float *x, *y;
    uint8_t *target, *floor;
} gan_view_out;
int gan_dataset_view(const gan_dataset *d, size_t i, const gan_task *t, int size, int hints, const gan_view_out *out);

#ifdef __cplusplus
}
#endif
#endif
