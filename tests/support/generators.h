/* Small generators with values, for tests of files that hold one.
 *     struct generator g = generator_new("[generator]\nmodel = unet\nlevels = 2\nfilters = 2\nnorm = batch\n");
 *     gan_generator from = generator_of(&g);
 *     ...
 *     expect_same_values(&g, graph, params);
 *     generator_free(&g);
 * What cannot be made fails the test.
 */
#ifndef TESTS_GENERATORS_H
#define TESTS_GENERATORS_H

#include "gan/export.h"

struct generator { /* owned */
    gan_config config;
    gan_graph *graph;
    gan_params *params;
};

/* ini: sections and keys beside the defaults; pictures of 16 x 16. Values are of both signs, variances positive. */
struct generator generator_new(const char *ini);
void generator_free(struct generator *g);
gan_generator generator_of(const struct generator *g);

/* Expects parameters of the same names, shapes and bits. Parameters of the second that the first has not are zeros. */
void expect_same_values(const struct generator *g, const gan_graph *graph, gan_params *params);

/* What the generator makes of a picture of w x h whose luminance is noise: its ab, owned, gan_mem_free. */
float *generator_run(const gan_graph *graph, gan_params *params, int h, int w);

#endif
