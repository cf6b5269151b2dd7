#include "gan/pool.h"

#include <string.h>

#include "gan/mem.h"
#include "gan/rng.h"

gan_pool *gan_pool_new(size_t capacity, size_t nx, size_t ny)
{
    gan_pool *p = gan_mem_alloc(1, sizeof *p);
    if (!p) return NULL;
    *p = (gan_pool){ .capacity = capacity, .nx = nx, .ny = ny };
    p->x = gan_mem_alloc(capacity * nx, sizeof *p->x);
    p->y = gan_mem_alloc(capacity * ny, sizeof *p->y);
    if (p->x && p->y) return p;
    gan_pool_free(p);
    return NULL;
}

void gan_pool_free(gan_pool *p)
{
    if (!p) return;
    gan_mem_free(p->x);
    gan_mem_free(p->y);
    gan_mem_free(p);
}

static void swap(float *a, float *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}

void gan_pool_exchange(gan_pool *p, uint64_t seed, uint64_t step, size_t first, size_t n, float *x, float *y)
{
    gan_rng r = gan_rng_at(seed, GAN_STREAM_POOL, step);
    for (size_t i = 0; i < n; i++, x += p->nx, y += p->ny) {
        if (p->count < p->capacity) {
            memcpy(p->x + p->count * p->nx, x, p->nx * sizeof *x);
            memcpy(p->y + p->count * p->ny, y, p->ny * sizeof *y);
            p->count++;
        } else if (gan_rng_uniform(r, 2 * (first + i)) < 0.5) {
            size_t old = gan_rng_below(r, 2 * (first + i) + 1, p->count);
            swap(p->x + old * p->nx, x, p->nx);
            swap(p->y + old * p->ny, y, p->ny);
        }
    }
}
