/* Weights as safetensors: ours, checkpoints, and state dicts of the reference that others saved so. */
#define _GNU_SOURCE
#include "export/imported.h"

#include <math.h>
#include <stdlib.h>

#include "data/photos.h"
#include "export/keys.h"
#include "gan/checkpoint.h"
#include "gan/export.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "gan/parallel.h"
#include "gan/recipes.h"
#include "gan/safetensors.h"
#include "support/damage.h"
#include "support/rig.h"

static char folder[PATH_BYTES], path[PATH_BYTES];

static void setup(void)
{
    make_folder(folder);
    join(path, folder, "a.safetensors");
    gan_parallel_use(1);
}

static void teardown(void)
{
    gan_mem_fail_at(0);
    remove_folder(folder);
}

TestSuite(weights, .init = setup, .fini = teardown);

static const char *const inis[] = {
    "[generator]\nmodel = unet\nlevels = 2\nfilters = 1\nnorm = batch\n",
    "[generator]\nmodel = unet\nlevels = 3\nfilters = 2\nnorm = instance\n",
    "[generator]\nmodel = unet\nlevels = 3\nfilters = 2\nnorm = none\n",
    "[generator]\nmodel = resnet\nblocks = 1\nfilters = 1\nnorm = batch\ndropout = 0.5\n",
};
enum { INIS = sizeof inis / sizeof *inis };

static int fill_zeros(void *ctx, void *out, size_t bytes)
{
    (void)ctx;
    memset(out, 0, bytes);
    return 0;
}

static void export_weights(const struct generator *g)
{
    gan_generator from = generator_of(g);
    gan_export_report r = { 0 };
    cr_assert_eq(gan_export(path, &from, &(gan_export_opt){ 0 }, &r), 0, "%s", gan_error_message());
}

static void expect_back(const char *ini)
{
    struct generator g = generator_new(ini), back;
    export_weights(&g);
    cr_assert_eq(import_file(path, NULL, &back), 0, "%s%s", ini, gan_error_message());
    expect_same_values(&g, back.graph, back.params);
    cr_expect_eq(gan_config_compare(&g.config, &back.config, NULL, NULL), 0, "%s", ini);
    generator_free(&back);
    generator_free(&g);
}

Test(weights, what_is_exported_comes_back_bit_for_bit)
{
    for (int i = 0; i < INIS; i++) expect_back(inis[i]);
    expect_back("[generator]\nlevels = 3\nfilters = 2\ndecoder = nearest\n");
    expect_back("[generator]\nmodel = fusion\nembedding = map\nfilters = 2\n");
}

Test(weights, of_every_generator)
{
    for (int i = 0; gan_model_all()[i]; i++) {
        char ini[128];
        const gan_model_def *m = gan_model_all()[i];
        snprintf(ini, sizeof ini, "[generator]\nmodel = %s\nlevels = 2\nblocks = 1\nfilters = 2\n", m->name);
        if (m->kind == GAN_GENERATOR) expect_back(ini);
    }
}

/* Only the file itself can say which generator begins like that. */
Test(weights, of_other_models_need_their_configuration)
{
    struct generator g = generator_new("[generator]\nmodel = alpha\nfilters = 8\n");
    const gan_param *first = gan_graph_param(g.graph, 0);
    gan_st_writer *w = gan_st_writer_new();
    int64_t dims[4];
    for (int d = 0; d < 4; d++) dims[d] = first->dims[d];
    export_weights(&g);
    expect_refused(path, &(gan_import_opt){ .model = "beta" }, "it holds a alpha, not a beta");
    cr_assert_eq(gan_st_tensor(w, first->name, GAN_F32, 4, dims, fill_zeros, NULL), 0);
    cr_assert_eq(gan_st_write(w, path), 0, "%s", gan_error_message());
    expect_refused(path, NULL, "none of its 1 tensors is the first of a generator that gan knows");
    cr_assert_eq(gan_st_text(w, "config", "[generator]\nmodel = alpha\nfilters = 8\n[data]\nsize = 16\n"), 0);
    cr_assert_eq(gan_st_write(w, path), 0, "%s", gan_error_message());
    expect_refused(path, NULL, "it has nothing for 'conv2.conv.weights' of a alpha");
    gan_st_writer_free(w);
    generator_free(&g);
}

