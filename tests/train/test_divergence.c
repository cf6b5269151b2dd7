/* A run whose losses are not finite stops with a sentence and leaves the last good checkpoint. */
#define _DEFAULT_SOURCE
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gan/mem.h"
#include "gan/recipes.h"
#include "gan/train.h"
#include "support/damage.h"

static const char TINY[] = "[data]\ntrain = scenes\nsize = 16\n[generator]\nfilters = 8\nlevels = 3\n"
                           "[discriminator]\nfilters = 8\nlayers = 2\n[train]\nbatch = 2\nepochs = 2\n"
                           "[checkpoint]\nsamples = 0\n";

struct fixture {
    char folder[64], latest[128];
    gan_config config;
    gan_recipe *recipe;
};

static void begin(struct fixture *f)
{
    snprintf(f->folder, sizeof f->folder, "/tmp/gan-divergence-XXXXXX");
    cr_assert_not_null(mkdtemp(f->folder));
    snprintf(f->latest, sizeof f->latest, "%s/latest.safetensors", f->folder);
    cr_assert_eq(gan_config_parse(&f->config, "tiny", TINY, 0, NULL), 0, "%s", gan_error_message());
    f->recipe = gan_recipe_new(gan_recipe_find("pix2pix"), &f->config);
    cr_assert_not_null(f->recipe, "%s", gan_error_message());
}

static void fill_weights(gan_params *w, float value)
{
    const gan_graph *g = gan_params_graph(w);
    for (int i = 0; i < gan_graph_params(g); i++) {
        size_t n = gan_graph_param(g, i)->count;
        float *v = gan_mem_alloc(n, sizeof *v);
        for (size_t k = 0; k < n; k++) v[k] = value;
        cr_assert_eq(gan_params_set(w, i, GAN_VALUES, v), 0);
        gan_mem_free(v);
    }
}

Test(divergence, huge_weights_stop_the_run_and_leave_the_checkpoint)
{
    struct fixture f;
    gan_run_state s = { .best = -HUGE_VAL };
    size_t n, m;
    begin(&f);
    fill_weights(f.recipe->net[1].params, 3e38f); /* finite, and too large for any sum */
    cr_assert_eq(gan_checkpoint_save(f.latest, f.recipe, &s), 0, "%s", gan_error_message());
    unsigned char *before = file_bytes(f.latest, &n);
    gan_dataset *d = gan_dataset_synthetic(8, 24, 1);
    gan_train_opt o = { .config = &f.config, .recipe = f.recipe->def, .folder = f.folder, .resume = 1, .data = d };
    o.measure = 0;
    gan_dataset *val = gan_dataset_synthetic(2, 24, 2);
    o.val = val;
    cr_assert_eq(gan_train(&o), GAN_TRAIN_FAILED);
    cr_assert(strstr(gan_error_message(), "training has diverged"), "%s", gan_error_message());
    unsigned char *after = file_bytes(f.latest, &m);
    cr_assert_eq(m, n);
    cr_assert_eq(memcmp(before, after, n), 0, "the checkpoint was touched");
    free(before);
    free(after);
    gan_dataset_free(d);
    gan_dataset_free(val);
    gan_recipe_free(f.recipe);
}

Test(divergence, weights_that_are_not_finite_are_not_saved)
{
    struct fixture f;
    gan_run_state s = { .best = -HUGE_VAL };
    begin(&f);
    fill_weights(f.recipe->net[0].params, NAN);
    cr_assert_eq(gan_checkpoint_save(f.latest, f.recipe, &s), -1);
    cr_assert(strstr(gan_error_message(), "not finite"), "%s", gan_error_message());
    FILE *in = fopen(f.latest, "rb");
    cr_assert_null(in, "a file was written");
    gan_recipe_free(f.recipe);
}
