/* oneDNN 3.x: descriptors are opaque handles, primitive descriptors are created in one call. */
#include <oneapi/dnnl/dnnl.h>

#if DNNL_VERSION_MAJOR >= 3
#include "core/dnn/back.h"
#include "gan/mem.h"

struct gan_md {
    dnnl_memory_desc_t d; /* owned */
};

static gan_md *wrap(dnnl_memory_desc_t d, dnnl_status_t st)
{
    gan_md *md = st == dnnl_success ? gan_mem_alloc(1, sizeof *md) : NULL;
    if (st != dnnl_success) gan_back_error("memory descriptor", st);
    if (md)
        md->d = d;
    else if (st == dnnl_success)
        dnnl_memory_desc_destroy(d);
    return md;
}

static gan_md *describe_memory(int ndims, const int64_t *dims, dnnl_data_type_t type, enum gan_tag tag)
{
    dnnl_dims_t d = { 0 };
    dnnl_memory_desc_t made = NULL;
    for (int i = 0; i < ndims; i++) d[i] = dims[i];
    dnnl_status_t st = dnnl_memory_desc_create_with_tag(&made, ndims, d, type, gan_back_tag(ndims, tag));
    return wrap(made, st);
}

gan_md *gan_md_new(int ndims, const int64_t *dims, enum gan_tag tag)
{
    return describe_memory(ndims, dims, dnnl_f32, tag);
}

gan_md *gan_md_new_bf16(int ndims, const int64_t *dims, enum gan_tag tag)
{
    return describe_memory(ndims, dims, dnnl_bf16, tag);
}

int gan_md_is_bf16(const gan_md *md)
{
    dnnl_data_type_t type = dnnl_data_type_undef;
    return dnnl_memory_desc_query(md->d, dnnl_query_data_type, &type) == dnnl_success && type == dnnl_bf16;
}

static gan_md *clone(const_dnnl_memory_desc_t d)
{
    dnnl_memory_desc_t made = NULL;
    dnnl_status_t st = dnnl_memory_desc_clone(&made, d);
    return wrap(made, st);
}

gan_md *gan_md_clone(const gan_md *md)
{
    return clone(md->d);
}

gan_md *gan_md_swap(const gan_md *md)
{
    static const int to[] = { 1, 0, 2, 3 };
    dnnl_memory_desc_t made = NULL;
    dnnl_status_t st = dnnl_memory_desc_permute_axes(&made, md->d, to);
    return wrap(made, st);
}

void gan_md_free(gan_md *md)
{
    if (!md) return;
    dnnl_memory_desc_destroy(md->d);
    gan_mem_free(md);
}

int gan_md_equal(const gan_md *a, const gan_md *b)
{
    return dnnl_memory_desc_equal(a->d, b->d);
}

size_t gan_md_bytes(const gan_md *md)
{
    return dnnl_memory_desc_get_size(md->d);
}

int gan_md_blocking(const gan_md *md, gan_blocking *out)
{
    dnnl_format_kind_t kind = dnnl_format_kind_undef;
    const dnnl_dims_t *dims = NULL, *padded = NULL, *strides = NULL, *sizes = NULL, *which = NULL;
    *out = (gan_blocking){ 0 };
    dnnl_memory_desc_query(md->d, dnnl_query_format_kind, &kind);
    dnnl_memory_desc_query(md->d, dnnl_query_ndims_s32, &out->ndims);
    dnnl_memory_desc_query(md->d, dnnl_query_inner_nblks_s32, &out->inner);
    if (kind != dnnl_blocked || out->ndims > GAN_BLOCKING_DIMS || out->inner > GAN_BLOCKING_INNER)
        return gan_error("oneDNN chose a layout that is not blocked");
    dnnl_memory_desc_query(md->d, dnnl_query_dims, &dims);
    dnnl_memory_desc_query(md->d, dnnl_query_padded_dims, &padded);
    dnnl_memory_desc_query(md->d, dnnl_query_strides, &strides);
    dnnl_memory_desc_query(md->d, dnnl_query_inner_blks, &sizes);
    dnnl_memory_desc_query(md->d, dnnl_query_inner_idxs, &which);
    for (int i = 0; i < out->ndims; i++) {
        out->dims[i] = (*dims)[i];
        out->padded[i] = (*padded)[i];
        out->strides[i] = (*strides)[i];
    }
    for (int i = 0; i < out->inner; i++) {
        out->inner_size[i] = (*sizes)[i];
        out->inner_dim[i] = (int)(*which)[i];
    }
    return 0;
}

dnnl_status_t gan_back_append(dnnl_post_ops_t ops, dnnl_alg_kind_t alg, float alpha)
{
    return dnnl_post_ops_append_eltwise(ops, alg, alpha, 0.0f);
}

