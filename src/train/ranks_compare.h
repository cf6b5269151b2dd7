/* Whether all ranks have the same: digests are compared with rank 0's.
 *     const gan_aspect aspects[] = { { "its seed", gan_digest(GAN_DIGEST_BEGIN, &seed, sizeof seed) } };
 *     if (gan_ranks_compare(d, aspects, 1)) return -1;    "rank 2: its seed is not rank 0's"
 */
#ifndef GAN_TRAIN_RANKS_COMPARE_H
#define GAN_TRAIN_RANKS_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "gan/dist.h"

/* With the zero byte at its end. */
uint64_t gan_digest_text(uint64_t h, const char *text);

/* Of a file's bytes, and of nothing where path is empty. -1 if it cannot be read. */
int gan_digest_file(const char *path, uint64_t *out);

typedef struct gan_aspect { /* of what a rank has */
    const char *name;
    uint64_t digest;
} gan_aspect;

/* Called by all ranks; fails in all, and names the first aspect of a rank that is not rank 0's. */
int gan_ranks_compare(gan_dist *d, const gan_aspect *mine, int n);

#endif
