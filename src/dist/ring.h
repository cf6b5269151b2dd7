/* An all-reduce under way: the mean over all ranks of an array, in two rounds along a ring (Patarasuk and Yuan 2009,
 * "Bandwidth optimal all-reduce algorithms"). The array is cut into a chunk per rank. In the first round each chunk
 * travels once around and every rank adds its own, so that a chunk's sum always begins at the same rank, and ends in its
 * owner; in the second the owners' chunks travel: the means, or what the owners have made of them. Nothing in it waits:
 * whoever has a moment polls. */
#ifndef GAN_DIST_RING_H
#define GAN_DIST_RING_H

#include "dist/dist.h"
#include "dist/wire.h"

typedef struct gan_ring {
    gan_dist *d;
    float *data;          /* the own chunk becomes the mean, and without results all do; borrowed until done */
    float *results;       /* what travels in the second round, as floats; NULL: data; borrowed likewise */
    void *in, *out;       /* borrowed: in has gan_ring_room bytes, or if wire is bf16 both have half of them */
    size_t floats, grain; /* chunks begin at multiples of grain */
    int tag;
    enum gan_wire wire;
    void (*own)(void *ctx, struct gan_ring *r); /* before the second round; NULL: nobody */
    void *ctx;
    int step;               /* of 2 (size - 1) */
    int sending, receiving; /* messages of this step; -1: done */
} gan_ring;

typedef struct gan_chunk {
    size_t begin, end;
} gan_chunk;

gan_chunk gan_ring_own(const gan_ring *r);                    /* the chunk that this rank owns */
size_t gan_ring_room(size_t floats, size_t grain, int ranks); /* bytes of the longest chunk as floats */

/* Fill in what is above `step` first. */
int gan_ring_begin(gan_ring *r);
int gan_ring_gather(gan_ring *r); /* the second round only */
int gan_ring_poll(gan_ring *r);   /* 1: done, 0: not yet, -1: failed */

#endif
