#include <stdio.h>
#include <string.h>

#include "core/params.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/version.h"
#include "train/ranks.h"

/* FNV-1a, 64 bits. */
static uint64_t digest(uint64_t h, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < bytes; i++) h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

static uint64_t digest_text(uint64_t h, const char *text)
{
    return digest(h, text, strlen(text) + 1);
}

static const uint64_t BEGIN = 0xcbf29ce484222325u;

static uint64_t digest_files(const gan_dataset *d)
{
    uint64_t h = BEGIN;
    for (size_t i = 0; i < gan_dataset_count(d); i++) h = digest_text(h, gan_dataset_path(d, i));
    return h;
}

static uint64_t digest_kernels(const gan_recipe *r)
{
    uint64_t h = BEGIN;
    for (int k = 0; k < r->plans; k++)
        for (int i = 0; i < gan_plan_ops(r->plan[k]); i++) {
            gan_plan_op op = gan_plan_op_at(r->plan[k], i);
            h = digest_text(digest_text(digest_text(h, op.label), op.kernel), op.layouts);
        }
    return h;
}

static uint64_t digest_layouts(const gan_recipe *r)
{
    uint64_t h = BEGIN;
    for (int k = 0; k < r->nets; k++)
        for (int i = 0; i < gan_graph_params(r->net[k].graph); i++) {
            size_t floats = gan_params_floats(r->net[k].params, i);
            char text[64];
            gan_params_layout(r->net[k].params, i, text, sizeof text);
            h = digest_text(digest_text(h, gan_graph_param(r->net[k].graph, i)->name), text);
            h = digest(h, &floats, sizeof floats);
        }
    return h;
}

struct aspect { /* of what a rank computes */
    const char *name;
    uint64_t digest;
};

/* Fails in all ranks if an aspect of one is not rank 0's. */
static int compare(gan_dist *d, const struct aspect *mine, int n)
{
    uint64_t first[3];
    int bad = 0;
    GAN_ASSERT(n <= 3);
    for (int i = 0; i < n; i++) first[i] = mine[i].digest;
    if (gan_dist_broadcast(d, first, sizeof first)) return -1;
    for (int i = 0; i < n && !bad; i++)
        if (mine[i].digest != first[i])
            bad = gan_error("%s is not rank 0's: gradients cannot be added up", mine[i].name);
    return gan_dist_agree(d, bad);
}

static int compare_programs(gan_dist *d)
{
    unsigned isa = gan_backend_isa();
    const struct aspect aspects[] = { { "its version of gan", digest_text(BEGIN, gan_version()) },
                                      { "its version of oneDNN", digest_text(BEGIN, gan_backend_version()) },
                                      { "its kind of CPU", digest(BEGIN, &isa, sizeof isa) } };
    return compare(d, aspects, 3);
}

int gan_ranks_check_made(const gan_recipe *r, const gan_dataset *data)
{
    if (gan_dist_size(r->dist) < 2) return 0;
    const struct aspect aspects[] = { { "its list of files", digest_files(data) },
                                      { "its layout of parameters", digest_layouts(r) },
                                      { "its choice of kernels", digest_kernels(r) } };
    return compare(r->dist, aspects, 3);
}

static void note_difference(void *ctx, const char *key)
{
    static const char *const own[] = { "data.train", "data.val", "data.train_b", "data.val_b", "run.threads" };
    gan_text *first = ctx;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (!strcmp(key, own[i])) return;
    if (!**first) snprintf(*first, sizeof *first, "%s", key);
}

static int compare_configs(gan_dist *d, const gan_config *c)
{
    gan_text key = "";
    gan_config *first = gan_mem_alloc(1, sizeof *first);
    if (!gan_dist_agree(d, first ? 0 : -1)) {
        *first = *c;
        if (!gan_dist_broadcast(d, first, sizeof *first)) gan_config_compare(first, c, note_difference, &key);
    }
    gan_mem_free(first);
    if (!first) return -1;
    return gan_dist_agree(d, *key ? gan_error("%s is not rank 0's", key) : 0);
}

int gan_ranks_check_begin(gan_dist *d, const gan_config *c)
{
    if (gan_dist_size(d) < 2) return 0;
    return compare_programs(d) || compare_configs(d, c) ? -1 : 0;
}
