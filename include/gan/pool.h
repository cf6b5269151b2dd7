/* A history of generated pictures for the discriminator (Shrivastava et al. 2017): while it fills, keep and return the
 * new one; then with probability 1/2 return a random old one and put the new one in its place. Entries are
 * (condition, fake) pairs.
 */
#ifndef GAN_POOL_H
#define GAN_POOL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_pool {
    size_t capacity, count, nx, ny; /* nx, ny: floats of a condition and of a picture */
    float *x, *y;                   /* capacity entries each; owned */
} gan_pool;

gan_pool *gan_pool_new(size_t capacity, size_t nx, size_t ny);
void gan_pool_free(gan_pool *p);

/* Exchanges n pairs in place; what happens depends on (seed, step), `first` and the pool alone. first: the number of the
 * first pair in the whole batch, if its other parts are elsewhere. */
void gan_pool_exchange(gan_pool *p, uint64_t seed, uint64_t step, size_t first, size_t n, float *x, float *y);

#ifdef __cplusplus
}
#endif
#endif