Test(weights, an_imported_checkpoint_is_a_checkpoint)
{
    char checkpoint[PATH_BYTES];
    gan_config c;
    gan_run_state s;
    join(checkpoint, folder, "c.safetensors");
    for (int i = 0; i < INIS; i++) {
        struct generator g = generator_new(inis[i]);
        export_weights(&g);
        cr_assert_eq(gan_import_checkpoint(path, NULL, checkpoint), 0, "%s", gan_error_message());
        cr_assert_eq(gan_checkpoint_peek(checkpoint, &c, &s), 0, "%s", gan_error_message());
        cr_expect_eq(s.step, 0);
        expect_import(checkpoint, &g);
        generator_free(&g);
    }
}

static gan_recipe *new_run(const char *ini)
{
    gan_config c;
    static const char *const small[] = { "data.size=16", "discriminator.layers=1" };
    cr_assert_eq(gan_config_parse(&c, "test", ini, 2, small), 0, "%s", gan_error_message());
    gan_recipe *r = gan_recipe_new(gan_recipe_find(c.train.recipe), &c);
    cr_assert(r, "%s", gan_error_message());
    return r;
}

/* The generator of a run: its moving average, where there is one */
Test(weights, of_a_run_the_average_is_taken)
{
    struct generator back;
    gan_run_state s = { .best = -HUGE_VAL };
    gan_recipe *r = new_run("[generator]\nlevels = 2\nfilters = 2\n[train]\nema = 0.9\n");
    gan_params *w = r->net[0].params;
    size_t n = gan_graph_param(r->net[0].graph, 0)->count;
    float *average = rig_numbers(7, n), *got = rig_floats(n);
    cr_assert_eq(gan_params_set(w, 0, GAN_EMA, average), 0);
    cr_assert_eq(gan_checkpoint_save(path, r, &s), 0, "%s", gan_error_message());
    cr_assert_eq(import_file(path, NULL, &back), 0, "%s", gan_error_message());
    gan_params_get(back.params, 0, GAN_VALUES, got);
    cr_expect_eq(memcmp(got, average, n * sizeof *got), 0);
    generator_free(&back);
    gan_mem_free(average);
    gan_mem_free(got);
    gan_recipe_free(r);
}

/* Tensors of any names */

struct named { /* what a tensor is filled with */
    const struct generator *g;
    int param;
};

static int fill(void *ctx, void *out, size_t bytes)
{
    const struct named *n = ctx;
    (void)bytes;
    return gan_params_get(n->g->params, n->param, GAN_VALUES, out);
}

/* Writes the parameters of g under the reference's names behind a prefix, but the one called without, and the first once
 * more as prefix.more. */
static void put_named(const struct generator *g, const char *prefix, const char *without, const char *more)
{
    struct named *named = calloc((size_t)gan_graph_params(g->graph), sizeof *named);
    gan_st_writer *w = gan_st_writer_new();
    gan_keys keys = gan_keys_of(&g->config);
    for (int i = 0; i < gan_graph_params(g->graph); i++) {
        const gan_param *p = gan_graph_param(g->graph, i);
        char key[GAN_KEY_BYTES], name[2 * GAN_KEY_BYTES];
        int64_t dims[4];
        for (int d = 0; d < p->ndims; d++) dims[d] = p->dims[d];
        named[i] = (struct named){ g, i };
        snprintf(name, sizeof name, "%s%s", prefix, more);
        if (i == 0 && *more) cr_assert_eq(gan_st_tensor(w, name, GAN_F32, p->ndims, dims, fill, &named[i]), 0);
        cr_assert_eq(gan_key(&keys, p->name, key), 0, "%s", gan_error_message());
        snprintf(name, sizeof name, "%s%s", prefix, key);
        if (strcmp(p->name, without) != 0)
            cr_assert_eq(gan_st_tensor(w, name, GAN_F32, p->ndims, dims, fill, &named[i]), 0);
    }
    cr_assert_eq(gan_st_write(w, path), 0, "%s", gan_error_message());
    gan_st_writer_free(w);
    free(named);
}

static void put_reference(const struct generator *g, const char *prefix, const char *without)
{
    put_named(g, prefix, without, "");
}

/* Elsewhere in the file there may be anything. */
Test(weights, tensors_that_are_left_over_are_refused_within_the_network)
{
    struct generator g = generator_new(inis[1]);
    put_named(&g, "net.", "", "model.model.4.bias");
    expect_refused(path, NULL, "'net.model.model.4.bias' has no place in a unet of that size");
    put_named(&g, "net.", "", "model.model.4.num_batches_tracked");
    expect_import(path, &g);
    generator_free(&g);
}

