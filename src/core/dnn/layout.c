#include "core/dnn/layout.h"

#include <stdio.h>
#include <string.h>

#include "core/params.h"
#include "gan/mem.h"
#include "gan/parallel.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

gan_md *gan_layout_canonical(const gan_param *p)
{
    int64_t dims[4] = { 0 };
    for (int i = 0; i < p->ndims; i++) dims[i] = p->dims[i];
    if (p->transposed) {
        dims[0] = p->dims[1];
        dims[1] = p->dims[0];
    }
    return gan_md_new(p->ndims, dims, p->transposed ? GAN_TAG_SWAPPED : GAN_TAG_PLAIN);
}

gan_md *gan_layout_tiles(const gan_param *p, int side, int reached)
{
    static const enum gan_tag tags[2][2] = { { GAN_TAG_DST_LANES8, GAN_TAG_DST_LANES16 },
                                             { GAN_TAG_SRC_LANES8, GAN_TAG_SRC_LANES16 } };
    int64_t dims[4] = { p->dims[0], p->dims[1], p->dims[2], p->dims[3] };
    gan_md *md = gan_md_new(4, dims, tags[reached][side == 16]);
    if (!md || !p->transposed) return md;
    gan_md *swapped = gan_md_swap(md);
    gan_md_free(md);
    return swapped;
}

struct gan_conversion {
    dnnl_primitive_t primitive;
    dnnl_memory_t src, dst, scratch;
    float *scratch_data;
};

void gan_conversion_free(gan_conversion *c)
{
    if (!c) return;
    if (c->primitive) dnnl_primitive_destroy(c->primitive);
    if (c->src) dnnl_memory_destroy(c->src);
    if (c->dst) dnnl_memory_destroy(c->dst);
    if (c->scratch) dnnl_memory_destroy(c->scratch);
    gan_mem_free(c->scratch_data);
    gan_mem_free(c);
}

static int give_scratch(gan_conversion *c, const_dnnl_primitive_desc_t pd)
{
    gan_md *md = gan_back_query(pd, dnnl_query_scratchpad_md, 0);
    size_t bytes = md ? gan_md_bytes(md) : 0;
    c->scratch = md ? gan_back_memory(md) : NULL;
    gan_md_free(md);
    if (!c->scratch) return -1;
    c->scratch_data = gan_mem_alloc_large(bytes ? bytes : 1);
    if (!c->scratch_data) return -1;
    dnnl_status_t st = dnnl_memory_set_data_handle(c->scratch, c->scratch_data);
    return st == dnnl_success ? 0 : gan_back_error("memory", st);
}

gan_conversion *gan_conversion_new(const gan_md *from, const gan_md *to)
{
    gan_conversion *c = gan_mem_alloc(1, sizeof *c);
    dnnl_primitive_desc_t pd = c ? gan_back_reorder(from, to) : NULL;
    if (!pd) goto fail;
    dnnl_status_t st = dnnl_primitive_create(&c->primitive, pd);
    if (st != dnnl_success) {
        gan_back_error("reorder", st);
        goto fail;
    }
    c->src = gan_back_memory(from);
    c->dst = gan_back_memory(to);
    if (!c->src || !c->dst || give_scratch(c, pd)) goto fail;
    dnnl_primitive_desc_destroy(pd);
    return c;
fail:
    if (pd) dnnl_primitive_desc_destroy(pd);
    gan_conversion_free(c);
    return NULL;
}

int gan_conversion_run(gan_conversion *c, const float *src, void *dst)
{
    dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, c->src },
                               { DNNL_ARG_TO, c->dst },
                               { DNNL_ARG_SCRATCHPAD, c->scratch } };
    dnnl_memory_set_data_handle(c->src, (void *)(uintptr_t)src);
    dnnl_memory_set_data_handle(c->dst, dst);
    dnnl_status_t st = dnnl_primitive_execute(c->primitive, gan_back_stream(), 3, args);
    return st == dnnl_success ? 0 : gan_back_error("reorder", st);
}

int gan_layout_convert(const gan_md *from, const float *src, const gan_md *to, float *dst)
{
    if (gan_md_equal(from, to)) {
        memcpy(dst, src, gan_md_bytes(from));
        return 0;
    }
    gan_conversion *c = gan_conversion_new(from, to);
    int result = c ? gan_conversion_run(c, src, dst) : -1;
    gan_conversion_free(c);
    return result;
}

static int64_t tile_side(const gan_blocking *b)
{
    int64_t side = b->inner_size[0];
    return b->inner == 2 && b->inner_size[1] == side && b->inner_dim[0] + b->inner_dim[1] == 1 ? side : 0;
}

