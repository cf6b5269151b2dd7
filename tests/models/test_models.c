/* Models: parameter counts, shapes, options that make no network, and no reference kernel in any plan of training. */
#include <criterion/criterion.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "gan/layers.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "gan/plan.h"
#include "support/counts.h"

static gan_graph *build(const char *model, const gan_model_opt *o)
{
    const gan_model_def *m = gan_model_find(GAN_GENERATOR, model);
    if (!m) m = gan_model_find(GAN_DISCRIMINATOR, model);
    cr_assert(m, "%s", gan_error_message());
    return gan_model_build(m, model, o);
}

Test(models, have_the_published_numbers_of_parameters)
{
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const struct count *c = &counts[i];
        gan_model_opt o = { .in = c->channels_in,
                            .out = c->channels_out,
                            .condition = 1,
                            .filters = c->filters,
                            .levels = c->depth,
                            .blocks = c->depth,
                            .layers = c->depth,
                            .size = 256 };
        gan_graph *g = build(c->model, &o);
        cr_assert(g, "%s", gan_error_message());
        cr_expect(gan_graph_param_count(g) == c->parameters, "%s %d, %d: %zu parameters", c->model, c->filters,
                  c->depth, gan_graph_param_count(g));
        gan_graph_free(g);
    }
}

/* Of the article; full: beside the classifier's, of which 512 * 1000 weights and so on are frozen. */
Test(models, autoencoders_have_the_numbers_of_parameters_of_the_article)
{
    static const struct {
        const char *model;
        size_t trainable, frozen;
    } rows[] = {
        { "alpha", 32202, 0 }, { "beta", 3892194, 0 }, { "full", 6541202, 1248424 }, { "fusion", 6573794, 1248424 }
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gan_graph *g = build(rows[i].model, &(gan_model_opt){ .in = 1, .out = 2, .filters = 64, .size = 256 });
        size_t frozen = 0;
        cr_assert(g, "%s", gan_error_message());
        for (int k = 0; k < gan_graph_params(g); k++) {
            const gan_param *p = gan_graph_param(g, k);
            if (p->kind == GAN_FROZEN && p->init != GAN_INIT_GIVEN) frozen += p->count;
        }
        cr_expect(gan_graph_param_count(g) == rows[i].trainable, "%s: %zu", rows[i].model, gan_graph_param_count(g));
        cr_expect(frozen == rows[i].frozen, "%s: %zu frozen", rows[i].model, frozen);
        gan_graph_free(g);
    }
}

static gan_shape output_of(const char *model, const gan_model_opt *o)
{
    gan_graph *g = build(model, o);
    cr_assert(g, "%s", gan_error_message());
    gan_shape s = gan_graph_node(g, gan_graph_output_at(g, 0))->dst;
    gan_graph_free(g);
    return s;
}

Test(models, zhang_has_the_parameters_of_the_paper)
{
    enum { BINS = 313 };
    float centre[BINS][2];
    for (int i = 0; i < BINS; i++) memcpy(centre[i], (float[]){ (float)(i % 20), (float)(i / 20) }, sizeof centre[i]);
    gan_bins *bins = gan_bins_of(BINS, centre[0]);
    gan_graph *g = build("zhang", &(gan_model_opt){ .in = 1, .out = 2, .filters = 64, .size = 256, .bins = bins });
    gan_bins_free(bins);
    cr_assert(g, "%s", gan_error_message());
    cr_expect(gan_graph_param_count(g) == 32235385, "%zu", gan_graph_param_count(g));
    gan_graph_free(g);
}

Test(models, have_the_shapes_of_the_papers)
{
    gan_model_opt o = { .in = 3, .out = 2, .condition = 1, .filters = 4, .levels = 8, .blocks = 2, .size = 256 };
    gan_shape s = output_of("unet", &o);
    cr_expect(s.c == 2 && s.h == 256 && s.w == 256);
    s = output_of("resnet", &o);
    cr_expect(s.c == 2 && s.h == 256 && s.w == 256);
    s = output_of("zhang", &(gan_model_opt){ .in = 1, .out = 2, .filters = 4, .size = 64 });
    cr_expect(s.c == 2 && s.h == 64 && s.w == 64);
    s = output_of("pixelgan", &o);
    cr_expect(s.c == 1 && s.h == 256 && s.w == 256);
    static const int side[] = { 126, 62, 30, 14, 6 }; /* patches at 256 for 1 to 5 layers */
    for (o.layers = 1; o.layers <= 5; o.layers++) {
        s = output_of("patchgan", &o);
        cr_expect(s.c == 1 && s.h == side[o.layers - 1] && s.w == s.h, "%d layers: %d", o.layers, s.h);
    }
}

