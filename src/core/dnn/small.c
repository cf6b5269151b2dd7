#include "core/dnn/small.h"

#include "core/dnn/layout.h"
#include "core/params.h"

static const gan_shape *small_shape(const gan_conv_desc *d)
{
    return d->transposed ? &d->src : &d->dst;
}

int gan_small_is(const gan_conv_site *s, int most_pixels)
{
    const gan_shape *small = small_shape(&s->d);
    return 2 * small->w <= s->e->p->buf[s->src].block && (int64_t)small->n * small->h * small->w <= most_pixels;
}

gan_md *gan_small_layout(const gan_conv_site *s)
{
    int side = s->e->p->buf[s->src].block, param = s->nd->param[0];
    const gan_md *fixed = gan_params_md(s->e->p->w, param);
    if (fixed && gan_layout_tiled(fixed) == side) return gan_md_clone(fixed);
    return gan_layout_tiles(gan_graph_param(s->e->p->g, param), side, 0);
}

int gan_small_init(gan_small *k, const gan_conv_site *s, const gan_md *md)
{
    gan_blocking b;
    int small = s->d.transposed; /* the dimension of the weights: 0 is dst's channels, 1 src's */
    if (gan_md_blocking(md, &b)) return -1;
    *k = (gan_small){ .small = s->d.transposed ? s->src : s->dst,
                      .large = s->d.transposed ? s->dst : s->src,
                      .k = s->d.k,
                      .stride = s->d.stride,
                      .pad = s->d.pad,
                      .side = (int)b.inner_size[0],
                      .rows_are_small = b.inner_dim[0] == small,
                      .small_step = (size_t)b.strides[small],
                      .large_step = (size_t)b.strides[!small],
                      .y_step = (size_t)b.strides[2],
                      .x_step = (size_t)b.strides[3] };
    return 0;
}

int gan_small_connected(const gan_small *k, int t, int count, int size, int *first)
{
    int low = k->pad - t, high = size - 1 + k->pad - t; /* of pixel * stride */
    int begin = low > 0 ? (low + k->stride - 1) / k->stride : 0, end = high < 0 ? 0 : high / k->stride + 1;
    *first = begin;
    if (end > count) end = count;
    return end > begin ? end - begin : 0;
}
