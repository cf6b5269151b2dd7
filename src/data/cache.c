#include "data/cache.h"

#include "gan/error.h"
#include "gan/mem.h"

enum { OVERHEAD = 32 }; /* bytes the allocator spends on a block, about */

int gan_cache_init(struct gan_cache *c, size_t count, size_t budget, size_t room)
{
    *c = (struct gan_cache){ .count = count, .budget = budget, .room = room };
    c->picture = gan_mem_alloc(count, sizeof *c->picture);
    c->passing = gan_mem_alloc(room, sizeof *c->passing);
    return c->picture && c->passing ? 0 : -1;
}

void gan_cache_release(struct gan_cache *c)
{
    for (size_t i = 0; c->picture && i < c->count; i++) gan_image_release(&c->picture[i]);
    gan_mem_free(c->picture);
    gan_mem_free(c->passing);
    *c = (struct gan_cache){ 0 };
}

const gan_image *gan_cache_find(const struct gan_cache *c, uint32_t i)
{
    return c->picture[i].rgb ? &c->picture[i] : NULL;
}

void gan_cache_put(struct gan_cache *c, uint32_t i, gan_image *taken)
{
    size_t bytes = 3 * (size_t)taken->w * (size_t)taken->h + OVERHEAD;
    GAN_ASSERT(!c->picture[i].rgb);
    c->picture[i] = *taken;
    *taken = (gan_image){ 0 };
    if (bytes <= c->budget - c->bytes) {
        c->bytes += bytes;
        return;
    }
    GAN_ASSERT(c->npassing < c->room);
    c->passing[c->npassing++] = i;
}

static int is_wanted(uint32_t i, const uint32_t *wanted, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (wanted[k] == i) return 1;
    return 0;
}

void gan_cache_trim(struct gan_cache *c, const uint32_t *wanted, size_t n)
{
    size_t left = 0;
    for (size_t k = 0; k < c->npassing; k++) {
        uint32_t i = c->passing[k];
        if (is_wanted(i, wanted, n))
            c->passing[left++] = i;
        else
            gan_image_release(&c->picture[i]);
    }
    c->npassing = left;
}
