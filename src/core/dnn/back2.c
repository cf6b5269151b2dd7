/* oneDNN 2.x: descriptors are structs, operations are initialised before primitive descriptors. */
#include <oneapi/dnnl/dnnl.h>

#if DNNL_VERSION_MAJOR == 2
#include "core/dnn/back.h"
#include "gan/mem.h"

struct gan_md {
    dnnl_memory_desc_t d;
};

static gan_md *describe_memory(int ndims, const int64_t *dims, dnnl_data_type_t type, enum gan_tag tag)
{
    gan_md *md = gan_mem_alloc(1, sizeof *md);
    if (!md) return NULL;
    dnnl_dims_t d = { 0 };
    for (int i = 0; i < ndims; i++) d[i] = dims[i];
    dnnl_status_t st = dnnl_memory_desc_init_by_tag(&md->d, ndims, d, type, gan_back_tag(ndims, tag));
    if (st == dnnl_success) return md;
    gan_back_error("memory descriptor", st);
    gan_mem_free(md);
    return NULL;
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
    return md->d.data_type == dnnl_bf16;
}

static gan_md *wrap(const dnnl_memory_desc_t *d)
{
    gan_md *md = gan_mem_alloc(1, sizeof *md);
    if (md) md->d = *d;
    return md;
}

gan_md *gan_md_clone(const gan_md *md)
{
    return wrap(&md->d);
}

gan_md *gan_md_swap(const gan_md *md)
{
    static const int to[] = { 1, 0, 2, 3 };
    dnnl_memory_desc_t d;
    dnnl_status_t st = dnnl_memory_desc_permute_axes(&d, &md->d, to);
    if (st == dnnl_success) return wrap(&d);
    gan_back_error("memory descriptor", st);
    return NULL;
}

void gan_md_free(gan_md *md)
{
    gan_mem_free(md);
}

int gan_md_equal(const gan_md *a, const gan_md *b)
{
    return dnnl_memory_desc_equal(&a->d, &b->d);
}

size_t gan_md_bytes(const gan_md *md)
{
    return dnnl_memory_desc_get_size(&md->d);
}

int gan_md_blocking(const gan_md *md, gan_blocking *out)
{
    const dnnl_memory_desc_t *d = &md->d;
    const dnnl_blocking_desc_t *b = &d->format_desc.blocking;
    if (d->format_kind != dnnl_blocked || d->ndims > GAN_BLOCKING_DIMS || b->inner_nblks > GAN_BLOCKING_INNER)
        return gan_error("oneDNN chose a layout that is not blocked");
    *out = (gan_blocking){ .ndims = d->ndims, .inner = b->inner_nblks };
    for (int i = 0; i < d->ndims; i++) {
        out->dims[i] = d->dims[i];
        out->padded[i] = d->padded_dims[i];
        out->strides[i] = b->strides[i];
    }
    for (int i = 0; i < b->inner_nblks; i++) {
        out->inner_size[i] = b->inner_blks[i];
        out->inner_dim[i] = (int)b->inner_idxs[i];
    }
    return 0;
}

static dnnl_status_t describe(dnnl_convolution_desc_t *op, enum gan_conv_kind kind, const gan_conv_desc *d,
                              const gan_back_geometry *g, const gan_md *src, const gan_md *weights, const gan_md *dst)
{
    const dnnl_memory_desc_t *bias = g->bias ? &g->bias->d : NULL;
    int t = d->transposed;
    dnnl_alg_kind_t alg = t ? dnnl_deconvolution_direct : dnnl_convolution_direct;
    switch (kind) {
    case GAN_CONV_FWD:
        return (t ? dnnl_dilated_deconvolution_forward_desc_init : dnnl_dilated_convolution_forward_desc_init)(
            op, dnnl_forward_training, alg, &src->d, &weights->d, bias, &dst->d, g->stride, g->dilation, g->near_pad,
            g->far_pad);
    case GAN_CONV_BWD_DATA:
        return (t ? dnnl_dilated_deconvolution_backward_data_desc_init
                  : dnnl_dilated_convolution_backward_data_desc_init)(op, alg, &src->d, &weights->d, &dst->d, g->stride,
                                                                      g->dilation, g->near_pad, g->far_pad);
    case GAN_CONV_BWD_WEIGHTS:
        return (t ? dnnl_dilated_deconvolution_backward_weights_desc_init
                  : dnnl_dilated_convolution_backward_weights_desc_init)(
            op, alg, &src->d, &weights->d, bias, &dst->d, g->stride, g->dilation, g->near_pad, g->far_pad);
    }
    GAN_BUG("no such kind of convolution");
}