Test(models, are_found_by_kind_and_name)
{
    cr_expect(gan_model_find(GAN_GENERATOR, "resnet"));
    cr_expect(!gan_model_find(GAN_GENERATOR, "patchgan"));
    cr_expect(strstr(gan_error_message(), "unet, resnet, alpha, beta, full, fusion, zhang"), "%s", gan_error_message());
    cr_expect(!gan_model_find(GAN_DISCRIMINATOR, "unet"));
    cr_expect(strstr(gan_error_message(), "patchgan, pixelgan"), "%s", gan_error_message());
    for (int i = 0; gan_model_all()[i]; i++) {
        const gan_model_def *m = gan_model_all()[i];
        cr_expect(gan_model_find(m->kind, m->name) == m && m->help[0]);
    }
}

Test(models, refuse_sizes_and_say_which_keys_decide)
{
    static const struct {
        const char *model;
        int levels, size; /* levels: layers of a patchgan, too */
        const char *message;
    } rows[] = {
        { "unet", 6, 96, "size 96 is not a multiple of 64: change data.size or generator.levels" },
        { "unet", 8, 128, "size 128 is not a multiple of 256" },
        { "unet", 3, 4, "size 4 is not a multiple of 8" },
        { "resnet", 0, 66, "size 66 is not a multiple of 4: change data.size" },
        { "patchgan", 6, 32, "size 32 is below 192: change data.size or discriminator.layers" },
        { "patchgan", 3, 23, "size 23 is below 24" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gan_model_opt o = {
            .in = 3, .out = 2, .filters = 4, .levels = rows[i].levels, .blocks = 1, .size = rows[i].size
        };
        o.layers = o.levels;
        cr_expect(!build(rows[i].model, &o));
        cr_expect(strstr(gan_error_message(), rows[i].message), "%s", gan_error_message());
    }
}

/* Every option in turn takes values that nobody sane would give: an error with a message, or a graph. */
Test(models, survive_hostile_options)
{
    static const int values[] = { INT_MIN, -100, -1, 0, 1, 2, 3, 17, 31, 32, 33, 100, 4096, 65536, 1 << 30, INT_MAX };
    for (int i = 0; gan_model_all()[i]; i++)
        for (size_t field = 0; field < 11; field++)
            for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
                const gan_model_def *m = gan_model_all()[i];
                gan_model_opt o = {
                    .in = 3, .out = 2, .condition = 1, .filters = 8, .levels = 3, .blocks = 2, .layers = 3, .size = 64
                };
                int *at[] = { &o.in,     &o.out,  &o.condition, &o.filters, &o.levels,   &o.blocks,
                              &o.layers, &o.norm, &o.size,      &o.decoder, &o.embedding };
                *at[field] = values[k];
                gan_error("no message");
                gan_graph *g = gan_model_build(m, "hostile", &o);
                cr_expect(g || strcmp(gan_error_message(), "no message"), "%s: option %zu, value %d", m->name, field,
                          values[k]);
                cr_expect(!g || gan_graph_outputs(g) == (m->classifies ? 2 : 1));
                gan_graph_free(g);
            }
}

Test(models, refuse_a_dropout_that_keeps_nothing)
{
    gan_model_opt o = { .in = 1, .out = 2, .filters = 4, .levels = 6, .dropout = 1, .size = 64 };
    cr_expect(!build("unet", &o));
    cr_expect(strstr(gan_error_message(), "a dropout of 1 "), "%s", gan_error_message());
}

/* In the levels - 5 decoder blocks that follow the innermost one, behind the norm. */
Test(models, drop_where_the_paper_does)
{
    for (int levels = 4; levels <= 8; levels++) {
        gan_model_opt o = { .in = 1, .out = 2, .filters = 4, .levels = levels, .dropout = 0.5f, .size = 256 };
        gan_graph *g = build("unet", &o);
        cr_assert(g, "%s", gan_error_message());
        int found = 0;
        for (gan_id i = 0; i < gan_graph_nodes(g); i++) {
            const gan_node *nd = gan_graph_node(g, i);
            char name[8];
            if (!nd->def || strcmp(gan_layer_name(nd->def), "dropout")) continue;
            snprintf(name, sizeof name, "dec%d", 2 + found++);
            cr_expect(!strcmp(nd->name, name), "%s is not %s", nd->name, name);
            cr_expect(!strcmp(gan_layer_name(gan_graph_node(g, nd->src[0])->def), "norm"));
        }
        cr_expect(found == (levels < 5 ? 0 : levels - 5), "%d of %d levels", found, levels);
        gan_graph_free(g);
    }
}

static int params_named(const gan_graph *g, const char *name)
{
    int n = 0;
    for (gan_id i = 0; i < gan_graph_nodes(g); i++) {
        const gan_node *nd = gan_graph_node(g, i);
        for (int k = 0; k < nd->nparam; k++) n += strstr(gan_graph_param(g, nd->param[k])->name, name) != NULL;
    }
    return n;
}

