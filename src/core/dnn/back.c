/* The parts of the border to oneDNN that are the same in 2.x and 3.x. */
#include "core/dnn/back.h"

#include <pthread.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static dnnl_engine_t engine;
static pthread_key_t stream_key; /* each thread has a stream of its own: plans of different threads run at a time */
static int started;

static void end_stream(void *stream)
{
    dnnl_stream_destroy(stream);
}

static void start(void)
{
    if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success) return;
    dnnl_set_primitive_cache_capacity(64);
    started = !pthread_key_create(&stream_key, end_stream);
}

dnnl_engine_t gan_back_engine(void)
{
    pthread_once(&once, start);
    if (!started) gan_error("oneDNN has no CPU engine");
    return started ? engine : NULL;
}

dnnl_stream_t gan_back_stream(void)
{
    if (!gan_back_engine()) return NULL;
    dnnl_stream_t stream = pthread_getspecific(stream_key);
    if (stream) return stream;
    dnnl_status_t st = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
    if (st == dnnl_success && !pthread_setspecific(stream_key, stream)) return stream;
    if (st == dnnl_success) dnnl_stream_destroy(stream);
    gan_error("oneDNN: a stream cannot be made");
    return NULL;
}

int gan_back_error(const char *what, dnnl_status_t status)
{
    static const struct {
        dnnl_status_t status;
        const char *text;
    } words[] = { { dnnl_out_of_memory, "out of memory" },
                  { dnnl_invalid_arguments, "invalid arguments" },
                  { dnnl_unimplemented, "not implemented" },
                  { dnnl_runtime_error, "runtime error" } };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].status == status) return gan_error("oneDNN: %s: %s", what, words[i].text);
    return gan_error("oneDNN: %s: status %d", what, (int)status);
}

static const dnnl_format_tag_t plain_tags[] = { dnnl_format_tag_undef, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd };

dnnl_format_tag_t gan_back_tag(int ndims, enum gan_tag tag)
{
    switch (tag) {
    case GAN_TAG_ANY: return dnnl_format_tag_any;
    case GAN_TAG_PLAIN: return plain_tags[ndims];
    case GAN_TAG_SWAPPED: return dnnl_bacd;
    case GAN_TAG_BLOCK8: return dnnl_aBcd8b;
    case GAN_TAG_BLOCK16: return dnnl_aBcd16b;
    case GAN_TAG_DST_LANES8: return dnnl_ABcd8b8a;
    case GAN_TAG_DST_LANES16: return dnnl_ABcd16b16a;
    }
    GAN_BUG("no such tag");
}

static int far_pad(int in, int out, const gan_conv_desc *d)
{
    int reach = (d->k - 1) * d->dilation + 1;
    return d->transposed ? (in - 1) * d->stride + reach - out - d->pad : (out - 1) * d->stride + reach - in - d->pad;
}

int gan_back_geometry_init(gan_back_geometry *g, const gan_conv_desc *d)
{
    int64_t oc = d->dst.c;
    *g = (gan_back_geometry){ { d->stride, d->stride },
                              { d->dilation - 1, d->dilation - 1 }, /* oneDNN counts what is left out */
                              { d->pad, d->pad },
                              { far_pad(d->src.h, d->dst.h, d), far_pad(d->src.w, d->dst.w, d) },
                              NULL };
    if (!d->bias) return 0;
    g->bias = gan_md_new(1, &oc, GAN_TAG_PLAIN);
    return g->bias ? 0 : -1;
}

dnnl_status_t gan_back_attributes(dnnl_primitive_attr_t *attr, gan_act act)
{
    static const dnnl_alg_kind_t algs[] = {
        [GAN_LRELU] = dnnl_eltwise_relu, [GAN_TANH] = dnnl_eltwise_tanh, [GAN_SIGMOID] = dnnl_eltwise_logistic
    };
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t st = dnnl_primitive_attr_create(attr);
    if (st == dnnl_success) st = dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
    if (st == dnnl_success) st = dnnl_post_ops_create(&ops);
    if (st == dnnl_success && act.kind != GAN_LINEAR) st = gan_back_append(ops, algs[act.kind], act.slope);
    if (st == dnnl_success) st = dnnl_primitive_attr_set_post_ops(*attr, ops);
    if (ops) dnnl_post_ops_destroy(ops);
    return st;
}

const char *gan_back_name(const_dnnl_primitive_desc_t pd)
{
    const char *name = NULL;
    dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name);
    return name ? name : "ref";
}

int gan_back_is_reference(const_dnnl_primitive_desc_t pd)
{
    const char *name = gan_back_name(pd);
    /* 3.x: "conv:any+ref:any" is a deconvolution made of a reference convolution */
    return !strncmp(name, "ref", 3) || strstr(name, "+ref");
}

static int no_reference(void *ctx, const_dnnl_primitive_desc_t pd)
{
    (void)ctx;
    return !gan_back_is_reference(pd);
}

dnnl_primitive_desc_t gan_back_conv(enum gan_conv_kind kind, const gan_conv_desc *d, const gan_md *src,
                                    const gan_md *weights, const gan_md *dst, const_dnnl_primitive_desc_t hint,
                                    int *reference)
{
    int found;
    dnnl_primitive_desc_t pd = gan_back_conv_walk(kind, d, src, weights, dst, hint, no_reference, NULL, &found);
    *reference = !found;
    return pd;
}

dnnl_primitive_desc_t gan_back_conv_find(enum gan_conv_kind kind, const gan_conv_desc *d, const gan_md *src,
                                         const gan_md *weights, const gan_md *dst, const_dnnl_primitive_desc_t hint,
                                         gan_back_wanted *wanted, void *ctx)
{
    int found;
    dnnl_primitive_desc_t pd = gan_back_conv_walk(kind, d, src, weights, dst, hint, wanted, ctx, &found);
    if (!pd || found) return pd;
    dnnl_primitive_desc_destroy(pd);
    return NULL;
}