dnnl_status_t gan_back_append(dnnl_post_ops_t ops, dnnl_alg_kind_t alg, float alpha)
{
    return dnnl_post_ops_append_eltwise(ops, 1.0f, alg, alpha, 0.0f);
}

/* The first implementation that is wanted, or the first of all. */
static dnnl_status_t pick(dnnl_primitive_desc_t *best, const void *op, const_dnnl_primitive_attr_t attr,
                          const_dnnl_primitive_desc_t hint, gan_back_wanted *wanted, void *ctx, int *found)
{
    dnnl_primitive_desc_iterator_t it = NULL;
    dnnl_status_t st = dnnl_primitive_desc_iterator_create(&it, op, attr, gan_back_engine(), hint);
    *best = NULL;
    for (; st == dnnl_success && !*found; st = dnnl_primitive_desc_iterator_next(it)) {
        dnnl_primitive_desc_t pd = dnnl_primitive_desc_iterator_fetch(it);
        if (!pd) break;
        *found = wanted(ctx, pd);
        if (*best && !*found) {
            dnnl_primitive_desc_destroy(pd);
            continue;
        }
        if (*best) dnnl_primitive_desc_destroy(*best);
        *best = pd;
    }
    if (it) dnnl_primitive_desc_iterator_destroy(it);
    return *best ? dnnl_success : st == dnnl_success ? dnnl_unimplemented : st;
}

dnnl_primitive_desc_t gan_back_conv_walk(enum gan_conv_kind kind, const gan_conv_desc *d, const gan_md *src,
                                         const gan_md *weights, const gan_md *dst, const_dnnl_primitive_desc_t hint,
                                         gan_back_wanted *wanted, void *ctx, int *found)
{
    dnnl_convolution_desc_t op;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    gan_back_geometry g;
    *found = 0;
    if (!gan_back_engine() || gan_back_geometry_init(&g, d)) return NULL;
    dnnl_status_t st = describe(&op, kind, d, &g, src, weights, dst);
    if (st == dnnl_success) st = gan_back_attributes(&attr, kind == GAN_CONV_FWD ? d->act : (gan_act){ 0 });
    if (st == dnnl_success) st = pick(&pd, &op, attr, hint, wanted, ctx, found);
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
    if (st == dnnl_success) st = dnnl_reorder_primitive_desc_create(&pd, &src->d, e, &dst->d, e, attr);
    if (attr) dnnl_primitive_attr_destroy(attr);
    if (st != dnnl_success) gan_back_error("reorder", st);
    return pd;
}

gan_md *gan_back_query(const_dnnl_primitive_desc_t pd, dnnl_query_t what, int index)
{
    const dnnl_memory_desc_t *d = dnnl_primitive_desc_query_md(pd, what, index);
    if (!d) gan_error("oneDNN: a primitive has no such memory");
    return d ? wrap(d) : NULL;
}

dnnl_memory_t gan_back_memory(const gan_md *md)
{
    dnnl_memory_t memory = NULL;
    dnnl_status_t st = dnnl_memory_create(&memory, &md->d, gan_back_engine(), DNNL_MEMORY_NONE);
    if (st != dnnl_success) gan_back_error("memory", st);
    return memory;
}

#else
typedef int gan_back2_not_used; /* a translation unit may not be empty */
#endif