static dnnl_status_t create(dnnl_primitive_desc_t *pd, enum gan_conv_kind kind, const gan_conv_desc *d,
                            const gan_back_geometry *g, const gan_md *src, const gan_md *weights, const gan_md *dst,
                            const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attr)
{
    const_dnnl_memory_desc_t bias = g->bias ? g->bias->d : NULL;
    int t = d->transposed;
    dnnl_alg_kind_t alg = t ? dnnl_deconvolution_direct : dnnl_convolution_direct;
    dnnl_engine_t engine = gan_back_engine();
    switch (kind) {
    case GAN_CONV_FWD:
        return (t ? dnnl_deconvolution_forward_primitive_desc_create : dnnl_convolution_forward_primitive_desc_create)(
            pd, engine, dnnl_forward_training, alg, src->d, weights->d, bias, dst->d, g->stride, g->dilation,
            g->near_pad, g->far_pad, attr);
    case GAN_CONV_BWD_DATA:
        return (t ? dnnl_deconvolution_backward_data_primitive_desc_create
                  : dnnl_convolution_backward_data_primitive_desc_create)(
            pd, engine, alg, src->d, weights->d, dst->d, g->stride, g->dilation, g->near_pad, g->far_pad, hint, attr);
    case GAN_CONV_BWD_WEIGHTS:
        return (t ? dnnl_deconvolution_backward_weights_primitive_desc_create
                  : dnnl_convolution_backward_weights_primitive_desc_create)(pd, engine, alg, src->d, weights->d, bias,
                                                                             dst->d, g->stride, g->dilation,
                                                                             g->near_pad, g->far_pad, hint, attr);
    }
    GAN_BUG("no such kind of convolution");
}

/* Walks on to the first implementation that is wanted; if there is none, *pd stays the first of all. */
static void walk_on(dnnl_primitive_desc_t *pd, gan_back_wanted *wanted, void *ctx, int *found)
{
    dnnl_primitive_desc_t walk = NULL;
    *found = wanted(ctx, *pd);
    if (*found || dnnl_primitive_desc_clone(&walk, *pd) != dnnl_success) return;
    while (!*found && dnnl_primitive_desc_next_impl(walk) == dnnl_success) *found = wanted(ctx, walk);
    dnnl_primitive_desc_destroy(*found ? *pd : walk);
    if (*found) *pd = walk;
}

dnnl_primitive_desc_t gan_back_conv_walk(enum gan_conv_kind kind, const gan_conv_desc *d, const gan_md *src,
                                         const gan_md *weights, const gan_md *dst, const_dnnl_primitive_desc_t hint,
                                         gan_back_wanted *wanted, void *ctx, int *found)
{
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    gan_back_geometry g;
    *found = 0;
    if (!gan_back_engine() || gan_back_geometry_init(&g, d)) return NULL;
    dnnl_status_t st = gan_back_attributes(&attr, kind == GAN_CONV_FWD ? d->act : (gan_act){ 0 });
    if (st == dnnl_success) st = create(&pd, kind, d, &g, src, weights, dst, hint, attr);
    if (st == dnnl_success) walk_on(&pd, wanted, ctx, found);
    if (attr) dnnl_primitive_attr_destroy(attr);
    gan_md_free(g.bias);
    if (st != dnnl_success) gan_back_error(d->transposed ? "deconvolution" : "convolution", st);
    return pd;
}

dnnl_primitive_desc_t gan_back_reorder(const gan_md *src, const gan_md *dst)
{
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_engine_t e = gan_back_engine();
    if (!e) return NULL;
    dnnl_status_t st = gan_back_attributes(&attr, (gan_act){ 0 });
    if (st == dnnl_success) st = dnnl_reorder_primitive_desc_create(&pd, src->d, e, dst->d, e, attr);
    if (attr) dnnl_primitive_attr_destroy(attr);
    if (st != dnnl_success) gan_back_error("reorder", st);
    return pd;
}

gan_md *gan_back_query(const_dnnl_primitive_desc_t pd, dnnl_query_t what, int index)
{
    const_dnnl_memory_desc_t d = dnnl_primitive_desc_query_md(pd, what, index);
    if (!d) gan_error("oneDNN: a primitive has no such memory");
    return d ? clone(d) : NULL;
}

dnnl_memory_t gan_back_memory(const gan_md *md)
{
    dnnl_memory_t memory = NULL;
    dnnl_status_t st = dnnl_memory_create(&memory, md->d, gan_back_engine(), DNNL_MEMORY_NONE);
    if (st != dnnl_success) gan_back_error("memory", st);
    return memory;
}

#else
typedef int gan_back3_not_used; /* a translation unit may not be empty */
#endif
