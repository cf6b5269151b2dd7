/* Small generators of random weights for the tests of colouring. */
#ifndef TESTS_COLORIZE_MODELS_H
#define TESTS_COLORIZE_MODELS_H

#include <math.h>

#include "data/photos.h"
#include "gan/checkpoint.h"
#include "gan/colorize.h"
#include "gan/error.h"
#include "gan/export.h"
#include "gan/recipes.h"

/* Saves the generator of a configuration, untrained, as a checkpoint. */
static inline void save_model(const char *path, const char *config)
{
    gan_config c;
    gan_run_state s = { .best = -HUGE_VAL };
    cr_assert_eq(gan_config_parse(&c, "test", config, 0, NULL), 0, "%s", gan_error_message());
    gan_recipe *r = gan_recipe_new(gan_recipe_find(c.train.recipe), &c);
    cr_assert(r, "%s", gan_error_message());
    cr_assert_eq(gan_checkpoint_save_generator(path, r, &s), 0, "%s", gan_error_message());
    gan_recipe_free(r);
}

/* The same opened; the checkpoint stays in folder as model.safetensors. Owned, gan_colorizer_free. */
static inline gan_colorizer *open_model(const char *folder, const char *config)
{
    char path[PATH_BYTES];
    join(path, folder, "model.safetensors");
    save_model(path, config);
    gan_colorizer *c = gan_colorizer_open(path);
    cr_assert(c, "%s", gan_error_message());
    return c;
}

/* Exports the generator of a checkpoint. */
static inline void export_model(const char *path, const char *checkpoint, const gan_export_opt *o)
{
    gan_config c;
    gan_graph *g;
    gan_params *w;
    gan_export_report r;
    cr_assert_eq(gan_checkpoint_generator(checkpoint, &c, &g, &w), 0, "%s", gan_error_message());
    cr_assert_eq(gan_export(path, &(gan_generator){ &c, g, w }, o, &r), 0, "%s", gan_error_message());
    gan_params_free(w);
    gan_graph_free(g);
}

#endif
