/* An all-reduce under way: the mean over all ranks of an array, in two rounds along a ring (Patarasuk and Yuan 2009,
 * "Bandwidth optimal all-reduce algorithms"). The array is cut into a chunk per rank. In the first round each chunk
 * travels once around and every rank adds its own, so that a chunk's sum always begins at the same rank; in the second
 * the finished chunks travel. Nothing in it waits: whoever has a moment polls. */
#ifndef GAN_DIST_RING_H
#define GAN_DIST_RING_H

#include "dist/dist.h"
#include "dist/wire.h"

typedef struct gan_ring {
    gan_dist *d;
    float *data;    /* becomes the mean; borrowed until done */
    void *in, *out; /* borrowed: in has gan_ring_room bytes, or if wire is bf16 both have half of them */
    size_t floats;
    int tag;
    enum gan_wire wire;
    int step;               /* of 2 (size - 1) */
    int sending, receiving; /* messages of this step; -1: done */
} gan_ring;

size_t gan_ring_room(size_t floats, int ranks); /* bytes of the longest chunk as floats */

/* Fill in data, in, out, floats, tag and wire first. */
int gan_ring_begin(gan_ring *r);
int gan_ring_poll(gan_ring *r); /* 1: done, 0: not yet, -1: failed */

#endif
