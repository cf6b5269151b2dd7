#include "core/params.h"

#include <math.h>
#include <string.h>

#include "core/dnn/bf16.h"
#include "core/dnn/layout.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/rng.h"

struct slot { /* one parameter's place in every block */
    gan_md *canonical, *md;
    size_t offset, floats;
    uint64_t version; /* counts changes of the values */
};

struct pack {        /* a second copy of the values in another layout */
    int param, tile; /* tile: side of the transposed tiles, 0: convert */
    int rounded;     /* to values of bf16 */
    gan_md *md;
    gan_conversion *conversion;
    float *data; /* or numbers in bf16, as md says */
    size_t bytes;
    uint64_t version; /* of the values it holds */
};

struct gan_params {
    const gan_graph *g;
    unsigned blocks;
    int laid_out, count, packs;
    struct slot *slot;
    struct pack *pack;
    float *block[GAN_NBLOCK];
    size_t floats, trainable; /* of one block, and of its parameters that are trained */
    int64_t updates;
};

static size_t round_up(size_t floats)
{
    return (floats + GAN_SLOT_FLOATS - 1) / GAN_SLOT_FLOATS * GAN_SLOT_FLOATS;
}

/* Constants are there from the beginning. */
static void set_given(gan_params *w)
{
    for (int i = 0; i < w->count; i++) {
        const gan_param *p = gan_graph_param(w->g, i);
        if (p->init == GAN_INIT_GIVEN)
            memcpy(w->block[GAN_VALUES] + w->slot[i].offset, p->given, p->count * sizeof(float));
    }
}

gan_params *gan_params_new(const gan_graph *g, unsigned blocks)
{
    gan_params *w = gan_mem_alloc(1, sizeof *w);
    if (!w) return NULL;
    w->g = g;
    w->blocks = blocks | 1u << GAN_VALUES;
    w->count = gan_graph_params(g);
    w->slot = gan_mem_alloc((size_t)w->count, sizeof *w->slot);
    if (!w->slot) goto fail;
    for (int i = 0; i < w->count; i++) {
        struct slot *s = &w->slot[i];
        s->canonical = gan_layout_canonical(gan_graph_param(g, i));
        if (!s->canonical) goto fail;
        s->offset = w->floats;
        s->floats = gan_graph_param(g, i)->count;
        s->version = 1;
        w->floats += round_up(s->floats);
    }
    w->block[GAN_VALUES] = gan_mem_alloc_large(w->floats * sizeof(float));
    if (!w->block[GAN_VALUES]) goto fail;
    set_given(w);
    return w;
fail:
    gan_params_free(w);
    return NULL;
}

static void pack_release(struct pack *k)
{
    gan_md_free(k->md);
    gan_conversion_free(k->conversion);
    gan_mem_free(k->data);
}

void gan_params_free(gan_params *w)
{
    if (!w) return;
    for (int i = 0; w->slot && i < w->count; i++) {
        gan_md_free(w->slot[i].canonical);
        gan_md_free(w->slot[i].md);
    }
    for (int i = 0; i < w->packs; i++) pack_release(&w->pack[i]);
    for (int b = 0; b < GAN_NBLOCK; b++) gan_mem_free(w->block[b]);
    gan_mem_free(w->slot);
    gan_mem_free(w->pack);
    gan_mem_free(w);
}

int gan_params_fix(gan_params *w, int i, const gan_md *md)
{
    struct slot *s = &w->slot[i];
    if (s->md) return 0;
    s->md = gan_md_clone(md);
    return s->md ? 0 : -1;
}

const gan_md *gan_params_md(const gan_params *w, int i)
{
    return w->slot[i].md;
}

/* Values go from canonical to the fixed layouts, which may be longer. */
static int move_values(gan_params *w, float *to, const size_t *offset)
{
    for (int i = 0; i < w->count; i++) {
        struct slot *s = &w->slot[i];
        if (gan_layout_convert(s->canonical, w->block[GAN_VALUES] + s->offset, s->md, to + offset[i])) return -1;
    }
    return 0;
}

/* Gives the trainable parameters their places from float `at` on, or the others; where they end. */
static size_t place(const gan_params *w, int trainable, size_t at, size_t *offset)
{
    for (int i = 0; i < w->count; i++) {
        if ((gan_graph_param(w->g, i)->kind == GAN_TRAINABLE) != trainable) continue;
        offset[i] = at;
        at += round_up(gan_md_bytes(w->slot[i].md) / sizeof(float));
    }
    return at;
}