Test(weights, state_dicts_of_the_reference_behind_any_prefix)
{
    static const char *const prefixes[] = { "", "module.", "state_dict.netG.module." };
    static const gan_import_opt none = { .norm = "none" };
    for (int i = 0; i < INIS; i++)
        for (size_t k = 0; k < sizeof prefixes / sizeof *prefixes; k++) {
            struct generator g = generator_new(inis[i]), back;
            put_reference(&g, prefixes[k], "");
            int told = g.config.generator.norm == GAN_NORM_NONE; /* biases look like instance norm's */
            cr_assert_eq(import_file(path, told ? &none : NULL, &back), 0, "%s", gan_error_message());
            expect_same_values(&g, back.graph, back.params);
            cr_expect_eq(back.config.generator.norm, g.config.generator.norm);
            generator_free(&back);
            generator_free(&g);
        }
}

Test(weights, what_is_missing_or_asked_for_in_vain_is_named)
{
    struct generator g = generator_new(inis[0]);
    put_reference(&g, "", "dec1.deconv.weights");
    expect_refused(path, NULL, "unet: levels 1 is not within 2 and 12");
    put_reference(&g, "", "dec1.norm.gamma");
    expect_refused(path, NULL, "it has nothing for 'dec1.norm.gamma' of a unet");
    put_reference(&g, "", "enc1.conv.weights");
    expect_refused(path, NULL, "too few convolutions");
    put_reference(&g, "", "");
    expect_refused(path, &(gan_import_opt){ .model = "resnet" }, "it holds a unet, not a resnet");
    expect_refused(path, &(gan_import_opt){ .norm = "instance" }, "its norm is 'batch', not 'instance'");
    expect_refused(path, &(gan_import_opt){ .norm = "layer" }, "norm 'layer' is none of batch, instance, none");
    expect_refused(path, &(gan_import_opt){ .size = 18 }, "");
    generator_free(&g);
    g = generator_new(inis[2]);
    export_weights(&g);
    expect_refused(path, &(gan_import_opt){ .norm = "batch" }, "its norm is 'instance', not 'batch'");
    generator_free(&g);
}

Test(weights, two_generators_in_one_file_are_refused)
{
    static const int64_t dims[] = { 1, 1, 4, 4 };
    gan_st_writer *w = gan_st_writer_new();
    struct generator g = generator_new(inis[0]);
    struct named n = { &g, 0 };
    cr_assert_eq(gan_st_tensor(w, "A.model.model.0.weight", GAN_F32, 4, dims, fill, &n), 0);
    cr_assert_eq(gan_st_tensor(w, "B.model.model.0.weight", GAN_F32, 4, dims, fill, &n), 0);
    cr_assert_eq(gan_st_write(w, path), 0, "%s", gan_error_message());
    gan_st_writer_free(w);
    expect_refused(path, NULL, "it holds two generators: 'A.' and 'B.'");
    generator_free(&g);
}

/* Damage */

Test(weights, every_shorter_file_is_refused)
{
    size_t n;
    struct generator g = generator_new(inis[0]);
    export_weights(&g);
    unsigned char *bytes = file_bytes(path, &n);
    damage_shorten(path, bytes, n, import_none, path);
    free(bytes);
    generator_free(&g);
}

/* Ours have checksums, in a header of JSON where blanks may become others. */
Test(weights, changed_bytes_are_refused_or_change_nothing)
{
    size_t n;
    struct generator g = generator_new(inis[0]);
    struct unchanged u = { path, &g, 0 };
    export_weights(&g);
    unsigned char *bytes = file_bytes(path, &n);
    damage_flip(path, bytes, n, import_unchanged, &u);
    cr_expect_lt(u.taken, n / 20, "%zu of %zu", u.taken, 3 * n);
    free(bytes);
    generator_free(&g);
}

Test(weights, files_without_checksums_survive_damage)
{
    size_t n;
    unsigned char *bytes = file_bytes(GAN_SOURCE_DIR "/tests/fuzz/corpus/weights/reference.safetensors", &n);
    damage_shorten(path, bytes, n, import_none, path);
    damage_flip(path, bytes, n, import_any, path);
    free(bytes);
}

/* Into a run */

