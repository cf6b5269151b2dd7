/* Ranks: processes that train one network together, each on its part of every batch. What they exchange goes from rank
 * to rank in a fixed order, so that sums have the same bits every time, whichever message comes first.
 *     gan_dist *d = gan_dist_new(&transport);
 *     double loss[2] = { mine, other };
 *     if (gan_dist_sum(d, loss, 2)) return -1;
 * A NULL gan_dist is one process by itself: rank 0 of 1, nothing to exchange.
 */
#ifndef GAN_DIST_H
#define GAN_DIST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How messages travel: what MPI or, in tests, threads bring. Messages of one sender and tag arrive in order. A message
 * has a number from its begin until test says that it is done; its bytes are borrowed until then. */
typedef struct gan_transport {
    const char *name; /* static */
    int rank, size;
    void *self;
    int (*send)(void *self, int to, int tag, const void *data, size_t bytes); /* -1: failed, else its number */
    int (*receive)(void *self, int from, int tag, void *data, size_t bytes);  /* exactly so many bytes */
    int (*test)(void *self, int message);                                     /* 1: done, 0: not yet, -1: failed */
    void (*close)(void *self);                                                /* in all ranks; waits for the others */
    void (*end)(void *self, int code);                                        /* ends all ranks now */
} gan_transport;

typedef struct gan_dist gan_dist;

/* Takes the transport unless it fails. Owned, gan_dist_free. */
gan_dist *gan_dist_new(const gan_transport *t);
void gan_dist_free(gan_dist *d);

/* Rank 0 of `size`, whose other ranks do not exist: messages are done at once, received ones are zeros or nothing. For
 * learning what would be sent, and when. Owned, gan_dist_free. */
gan_dist *gan_dist_pretend(int size);

int gan_dist_rank(const gan_dist *d);
int gan_dist_size(const gan_dist *d);
const char *gan_dist_name(const gan_dist *d); /* of the transport */

/* The following are called by all ranks, in the same order. They return 0, or -1 and a message. */

int gan_dist_sum(gan_dist *d, double *v, size_t n);                          /* of all ranks, into all: the same bits */
int gan_dist_broadcast(gan_dist *d, void *data, size_t bytes);               /* rank 0's, into all */
int gan_dist_gather(gan_dist *d, const void *mine, size_t bytes, void *all); /* by rank, into rank 0's `all` */

/* The same of rank 0's *text, which may be NULL: the others own theirs, gan_mem_free. Fails in all ranks or in none. */
int gan_dist_broadcast_text(gan_dist *d, char **text);

/* Whether any rank has failed: 0, or -1 in all of them, with the message of the first one that did. */
int gan_dist_agree(gan_dist *d, int failed);

/* 1 if all ranks know of the failure, so that one of them may speak for all. */
int gan_dist_agreed(const gan_dist *d);

/* Ends all ranks now, this one too: for a failure that the others do not know of. One process goes on. */
void gan_dist_end(gan_dist *d, int code);

typedef struct gan_link { /* between two neighbours, both sending */
    double bytes_per_s, latency_s;
} gan_link;
int gan_dist_measure(gan_dist *d, gan_link *out);

typedef struct gan_dist_counts { /* of gan_dist_sum so far */
    uint64_t sums, bytes;
} gan_dist_counts;
gan_dist_counts gan_dist_get_counts(const gan_dist *d);

#ifdef __cplusplus
}
#endif
#endif