int gan_layout_tiled(const gan_md *md)
{
    gan_blocking b;
    if (gan_md_is_bf16(md) || gan_md_blocking(md, &b)) return 0;
    int whole = b.padded[0] == b.dims[0] && b.padded[1] == b.dims[1];
    return whole ? (int)tile_side(&b) : 0;
}

int gan_layout_tile(const gan_md *a, const gan_md *b)
{
    gan_blocking x, y;
    if (gan_md_is_bf16(a) || gan_md_is_bf16(b) || gan_md_blocking(a, &x) || gan_md_blocking(b, &y)) return 0;
    int64_t side = tile_side(&x);
    if (x.ndims != y.ndims || (side != 8 && side != 16) || tile_side(&y) != side) return 0;
    if (x.inner_dim[0] != y.inner_dim[1]) return 0;
    for (int i = 0; i < x.ndims; i++)
        if (x.padded[i] != y.padded[i] || x.strides[i] != y.strides[i]) return 0;
    return (int)side;
}

typedef float v4 __attribute__((vector_size(16), aligned(4)));

static v4 low(v4 a, v4 b)
{
    return __builtin_shufflevector(a, b, 0, 4, 1, 5);
}

static v4 high(v4 a, v4 b)
{
    return __builtin_shufflevector(a, b, 2, 6, 3, 7);
}

/* Past the caches where the machine can: the copy is read again only when the caches hold other things. */
static void store(float *to, v4 x)
{
#if defined(__SSE2__)
    _mm_stream_ps(to, x);
#else
    memcpy(to, &x, sizeof x);
#endif
}

static void transpose4(const float *src, float *dst, int stride)
{
    v4 r[4];
    for (int i = 0; i < 4; i++) memcpy(&r[i], src + i * stride, sizeof r[i]);
    v4 a = low(r[0], r[2]), b = low(r[1], r[3]), c = high(r[0], r[2]), d = high(r[1], r[3]);
    r[0] = low(a, b);
    r[1] = high(a, b);
    r[2] = low(c, d);
    r[3] = high(c, d);
    for (int i = 0; i < 4; i++) store(dst + i * stride, r[i]);
}

void gan_layout_transpose_tiles(int s, const float *src, float *dst, size_t n)
{
    size_t tile = (size_t)s * (size_t)s;
    for (size_t t = 0; t + tile <= n; t += tile)
        for (int k = 0; k < s; k += 4) /* four rows of dst at a time, each a whole cache line */
            for (int i = 0; i < s; i += 4) transpose4(src + t + i * s + k, dst + t + k * s + i, s);
#if defined(__SSE2__)
    _mm_sfence(); /* other threads read it */
#endif
}

struct tiles {
    int side;
    const float *src;
    float *dst;
};

static void transpose_range(void *ctx, size_t begin, size_t end)
{
    const struct tiles *t = ctx;
    gan_layout_transpose_tiles(t->side, t->src + begin, t->dst + begin, end - begin);
}

void gan_layout_transpose_all(int s, const float *src, float *dst, size_t n)
{
    gan_parallel_range(n, GAN_PACK_GRAIN, transpose_range, &(struct tiles){ s, src, dst });
}

void gan_layout_text(const gan_md *md, char *text, size_t bytes)
{
    gan_blocking b;
    size_t at = 0;
    int used[GAN_BLOCKING_DIMS] = { 0 };
    text[0] = 0;
    if (gan_md_blocking(md, &b)) return;
    for (int i = 0; i < b.ndims && at + 1 < bytes; i++) {
        int widest = -1;
        for (int k = 0; k < b.ndims; k++)
            if (!used[k] && (widest < 0 || b.strides[k] > b.strides[widest])) widest = k;
        used[widest] = 1;
        at += (size_t)snprintf(text + at, bytes - at, "%c", 'a' + widest);
    }
    for (int i = 0; i < b.inner && at + 4 < bytes; i++)
        at += (size_t)snprintf(text + at, bytes - at, "%d%c", (int)b.inner_size[i], 'a' + b.inner_dim[i]);
    if (gan_md_is_bf16(md) && at < bytes) snprintf(text + at, bytes - at, ":bf16");
}

void gan_layout_change_text(const gan_md *from, const gan_md *to, char *text, size_t bytes)
{
    char a[32], b[32];
    gan_layout_text(from, a, sizeof a);
    gan_layout_text(to, b, sizeof b);
    snprintf(text, bytes, "%s -> %s", a, b);
}
