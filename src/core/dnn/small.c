#include "core/dnn/small.h"

#include "core/dnn/layout.h"
#include "core/params.h"

enum { MOST_TAPS = 7 /* along an axis */ };

int gan_small_suits(const gan_emit *e, const gan_conv_desc *d, gan_buf src, gan_buf dst, int most)
{
    const gan_shape *small = d->transposed ? &d->src : &d->dst;
    int side = e->p->buf[src].block;
    return (side == 8 || side == 16) && e->p->buf[dst].block == side && d->dilation == 1 && d->k <= MOST_TAPS &&
           d->stride <= d->k && 2 * small->w <= side && (int64_t)small->n * small->h * small->w <= most;
}

gan_md *gan_small_layout(const gan_emit *e, int param, int side)
{
    const gan_md *fixed = gan_params_md(e->p->w, param);
    if (fixed && gan_layout_tiled(fixed) == side) return gan_md_clone(fixed);
    return gan_layout_tiles(gan_graph_param(e->p->g, param), side);
}

int gan_small_init(gan_small *s, const gan_conv_desc *d, gan_buf src, gan_buf dst, const gan_md *md)
{
    gan_blocking b;
    int small = d->transposed; /* the dimension of the weights: 0 is dst's channels, 1 src's */
    if (gan_md_blocking(md, &b)) return -1;
    *s = (gan_small){ .small = d->transposed ? src : dst,
                      .large = d->transposed ? dst : src,
                      .k = d->k,
                      .stride = d->stride,
                      .pad = d->pad,
                      .side = (int)b.inner_size[0],
                      .rows_are_small = b.inner_dim[0] == small,
                      .small_step = (size_t)b.strides[small],
                      .large_step = (size_t)b.strides[!small],
                      .y_step = (size_t)b.strides[2],
                      .x_step = (size_t)b.strides[3] };
    return 0;
}

int gan_small_connected(const gan_small *s, int t, int count, int size, int *first)
{
    int low = s->pad - t, high = size - 1 + s->pad - t; /* of pixel * stride */
    int begin = low > 0 ? (low + s->stride - 1) / s->stride : 0, end = high < 0 ? 0 : high / s->stride + 1;
    *first = begin;
    if (end > count) end = count;
    return end > begin ? end - begin : 0;
}
