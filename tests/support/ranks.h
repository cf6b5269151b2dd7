/* Ranks as threads of one process, with messages that arrive when they like.
 *     static void body(gan_dist *d, void *ctx) { ... ranks_expect(d, sum == 6, "the sum is %g", sum); }
 *     ranks_run(3, seed, body, ctx);
 * Criterion's own assertions work in the test's thread only, so bodies use ranks_expect; ranks_run fails the test.
 */
#ifndef TESTS_RANKS_H
#define TESTS_RANKS_H

#include <stdint.h>

#include "gan/dist.h"
#include "gan/error.h"

enum { RANKS_MOST = 8 };

/* Runs body in so many threads. Every message is late by a number of tests that depends on the seed. */
void ranks_run(int size, uint64_t seed, void (*body)(gan_dist *d, void *ctx), void *ctx);

/* Notes a failure of this rank unless `holds`; returns it. */
int ranks_expect(gan_dist *d, int holds, const char *format, ...) GAN_PRINTF(3, 4);

/* From now on every test of a message of this rank fails. */
void ranks_break(gan_dist *d);

#endif