/* Moves the values to a block of their own size; the old one is gone before the other blocks come. */
static int lay_out_values(gan_params *w)
{
    size_t *offset = gan_mem_alloc((size_t)w->count, sizeof *offset);
    float *values = NULL;
    if (!offset) return -1;
    for (int i = 0; i < w->count; i++)
        if (gan_params_fix(w, i, w->slot[i].canonical)) goto fail;
    size_t trainable = place(w, 1, 0, offset), floats = place(w, 0, trainable, offset);
    values = gan_mem_alloc_large(floats * sizeof(float));
    if (!values || move_values(w, values, offset)) goto fail;
    gan_mem_free(w->block[GAN_VALUES]);
    w->block[GAN_VALUES] = values;
    w->floats = floats;
    w->trainable = trainable;
    for (int i = 0; i < w->count; i++) {
        w->slot[i].offset = offset[i];
        w->slot[i].floats = gan_md_bytes(w->slot[i].md) / sizeof(float);
    }
    gan_mem_free(offset);
    w->laid_out = 1;
    return 0;
fail:
    gan_mem_free(values);
    gan_mem_free(offset);
    return -1;
}

int gan_params_lay_out(gan_params *w)
{
    if (!w->laid_out && lay_out_values(w)) return -1;
    size_t bytes = w->floats * sizeof(float);
    for (int b = 0; b < GAN_NBLOCK; b++) {
        if (w->block[b] || !(w->blocks & 1u << b)) continue;
        w->block[b] = gan_mem_alloc_large(bytes);
        if (!w->block[b]) return -1;
        if (b == GAN_EMA) memcpy(w->block[b], w->block[GAN_VALUES], bytes);
    }
    return 0;
}

float *gan_params_data(gan_params *w, int i, enum gan_block b)
{
    GAN_ASSERT(w->block[b]);
    return w->block[b] + w->slot[i].offset;
}

size_t gan_params_floats(const gan_params *w, int i)
{
    return w->slot[i].floats;
}

void gan_params_place(const gan_params *w, int i, size_t *begin, size_t *end)
{
    *begin = w->slot[i].offset;
    *end = *begin + round_up(w->slot[i].floats);
}

size_t gan_params_trainable(const gan_params *w)
{
    GAN_ASSERT(w->laid_out);
    return w->trainable;
}

float *gan_params_block(gan_params *w, enum gan_block b)
{
    GAN_ASSERT(w->block[b]);
    return w->block[b];
}

void gan_params_layout(const gan_params *w, int i, char *text, size_t bytes)
{
    gan_layout_text(w->slot[i].md ? w->slot[i].md : w->slot[i].canonical, text, bytes);
}

static int pack_init(gan_params *w, struct pack *k, int i, const gan_md *md, int rounded)
{
    const gan_md *from = w->slot[i].md;
    *k = (struct pack){ .param = i, .rounded = rounded, .bytes = gan_md_bytes(md) };
    k->tile = rounded ? 0 : gan_layout_tile(from, md);
    k->md = gan_md_clone(md);
    k->data = gan_mem_alloc_large(k->bytes);
    if (!k->tile) k->conversion = gan_conversion_new(from, md);
    if (k->md && k->data && (k->tile || k->conversion)) return 0;
    pack_release(k);
    return -1;
}

int gan_params_pack(gan_params *w, int i, const gan_md *md, int rounded)
{
    for (int k = 0; k < w->packs; k++)
        if (w->pack[k].param == i && w->pack[k].rounded == rounded && gan_md_equal(w->pack[k].md, md)) return k;
    struct pack *more = gan_mem_resize(w->pack, (size_t)w->packs + 1, sizeof *more);
    if (!more) return -1;
    w->pack = more;
    if (pack_init(w, &w->pack[w->packs], i, md, rounded)) return -1;
    return w->packs++;
}

const void *gan_params_packed(const gan_params *w, int pack)
{
    return w->pack[pack].data;
}

void gan_params_touch(gan_params *w, int i)
{
    w->slot[i].version++;
}

int gan_params_refresh(gan_params *w)
{
    for (int k = 0; k < w->packs; k++) {
        struct pack *p = &w->pack[k];
        uint64_t version = w->slot[p->param].version;
        if (p->version == version) continue;
        const float *src = gan_params_data(w, p->param, GAN_VALUES);
        if (p->tile)
            gan_layout_transpose_all(p->tile, src, p->data, p->bytes / sizeof *src);
        else if (gan_conversion_run(p->conversion, src, p->data))
            return -1;
        if (p->rounded) gan_bf16_round(p->data, p->data, p->bytes / sizeof *src);
        p->version = version;
    }
    return 0;
}

void gan_params_repack(gan_params *w, int i, size_t begin, size_t end)
{
    const float *src = gan_params_data(w, i, GAN_VALUES);
    for (int k = 0; k < w->packs; k++) {
        const struct pack *p = &w->pack[k];
        if (p->param == i && p->tile) gan_layout_transpose_tiles(p->tile, src + begin, p->data + begin, end - begin);
    }
}

