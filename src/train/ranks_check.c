#include <stdio.h>
#include <string.h>

#include "core/params.h"
#include "gan/mem.h"
#include "gan/version.h"
#include "train/ranks.h"
#include "train/ranks_compare.h"

static uint64_t digest_files(const gan_dataset *d)
{
    uint64_t h = GAN_DIGEST_BEGIN;
    for (size_t i = 0; d && i < gan_dataset_count(d); i++) h = gan_digest_text(h, gan_dataset_path(d, i));
    return h;
}

static uint64_t digest_plan(uint64_t h, const gan_plan *p)
{
    for (int i = 0; i < gan_plan_ops(p); i++) {
        gan_plan_op op = gan_plan_op_at(p, i);
        h = gan_digest_text(gan_digest_text(gan_digest_text(h, op.label), op.kernel), op.layouts);
    }
    return h;
}

/* Of training, and of validation, if there is any. */
static uint64_t digest_kernels(const gan_recipe *r, const gan_plan *eval)
{
    uint64_t h = GAN_DIGEST_BEGIN;
    for (int k = 0; k < r->plans; k++) h = digest_plan(h, r->plan[k]);
    return eval ? digest_plan(h, eval) : h;
}

static uint64_t digest_layouts(const gan_recipe *r)
{
    uint64_t h = GAN_DIGEST_BEGIN;
    for (int k = 0; k < r->nets; k++)
        for (int i = 0; i < gan_graph_params(r->net[k].graph); i++) {
            size_t floats = gan_params_floats(r->net[k].params, i);
            char text[64];
            gan_params_layout(r->net[k].params, i, text, sizeof text);
            h = gan_digest_text(gan_digest_text(h, gan_graph_param(r->net[k].graph, i)->name), text);
            h = gan_digest(h, &floats, sizeof floats);
        }
    return h;
}

static uint64_t digest_values(const gan_recipe *r)
{
    uint64_t h = GAN_DIGEST_BEGIN;
    for (int k = 0; k < r->nets; k++)
        for (int i = 0; i < gan_graph_params(r->net[k].graph); i++) {
            const float *value = gan_params_data(r->net[k].params, i, GAN_VALUES);
            h = gan_digest(h, value, gan_params_floats(r->net[k].params, i) * sizeof *value);
        }
    return h;
}

static uint64_t digest_number(uint64_t number)
{
    return gan_digest(GAN_DIGEST_BEGIN, &number, sizeof number);
}

static int compare_programs(gan_dist *d)
{
    const gan_aspect aspects[] = { { "its version of gan", gan_digest_text(GAN_DIGEST_BEGIN, gan_version()) },
                                   { "its version of oneDNN",
                                     gan_digest_text(GAN_DIGEST_BEGIN, gan_backend_version()) },
                                   { "its kind of CPU", digest_number(gan_backend_isa()) } };
    return gan_ranks_compare(d, aspects, sizeof aspects / sizeof *aspects);
}

/* What a run is asked for beside its configuration, and decides what ranks exchange. */
static int compare_options(const gan_train_opt *o)
{
    const gan_aspect aspects[] = { { "the step it stops after", digest_number(o->stop_after) },
                                   { "whether it resumes", digest_number(o->resume != 0) },
                                   { "whether it is given values to begin with", digest_number(o->init != NULL) },
                                   { "whether it measures only", digest_number(o->measure != 0) } };
    return gan_ranks_compare(o->dist, aspects, sizeof aspects / sizeof *aspects);
}

int gan_ranks_check_made(const gan_ranks_made *m)
{
    const gan_config *c = &m->recipe->config;
    gan_dist *d = m->recipe->dist;
    uint64_t features, bins;
    if (gan_dist_size(d) < 2) return 0;
    int bad = gan_digest_file(c->generator.features, &features) || gan_digest_file(c->loss.bins, &bins);
    if (gan_dist_agree(d, bad)) return -1;
    const gan_aspect aspects[] = { { "its list of photographs to learn from", digest_files(m->data) },
                                   { "its list of photographs of the second folder", digest_files(m->other) },
                                   { "its list of photographs to validate on", digest_files(m->val) },
                                   { "what is in its generator.features", features },
                                   { "what is in its loss.bins", bins },
                                   { "its layout of parameters", digest_layouts(m->recipe) },
                                   { "its choice of kernels", digest_kernels(m->recipe, m->eval) } };
    return gan_ranks_compare(d, aspects, sizeof aspects / sizeof *aspects);
}

int gan_ranks_check_values(const gan_recipe *r)
{
    if (gan_dist_size(r->dist) < 2) return 0;
    const gan_aspect values = { "what its networks have become", digest_values(r) };
    return gan_ranks_compare(r->dist, &values, 1);
}

static void note_difference(void *ctx, const char *key)
{
    gan_text *first = ctx;
    if (!gan_config_is_local(key) && !**first) snprintf(*first, sizeof *first, "%s", key);
}

static int compare_configs(gan_dist *d, const gan_config *c)
{
    gan_text key = "";
    gan_config *first = gan_mem_alloc(1, sizeof *first);
    int bad = gan_dist_agree(d, first ? 0 : -1);
    if (!bad) {
        *first = *c;
        bad = gan_dist_broadcast(d, first, sizeof *first);
        if (!bad) gan_config_compare(first, c, note_difference, &key);
    }
    gan_mem_free(first);
    return bad ? -1 : gan_dist_agree(d, *key ? gan_error("%s is not rank 0's", key) : 0);
}

int gan_ranks_check_begin(const gan_train_opt *o)
{
    if (gan_dist_size(o->dist) < 2) return 0;
    return compare_programs(o->dist) || compare_configs(o->dist, o->config) || compare_options(o) ? -1 : 0;
}
