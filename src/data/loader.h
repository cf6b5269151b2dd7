/* The loader's inside, shared by its two halves: loader.c makes batches of pictures that prepare.c has decoded. */
#ifndef DATA_LOADER_H
#define DATA_LOADER_H

#include "data/cache.h"
#include "data/sampler.h"
#include "data/verdict.h"
#include "gan/data.h"

enum { GAN_REASON_BYTES = 512 };

struct gan_decode { /* one picture to decode, and what came of it */
    uint32_t picture;
    int failed, out_of_memory;
    enum gan_verdict verdict;
    struct gan_picture image; /* owned; empty if it failed */
    char reason[GAN_REASON_BYTES];
};

struct gan_loader {
    const gan_dataset *data; /* borrowed */
    gan_task task;
    gan_loader_opt opt;
    char *index; /* owned, or NULL */
    struct gan_sampler sampler;
    struct gan_verdicts verdicts;
    struct gan_cache cache;
    uint32_t first, count;     /* of each batch, those that are loaded */
    uint32_t window;           /* samples prepared at a time: whole counts, several per thread */
    uint32_t *want;            /* window: which picture each of them shows; owned */
    struct gan_decode *decode; /* window, ndecode in use; owned */
    size_t ndecode;
    uint64_t indexed_epoch;   /* in which the index was last written */
    float *x, *y;             /* (count, inputs, size, size) and (count, outputs, size, size); owned */
    uint8_t *target, *source; /* (count, size, size, 3): the views; owned; source in pairs, else NULL */
    uint16_t *deep;           /* (count, size, size); owned; in pairs, else NULL */
    float *scratch;           /* gan_task_scratch of each sample; owned */
    struct gan_loader *other; /* of unpaired data: where y comes from; owned, or NULL */
    gan_loader_stats stats;
};

/* Makes want[0 .. count-1] the pictures of this step, all of them in the cache. */
int gan_loader_prepare(struct gan_loader *l, uint64_t step);

/* Writes the index if there is one and it has changed. An index that cannot be written costs the next run some time,
 * never this one its life: that is a warning. */
void gan_loader_keep_index(struct gan_loader *l);

#endif
