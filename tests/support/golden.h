/* Golden values: the files that tests/golden/make.py wrote; its head says what they hold and under which names.
 *     gan_st_file *f = golden_open("networks.safetensors");
 *     float *weights = golden_floats(f, n, "unet/%s", parameter);
 *     if (!(golden_distance(f, gradient, n, "grad/unet/%s", parameter) < 1e-4)) fail(gan_error_message());
 *     gan_mem_free(weights);
 *     gan_st_close(f);
 */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include <stddef.h>

#include "gan/error.h"
#include "gan/safetensors.h"

/* Opens a file of tests/golden; owned, gan_st_close. NULL and a message as gan_st_open. */
gan_st_file *golden_open(const char *file);

/* The n elements of the tensor of that name; owned, gan_mem_free.
 * NULL and a message: no such tensor, another number of elements, not F32, unreadable, out of memory. */
float *golden_floats(gan_st_file *f, size_t n, const char *name, ...) GAN_PRINTF(3, 4);
double *golden_doubles(gan_st_file *f, size_t n, const char *name, ...) GAN_PRINTF(3, 4);

/* Relative L2 distance of got from the tensor of that name: |got - golden| / |golden|. NaN, which no comparison takes
 * for small, and a message where golden_floats fails; also NaN if got holds one. */
double golden_distance(gan_st_file *f, const float *got, size_t n, const char *name, ...) GAN_PRINTF(4, 5);

#endif
