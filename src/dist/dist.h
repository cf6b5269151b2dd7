/* What the files of this folder share: messages, and how to wait for them. */
#ifndef GAN_DIST_DIST_H
#define GAN_DIST_DIST_H

#include "gan/dist.h"

/* Tags of messages; the pieces of an all-reduce count on from GAN_TAG_RING. MPI promises tags up to 32767. */
enum { GAN_TAG_TREE, GAN_TAG_GATHER, GAN_TAG_MEASURE, GAN_TAG_RING, GAN_TAG_MOST = 32767 };

enum { GAN_DIST_PART = 1 << 24 }; /* bytes of a message at most: MPI counts them in an int */

struct gan_dist {
    gan_transport t;
    int agreed;
    double *room; /* for sums that come in; owned */
    size_t room_count;
    gan_dist_counts counts;
};

int gan_dist_wait(gan_dist *d, int message); /* -1 passes a failed begin on */
int gan_dist_send(gan_dist *d, int to, int tag, const void *data, size_t bytes);
int gan_dist_receive(gan_dist *d, int from, int tag, void *data, size_t bytes);

/* Lets others have the core: yields at first, later sleeps. tries: how often in vain so far. */
void gan_dist_pause(int tries);

#endif