/* A convolution in front of a batch norm has no bias, in front of another norm, or none, it has. */
Test(models, have_a_bias_where_no_norm_has_one)
{
    gan_model_opt o = { .in = 1, .out = 2, .filters = 4, .levels = 4, .blocks = 2, .size = 32 };
    for (o.norm = GAN_NORM_BATCH; o.norm <= GAN_NORM_NONE; o.norm++) {
        gan_graph *g = build("unet", &o);
        cr_assert(g, "%s", gan_error_message());
        cr_expect(params_named(g, ".bias") == (o.norm == GAN_NORM_BATCH ? 1 : 8), "norm %d", o.norm);
        cr_expect(params_named(g, ".gamma") == (o.norm == GAN_NORM_BATCH ? 5 : 0), "norm %d", o.norm);
        gan_graph_free(g);
    }
}

/* What trains a network, by the plans of training. */
struct network {
    const char *model;
    int size, batch, filters, depth, norm;
};

static void expect_no_reference(const gan_graph *g, gan_params *w, const struct network *n, gan_plan_opt o)
{
    gan_plan *p = gan_plan_new(g, w, &o);
    cr_assert(p, "%s", gan_error_message());
    for (int i = 0; i < gan_plan_ops(p); i++) {
        gan_plan_op op = gan_plan_op_at(p, i);
        cr_expect(strncmp(op.kernel, "ref", 3) && !strstr(op.kernel, "+ref"), "%s %d/%d/%d/%d: %s %s (%s)", n->model,
                  n->size, o.batch, n->filters, n->depth, op.label, op.kernel, op.layouts);
    }
    gan_plan_free(p);
}

static void walk_plans(const struct network *n)
{
    const unsigned train = GAN_GRAD_PARAMS | GAN_BATCH_STATS | GAN_UPDATE_STATS | GAN_DROPOUT;
    int generator = gan_model_find(GAN_GENERATOR, n->model) != NULL;
    gan_model_opt o = { .in = generator ? 1 : 3,
                        .out = generator ? 2 : 1,
                        .condition = 1,
                        .filters = n->filters,
                        .levels = n->depth,
                        .blocks = n->depth,
                        .layers = n->depth,
                        .norm = n->norm,
                        .dropout = 0.5f,
                        .size = n->size };
    gan_graph *g = build(n->model, &o);
    gan_params *w = g ? gan_params_new(g, 0) : NULL;
    cr_assert(w, "%s", gan_error_message());
    if (generator) {
        expect_no_reference(g, w, n, (gan_plan_opt){ .batch = n->batch, .flags = train });
        expect_no_reference(g, w, n, (gan_plan_opt){ .batch = 1 });
    } else {
        expect_no_reference(g, w, n, (gan_plan_opt){ .batch = 2 * n->batch, .groups = 2, .flags = train });
        expect_no_reference(g, w, n, (gan_plan_opt){ .batch = n->batch, .flags = GAN_BATCH_STATS, .input_diffs = 2 });
    }
    gan_params_free(w);
    gan_graph_free(g);
}

/* Shipped configurations first. */
Test(models, run_no_reference_kernels)
{
    static const struct network networks[] = {
        { "unet", 256, 1, 64, 8, GAN_NORM_BATCH },     { "patchgan", 256, 1, 64, 3, GAN_NORM_BATCH },
        { "unet", 64, 16, 32, 6, GAN_NORM_BATCH },     { "patchgan", 64, 16, 32, 3, GAN_NORM_BATCH },
        { "unet", 128, 8, 32, 7, GAN_NORM_BATCH },     { "patchgan", 128, 8, 32, 3, GAN_NORM_BATCH },
        { "unet", 64, 8, 24, 6, GAN_NORM_INSTANCE },   { "resnet", 64, 1, 16, 2, GAN_NORM_BATCH },
        { "resnet", 64, 2, 32, 2, GAN_NORM_INSTANCE }, { "patchgan", 64, 2, 16, 1, GAN_NORM_BATCH },
        { "patchgan", 64, 2, 32, 2, GAN_NORM_BATCH },  { "patchgan", 128, 2, 32, 4, GAN_NORM_BATCH },
        { "patchgan", 256, 1, 32, 5, GAN_NORM_BATCH }, { "pixelgan", 64, 4, 64, 0, GAN_NORM_BATCH },
        { "pixelgan", 32, 1, 16, 0, GAN_NORM_NONE },   { "alpha", 64, 1, 64, 0, GAN_NORM_NONE },
        { "beta", 64, 16, 64, 0, GAN_NORM_NONE },      { "full", 64, 16, 64, 0, GAN_NORM_NONE },
        { "full", 128, 2, 64, 0, GAN_NORM_NONE },      { "fusion", 64, 4, 64, 0, GAN_NORM_NONE },
        { "zhang", 64, 4, 16, 0, GAN_NORM_BATCH },     { "zhang", 128, 1, 64, 0, GAN_NORM_BATCH },
    };
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) walk_plans(&networks[i]);
}
