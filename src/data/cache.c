#include "data/cache.h"

#include "gan/error.h"
#include "gan/mem.h"

int gan_cache_init(struct gan_cache *c, size_t count, size_t budget, size_t room)
{
    *c = (struct gan_cache){ .count = count, .budget = budget, .room = room };
    c->picture = gan_mem_alloc(count, sizeof *c->picture);
    c->passing = gan_mem_alloc(room, sizeof *c->passing);
    return c->picture && c->passing ? 0 : -1;
}

void gan_cache_release(struct gan_cache *c)
{
    for (size_t i = 0; c->picture && i < c->count; i++) gan_picture_release(&c->picture[i]);
    gan_mem_free(c->picture);
    gan_mem_free(c->passing);
    *c = (struct gan_cache){ 0 };
}

const struct gan_picture *gan_cache_find(const struct gan_cache *c, uint32_t i)
{
    return c->picture[i].target.rgb ? &c->picture[i] : NULL;
}

void gan_cache_put(struct gan_cache *c, uint32_t i, struct gan_picture *taken)
{
    size_t bytes = gan_picture_bytes(taken);
    GAN_ASSERT(!c->picture[i].target.rgb);
    c->picture[i] = *taken;
    *taken = (struct gan_picture){ 0 };
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
            gan_picture_release(&c->picture[i]);
    }
    c->npassing = left;
}
