/* The floor of a pix2pix training step: its convolutions alone, each with warm caches and in the layouts that oneDNN
 * chooses for it, without reorders, norms, losses or optimisers.
 *     bench_floor SIZE BATCH FILTERS LEVELS        prints floor_s, gflop and parameters, a line each
 * A fifth argument prints every convolution too. */
#include <stdio.h>
#include <stdlib.h>

#include "core/dnn/back.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "quartile.h"

enum { ARGUMENTS = 3, PASSES = 3, K = 4 };
static const double BUDGET_S = 0.06; /* of each convolution's runs */

enum { FWD = 1 << GAN_CONV_FWD, DATA = 1 << GAN_CONV_BWD_DATA, WEIGHTS = 1 << GAN_CONV_BWD_WEIGHTS };

static const struct pass {
    const char *name;
    struct argument {
        dnnl_query_t what;
        int arg;
    } argument[ARGUMENTS];
} passes[PASSES] = {
    [GAN_CONV_FWD] = { "fwd",
                       { { dnnl_query_src_md, DNNL_ARG_SRC },
                         { dnnl_query_weights_md, DNNL_ARG_WEIGHTS },
                         { dnnl_query_dst_md, DNNL_ARG_DST } } },
    [GAN_CONV_BWD_DATA] = { "bwd_data",
                            { { dnnl_query_diff_dst_md, DNNL_ARG_DIFF_DST },
                              { dnnl_query_weights_md, DNNL_ARG_WEIGHTS },
                              { dnnl_query_diff_src_md, DNNL_ARG_DIFF_SRC } } },
    [GAN_CONV_BWD_WEIGHTS] = { "bwd_weights",
                               { { dnnl_query_src_md, DNNL_ARG_SRC },
                                 { dnnl_query_diff_dst_md, DNNL_ARG_DIFF_DST },
                                 { dnnl_query_diff_weights_md, DNNL_ARG_DIFF_WEIGHTS } } },
};

struct totals {
    double seconds, gflop, parameters;
    int verbose;
};

static void check(int failed)
{
    if (!failed) return;
    fprintf(stderr, "bench_floor: %s\n", gan_error_message());
    exit(EXIT_FAILURE);
}

/* One primitive and its memory */

struct bound {
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arg[ARGUMENTS + 1];
    float *data[ARGUMENTS + 1];
};

/* A buffer for argument i, filled with small numbers of both signs. */
static void give(struct bound *b, int i, int arg, dnnl_primitive_desc_t pd, dnnl_query_t what)
{
    gan_md *md = gan_back_query(pd, what, 0);
    check(!md);
    size_t n = gan_md_bytes(md) / sizeof(float) + 1;
    b->data[i] = gan_mem_alloc_large(n * sizeof(float));
    b->arg[i] = (dnnl_exec_arg_t){ arg, gan_back_memory(md) };
    check(!b->data[i] || !b->arg[i].memory);
    for (size_t k = 0; k < n; k++) b->data[i][k] = (float)(k * 2654435761u % 1024) / 1024.0f - 0.5f;
    dnnl_memory_set_data_handle(b->arg[i].memory, b->data[i]);
    gan_md_free(md);
}

static void execute(void *ctx)
{
    const struct bound *b = ctx;
    dnnl_primitive_execute(b->primitive, gan_back_stream(), ARGUMENTS + 1, b->arg);
}

static double time_primitive(enum gan_conv_kind kind, dnnl_primitive_desc_t pd)
{
    struct bound b;
    check(dnnl_primitive_create(&b.primitive, pd) != dnnl_success && gan_error("a primitive cannot be made"));
    for (int i = 0; i < ARGUMENTS; i++) give(&b, i, passes[kind].argument[i].arg, pd, passes[kind].argument[i].what);
    give(&b, ARGUMENTS, DNNL_ARG_SCRATCHPAD, pd, dnnl_query_scratchpad_md);
    double seconds = bench_quartile(execute, &b, BUDGET_S);
    for (int i = 0; i <= ARGUMENTS; i++) {
        dnnl_memory_destroy(b.arg[i].memory);
        gan_mem_free(b.data[i]);
    }
    dnnl_primitive_destroy(b.primitive);
    return seconds;
}

/* One layer in the wanted passes */

static dnnl_primitive_desc_t describe(enum gan_conv_kind kind, const gan_conv_desc *d, dnnl_primitive_desc_t hint)
{
    int64_t src[4] = { d->src.n, d->src.c, d->src.h, d->src.w }, dst[4] = { d->dst.n, d->dst.c, d->dst.h, d->dst.w };
    int64_t weights[4] = { d->dst.c, d->src.c, d->k, d->k };
    gan_md *any[] = { gan_md_new(4, src, GAN_TAG_ANY), gan_md_new(4, weights, GAN_TAG_ANY),
                      gan_md_new(4, dst, GAN_TAG_ANY) };
    int reference;
    check(!any[0] || !any[1] || !any[2]);
    dnnl_primitive_desc_t pd = gan_back_conv(kind, d, any[0], any[1], any[2], hint, &reference);
    check(!pd);
    for (int i = 0; i < ARGUMENTS; i++) gan_md_free(any[i]);
    return pd;
}

