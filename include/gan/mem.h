/* Memory: every allocation of the library passes here, is counted, and can be made to fail.
 *     float *row = gan_mem_alloc(n, sizeof *row);
 *     if (!row) return -1;                          (the message is there already)
 * Blocks are zeroed. Products are checked. gan_mem_free takes NULL.
 */
#ifndef GAN_MEM_H
#define GAN_MEM_H

#include <stddef.h>
#include <stdint.h>

#include "gan/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* count * size bytes, zeroed; owned, free with gan_mem_free. NULL and a message if there are not that many. */
void *gan_mem_alloc(size_t count, size_t size);

/* Resizes a block of gan_mem_alloc; new bytes are not zeroed; on failure the old block stays as it is. */
void *gan_mem_resize(void *old, size_t count, size_t size);

/* Large zeroed block on a 2 MiB boundary (64 bytes when small), for tensors; owned, free with gan_mem_free. */
void *gan_mem_alloc_large(size_t bytes);

/* A copy of a text, or a formatted one; owned, free with gan_mem_free. */
char *gan_mem_text(const char *text);
char *gan_mem_printf(const char *format, ...) GAN_PRINTF(1, 2);

void gan_mem_free(void *block);

/* Number of allocations made so far, by all threads. */
uint64_t gan_mem_count(void);

/* Number of allocations refused to this thread so far: tells a lack of memory from bad input after a failure. */
uint64_t gan_mem_failures(void);

/* For tests: the nth allocation from now on (1 is the next) and all later ones fail; 0 switches it off. */
void gan_mem_fail_at(uint64_t nth);

#ifdef __cplusplus
}
#endif
#endif
