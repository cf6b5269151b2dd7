/* What the targets of imported files share: what is taken is a network whose parameters are finite. */
#ifndef GAN_TESTS_FUZZ_IMPORT_H
#define GAN_TESTS_FUZZ_IMPORT_H

#include <string.h>

#include "fuzz/file.h"
#include "gan/error.h"
#include "gan/import.h"

static inline void fuzz_import(const char *path)
{
    gan_config c;
    gan_graph *g;
    gan_params *w;
    if (gan_import(path, NULL, &c, &g, &w)) {
        GAN_ASSERT(!g && !w && strstr(gan_error_message(), path));
        return;
    }
    GAN_ASSERT(gan_params_finite(w) && gan_graph_outputs(g) == 1);
    gan_params_free(w);
    gan_graph_free(g);
}

#endif