static void layer(struct totals *t, int wanted, const gan_conv_desc *d)
{
    const gan_shape *at = d->transposed ? &d->src : &d->dst; /* where the kernel is applied */
    double gflop = 2e-9 * at->n * at->h * at->w * K * K * d->src.c * d->dst.c;
    dnnl_primitive_desc_t hint = describe(GAN_CONV_FWD, d, NULL);
    for (int kind = 0; kind < PASSES; kind++) {
        if (!(wanted & 1 << kind)) continue;
        dnnl_primitive_desc_t pd = describe((enum gan_conv_kind)kind, d, kind == GAN_CONV_FWD ? NULL : hint);
        double seconds = time_primitive((enum gan_conv_kind)kind, pd);
        const char *name = "";
        dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name);
        if (t->verbose)
            printf("%-6s %-11s n%-3d %4d -> %-4d %3d -> %-3d %8.3f ms %5.0f GFLOP/s %s\n",
                   d->transposed ? "deconv" : "conv", passes[kind].name, d->src.n, d->src.c, d->dst.c, d->src.h,
                   d->dst.h, 1e3 * seconds, gflop / seconds, name);
        t->seconds += seconds;
        t->gflop += gflop;
        dnnl_primitive_desc_destroy(pd);
    }
    dnnl_primitive_desc_destroy(hint);
}

/* The networks (Isola et al. 2017, arXiv:1611.07004, section 6.1): L to ab */

static void count(struct totals *t, int ic, int oc, int extra)
{
    t->parameters += (double)ic * oc * K * K + extra; /* extra: bias, or a norm's gamma and beta */
}

static int channels(int filters, int level)
{
    return filters * (level < 4 ? 1 << (level - 1) : 8);
}

static void generator(struct totals *t, int size, int n, int filters, int levels)
{
    for (int i = 1; i <= levels; i++) {
        int ic = i == 1 ? 1 : channels(filters, i - 1), oc = channels(filters, i), h = size >> (i - 1);
        layer(
            t, i == 1 ? FWD | WEIGHTS : FWD | DATA | WEIGHTS,
            &(gan_conv_desc){
                .src = { n, ic, h, h }, .dst = { n, oc, h / 2, h / 2 }, .k = K, .dilation = 1, .stride = 2, .pad = 1 });
        count(t, ic, oc, i > 1 && i < levels ? 2 * oc : 0);
    }
    for (int i = levels; i >= 1; i--) {
        int ic = channels(filters, i) * (i < levels ? 2 : 1), oc = i == 1 ? 2 : channels(filters, i - 1), h = size >> i;
        gan_conv_desc d = { .transposed = 1,
                            .src = { n, ic, h, h },
                            .dst = { n, oc, 2 * h, 2 * h },
                            .k = K,
                            .dilation = 1,
                            .stride = 2,
                            .pad = 1 };
        layer(t, FWD | DATA | WEIGHTS, &d);
        count(t, ic, oc, i == 1 ? oc : 2 * oc);
    }
}

/* pictures: 2n where it learns, from true and fake ones; n where the generator learns from it. */
static void discriminator(struct totals *t, int size, int pictures, int filters, int learns)
{
    const int side[] = { 2, 2, 2, 1, 1 }, oc[] = { filters, 2 * filters, 4 * filters, 8 * filters, 1 };
    for (int i = 0, ic = 3, h = size; i < 5; ic = oc[i++]) {
        int to = (h + 2 - K) / side[i] + 1;
        gan_conv_desc d = { .src = { pictures, ic, h, h },
                            .dst = { pictures, oc[i], to, to },
                            .k = K,
                            .dilation = 1,
                            .stride = side[i],
                            .pad = 1 };
        layer(t, !learns ? FWD | DATA : i ? FWD | DATA | WEIGHTS : FWD | WEIGHTS, &d);
        if (learns) count(t, ic, oc[i], i == 0 || i == 4 ? oc[i] : 2 * oc[i]);
        h = to;
    }
}

static int number(const char *text)
{
    long value = strtol(text, NULL, 10);
    return value > 0 && value <= 4096 ? (int)value : 0;
}

int main(int argc, char **argv)
{
    int n[4] = { 0 };
    for (int i = 0; i < 4 && i + 1 < argc; i++) n[i] = number(argv[i + 1]);
    if (!n[0] || !n[1] || !n[2] || !n[3] || n[3] > 12 || n[0] % (1 << n[3]) || n[0] < 32) {
        fputs("usage: bench_floor SIZE BATCH FILTERS LEVELS [-v]\n", stderr);
        return 2;
    }
    struct totals t = { .verbose = argc > 5 };
    generator(&t, n[0], n[1], n[2], n[3]);
    discriminator(&t, n[0], 2 * n[1], n[2], 1);
    discriminator(&t, n[0], n[1], n[2], 0);
    printf("floor_s %.6f\ngflop %.3f\nparameters %.0f\n", t.seconds, t.gflop, t.parameters);
    return 0;
}