Test(weights, a_run_begins_with_the_values_of_a_file)
{
    for (int i = 0; i < INIS; i++) {
        struct generator g = generator_new(inis[i]);
        gan_recipe *r = new_run(inis[i]);
        export_weights(&g);
        cr_assert_eq(gan_import_into(path, r), 0, "%s", gan_error_message());
        expect_same_values(&g, r->net[0].graph, r->net[0].params);
        gan_recipe_free(r);
        generator_free(&g);
    }
}

/* Which channels a network sees, a state dict cannot tell: the run does. */
Test(weights, a_run_with_other_channels_begins_with_a_file_of_its_kind)
{
    static const char rgb[] = "[data]\ninput = rgb\ncolour_space = rgb\n[generator]\nlevels = 2\nfilters = 1\n";
    struct generator g = generator_new(rgb);
    gan_recipe *r = new_run(rgb);
    put_reference(&g, "", "");
    cr_assert_eq(gan_import_into(path, r), 0, "%s", gan_error_message());
    expect_same_values(&g, r->net[0].graph, r->net[0].params);
    expect_refused(path, NULL, "'model.model.0.weight' is (1, 3, 4, 4), where the network's");
    gan_recipe_free(r);
    generator_free(&g);
}

Test(weights, a_run_of_another_network_says_what_differs)
{
    static const struct {
        const char *ini, *why;
    } rows[] = {
        { "[generator]\nmodel = unet\nlevels = 2\nfilters = 2\nnorm = batch\n",
          "gen: 'enc1.conv.weights' is (1, 1, 4, 4), where the network's 'enc1.conv.weights' is (2, 1, 4, 4)" },
        { "[generator]\nmodel = unet\nlevels = 3\nfilters = 1\nnorm = batch\n", "gen: " },
        { "[generator]\nmodel = unet\nlevels = 2\nfilters = 1\nnorm = instance\n",
          "its norm is 'batch', not 'instance'" },
        { "[generator]\nmodel = resnet\nblocks = 1\nfilters = 1\nnorm = batch\n", "it holds a unet, not a resnet" },
    };
    struct generator g = generator_new(inis[0]);
    export_weights(&g);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gan_recipe *r = new_run(rows[i].ini);
        cr_expect_eq(gan_import_into(path, r), -1, "%s", rows[i].ini);
        cr_expect(strstr(gan_error_message(), rows[i].why), "'%s' for '%s'", gan_error_message(), rows[i].why);
        cr_expect(strstr(gan_error_message(), "cannot begin from '"), "%s", gan_error_message());
        gan_recipe_free(r);
    }
    generator_free(&g);
}

/* A run's checkpoint, with every value of its networks at x. */
static void save_run(const char *ini, float x)
{
    gan_recipe *r = new_run(ini);
    gan_run_state s = { .best = -HUGE_VAL };
    for (int net = 0; net < r->nets; net++)
        for (int i = 0; i < gan_graph_params(r->net[net].graph); i++) {
            size_t n = gan_graph_param(r->net[net].graph, i)->count;
            float *values = rig_floats(n);
            for (size_t k = 0; k < n; k++) values[k] = x;
            cr_assert_eq(gan_params_set(r->net[net].params, i, GAN_VALUES, values), 0);
            gan_mem_free(values);
        }
    cr_assert_eq(gan_checkpoint_save(path, r, &s), 0, "%s", gan_error_message());
    gan_recipe_free(r);
}

Test(weights, checkpoints_bring_their_discriminator)
{
    gan_recipe *r = new_run(inis[0]);
    float first[64];
    cr_assert_geq(r->nets, 2);
    cr_assert_leq(gan_graph_param(r->net[1].graph, 1)->count, 64);
    save_run(inis[0], 0.25F);
    cr_assert_eq(gan_import_into(path, r), 0, "%s", gan_error_message());
    gan_params_get(r->net[1].params, 1, GAN_VALUES, first);
    cr_expect_float_eq(first[0], 0.25F, 0);
    gan_recipe_free(r);
}

Test(weights, a_discriminator_of_another_shape_is_named)
{
    static const char wide[] = "[generator]\nmodel = unet\nlevels = 2\nfilters = 1\n[discriminator]\nfilters = 32\n";
    gan_recipe *r = new_run(inis[0]);
    save_run(wide, 0.25F);
    cr_expect_eq(gan_import_into(path, r), -1);
    cr_expect(strstr(gan_error_message(), "dis: 'dis/"), "%s", gan_error_message());
    gan_recipe_free(r);
}