void gan_params_repacked(gan_params *w, int i)
{
    w->slot[i].version++;
    for (int k = 0; k < w->packs; k++)
        if (w->pack[k].param == i && w->pack[k].tile) w->pack[k].version = w->slot[i].version;
}

struct fill {
    float *out;
    gan_rng rng;
    double mean, deviation;
};

static void fill_range(void *ctx, size_t begin, size_t end)
{
    struct fill *f = ctx;
    for (size_t k = begin; k < end; k++)
        f->out[k] = (float)(f->mean + (f->deviation > 0 ? f->deviation * gan_rng_normal(f->rng, k) : 0));
}

/* Mean and deviation of a parameter's initial values. */
static void spread_of(const gan_param *p, double usual, double *mean, double *deviation)
{
    double inputs = p->ndims == 4 ? (double)p->dims[!p->transposed] * p->dims[2] * p->dims[3] : 1;
    *mean = p->init == GAN_INIT_ONE || p->init == GAN_INIT_ONE_NORMAL;
    *deviation = p->init == GAN_INIT_NORMAL || p->init == GAN_INIT_ONE_NORMAL ? usual : 0;
    if (p->init == GAN_INIT_HE) *deviation = sqrt(2 / inputs);
}

void gan_params_init(gan_params *w, uint64_t seed, uint64_t network, double deviation)
{
    GAN_ASSERT(!w->laid_out);
    for (int i = 0; i < w->count; i++) {
        const gan_param *p = gan_graph_param(w->g, i);
        if (p->init == GAN_INIT_GIVEN) continue;
        struct fill f = { .out = w->block[GAN_VALUES] + w->slot[i].offset,
                          .rng = gan_rng_at(seed, GAN_STREAM_INIT, network << 32 | (uint64_t)i) };
        spread_of(p, deviation, &f.mean, &f.deviation);
        gan_parallel_range(p->count, GAN_PACK_GRAIN, fill_range, &f);
        gan_params_touch(w, i);
    }
}

const gan_graph *gan_params_graph(const gan_params *w)
{
    return w->g;
}

int gan_params_one_copy(const gan_params *w)
{
    return !!(w->blocks & GAN_ONE_COPY);
}

int gan_params_has(const gan_params *w, enum gan_block b)
{
    return w->blocks >> b & 1;
}

int gan_params_get(gan_params *w, int i, enum gan_block b, float *out)
{
    const struct slot *s = &w->slot[i];
    return gan_layout_convert(w->laid_out ? s->md : s->canonical, gan_params_data(w, i, b), s->canonical, out);
}

int gan_params_set(gan_params *w, int i, enum gan_block b, const float *in)
{
    const struct slot *s = &w->slot[i];
    if (b == GAN_VALUES) gan_params_touch(w, i);
    return gan_layout_convert(s->canonical, in, w->laid_out ? s->md : s->canonical, gan_params_data(w, i, b));
}

int64_t gan_params_updates(const gan_params *w)
{
    return w->updates;
}

void gan_params_set_updates(gan_params *w, int64_t t)
{
    w->updates = t;
}

void gan_params_count_update(gan_params *w)
{
    w->updates++;
}

struct pair {
    float *a, *b;
};

static void swap_range(void *ctx, size_t begin, size_t end)
{
    struct pair *p = ctx;
    for (size_t k = begin; k < end; k++) {
        float t = p->a[k];
        p->a[k] = p->b[k];
        p->b[k] = t;
    }
}

void gan_params_swap_ema(gan_params *w)
{
    GAN_ASSERT(w->laid_out && w->block[GAN_EMA]);
    for (int i = 0; i < w->count; i++) {
        if (gan_graph_param(w->g, i)->kind != GAN_TRAINABLE) continue;
        struct pair p = { gan_params_data(w, i, GAN_VALUES), gan_params_data(w, i, GAN_EMA) };
        gan_parallel_range(w->slot[i].floats, GAN_PACK_GRAIN, swap_range, &p);
        gan_params_touch(w, i);
    }
}

static double count_bad(void *ctx, size_t begin, size_t end)
{
    const float *v = ctx;
    double bad = 0;
    for (size_t i = begin; i < end; i++) bad += !isfinite(v[i]);
    return bad;
}

int gan_params_finite(const gan_params *w)
{
    return gan_parallel_sum(w->floats, count_bad, w->block[GAN_VALUES]) == 0;
}

size_t gan_params_bytes(const gan_params *w)
{
    size_t bytes = 0;
    for (int b = 0; b < GAN_NBLOCK; b++) bytes += w->block[b] ? w->floats * sizeof(float) : 0;
    for (int k = 0; k < w->packs; k++) bytes += w->pack[k].bytes;
    return bytes;
}
