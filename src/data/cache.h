/* Decoded pictures by number: those within the budget stay, the others until they are trimmed.
 * First come, first kept: in a random order every picture is equally far from its next use, so evicting one for another
 * would gain nothing. */
#ifndef DATA_CACHE_H
#define DATA_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "data/picture.h"

struct gan_cache {
    struct gan_picture *picture; /* count, empty where there is none; owned */
    size_t count, bytes, budget;
    uint32_t *passing; /* numbers of the pictures beyond the budget; owned */
    size_t npassing, room;
};

/* room: how many pictures beyond the budget may be held at once. */
int gan_cache_init(struct gan_cache *c, size_t count, size_t budget, size_t room);
void gan_cache_release(struct gan_cache *c);

/* NULL: not here; borrowed until the next trim. */
const struct gan_picture *gan_cache_find(const struct gan_cache *c, uint32_t i);

/* Takes a picture that is not here yet. Cannot fail. */
void gan_cache_put(struct gan_cache *c, uint32_t i, struct gan_picture *taken);

/* Drops the pictures beyond the budget that are not among the n wanted ones. */
void gan_cache_trim(struct gan_cache *c, const uint32_t *wanted, size_t n);

#endif
