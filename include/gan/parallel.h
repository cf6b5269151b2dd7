/* Loops over all threads whose results do not depend on how many there are.
 *     double total = gan_parallel_sum(n, block, &args);      blocks are fixed and added in order
 */
#ifndef GAN_PARALLEL_H
#define GAN_PARALLEL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GAN_SUM_BLOCK = 16384 };

/* Sum over 0 .. n-1 of block(ctx, begin, end), in blocks of GAN_SUM_BLOCK added in order. Allocates nothing. */
double gan_parallel_sum(size_t n, double (*block)(void *ctx, size_t begin, size_t end), void *ctx);

/* body(ctx, i) for every i of 0 .. n-1, on all threads, dealt out one by one. body must not fail. */
void gan_parallel_each(size_t n, void (*body)(void *ctx, size_t i), void *ctx);

/* body(ctx, begin, end) over pieces of 0 .. n-1 that are multiples of grain (> 0); for loops that write only. */
void gan_parallel_range(size_t n, size_t grain, void (*body)(void *ctx, size_t begin, size_t end), void *ctx);

enum { GAN_MOST_THREADS = 1024 };

int gan_parallel_threads(void); /* how many threads such loops use */

/* From now on the calling thread's loops, and oneDNN's, use so many. 0: as OMP_NUM_THREADS says, or else as many as there
 * are CPUs that the process may run on, as far as its cgroup's quota goes. */
void gan_parallel_use(int threads);

#ifdef __cplusplus
}
#endif
#endif
