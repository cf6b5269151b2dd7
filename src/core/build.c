/* Making a plan: what layers ask for (emit.h) and what the facade asks for (build.h). */
#include "core/build.h"

#include <stdio.h>
#include <string.h>

#include "core/dnn/dnn.h"
#include "core/dnn/kernel.h"
#include "core/dnn/layout.h"
#include "core/params.h"
#include "gan/mem.h"

gan_shape gan_emit_shape(const gan_emit *e, gan_id id)
{
    return e->p->shape[id];
}

const gan_plan_opt *gan_emit_opt(const gan_emit *e)
{
    return &e->p->o;
}

gan_id gan_emit_self(const gan_emit *e)
{
    return e->self;
}

gan_act gan_emit_act(const gan_emit *e)
{
    gan_id tail = e->p->tail[e->self];
    const gan_node *nd = gan_graph_node(e->p->g, tail);
    return tail == e->self ? (gan_act){ GAN_LINEAR, 0 } : nd->def->act(nd);
}

int gan_emit_wants_grad(const gan_emit *e, const gan_node *nd, int i)
{
    if (i >= nd->nparam || !(e->p->o.flags & GAN_GRAD_PARAMS)) return 0;
    return gan_graph_param(e->p->g, nd->param[i])->kind == GAN_TRAINABLE;
}

int gan_block_of(int c)
{
    if (c % 16 == 0 && gan_dnn_wide()) return 16;
    return c % 8 == 0 ? 8 : 1;
}

enum gan_tag gan_block_tag(int block)
{
    return block == 16 ? GAN_TAG_BLOCK16 : block == 8 ? GAN_TAG_BLOCK8 : GAN_TAG_PLAIN;
}

int gan_build_wants(const gan_plan *p, int i)
{
    return !p->o.outputs || p->o.outputs >> i & 1;
}

/* Buffers */

static gan_buf new_buf(gan_plan *p, struct buf b)
{
    if (!(p->bufs & (p->bufs - 1))) {
        struct buf *more = gan_mem_resize(p->buf, p->bufs ? 2 * (size_t)p->bufs : 1, sizeof *more);
        if (!more) return GAN_NONE;
        p->buf = more;
    }
    b.first = INT32_MAX;
    b.last = -1;
    p->buf[p->bufs] = b;
    return p->bufs++;
}

static gan_buf new_with_md(gan_plan *p, struct buf b, gan_md *md)
{
    if (!md) return GAN_NONE;
    b.md = md;
    if (!b.bytes) b.bytes = gan_md_bytes(md);
    gan_buf made = new_buf(p, b);
    if (made == GAN_NONE) gan_md_free(md);
    return made;
}

gan_buf gan_build_tensor(gan_plan *p, gan_shape s, int block)
{
    int64_t dims[4] = { s.n, s.c, s.h, s.w };
    struct buf b = { .kind = BUF_ARENA, .shape = s, .block = block, .parent = GAN_NONE };
    return new_with_md(p, b, gan_md_new(4, dims, gan_block_tag(block)));
}

gan_buf gan_build_view(gan_plan *p, gan_buf parent, gan_shape s, int c0)
{
    int block = p->buf[parent].block;
    GAN_ASSERT(s.c % block == 0 && c0 % block == 0);
    int64_t dims[4] = { s.n, s.c, s.h, s.w };
    struct buf b = { .kind = BUF_ARENA, .shape = s, .block = block, .parent = parent, .c0 = c0 };
    return new_with_md(p, b, gan_md_new(4, dims, gan_block_tag(block)));
}

gan_buf gan_build_laid(gan_plan *p, gan_shape s, const gan_md *md)
{
    return new_with_md(p, (struct buf){ .kind = BUF_ARENA, .shape = s, .parent = GAN_NONE }, gan_md_clone(md));
}

gan_buf gan_build_scratch(gan_plan *p, size_t bytes)
{
    return new_buf(p, (struct buf){ .kind = BUF_ARENA, .parent = GAN_NONE, .bytes = bytes ? bytes : 1 });
}

static gan_buf find_values(const gan_plan *p, const struct buf *like, const gan_md *md)
{
    for (gan_buf i = 0; i < p->bufs; i++) {
        const struct buf *b = &p->buf[i];
        if (b->kind == BUF_VALUES && b->param == like->param && b->rounded == like->rounded &&
            (!md || gan_md_equal(b->md, md)))
            return i;
    }
    return GAN_NONE;
}

static gan_buf values(gan_plan *p, int param, const gan_md *md, int rounded)
{
    struct buf b = { .kind = BUF_VALUES, .parent = GAN_NONE, .param = param, .pack = GAN_NONE, .rounded = rounded };
    gan_buf found = find_values(p, &b, md);
    if (found != GAN_NONE) return found;
    return new_with_md(p, b, md ? gan_md_clone(md) : gan_layout_canonical(gan_graph_param(p->g, param)));
}

gan_buf gan_build_values(gan_plan *p, int param, const gan_md *md)
{
    return values(p, param, md, 0);
}

gan_buf gan_build_values_rounded(gan_plan *p, int param, const gan_md *md)
{
    return values(p, param, md, 1);
}

gan_buf gan_build_block(gan_plan *p, int param, enum gan_block of)
{
    struct buf b = { .kind = BUF_BLOCK, .parent = GAN_NONE, .param = param, .of = of };
    const gan_md *fixed = gan_params_md(p->w, param);
    return new_with_md(p, b, fixed ? gan_md_clone(fixed) : gan_layout_canonical(gan_graph_param(p->g, param)));
}

gan_buf gan_build_grad(gan_emit *e, int param, const gan_md *md)
{
    gan_plan *p = e->p;
    if (gan_params_fix(p->w, param, md)) return GAN_NONE;
    const gan_md *fixed = gan_params_md(p->w, param);
    int kept = gan_params_has(p->w, GAN_GRADS) && !(p->o.flags & GAN_GRAD_ADD);
    gan_buf b = kept ? gan_build_block(p, param, GAN_GRADS) : gan_build_laid(p, (gan_shape){ 0 }, fixed);
    p->grad[param] = b;
    return b;
}

const gan_md *gan_build_md(const gan_emit *e, gan_buf b)
{
    return e->p->buf[b].md;
}

/* Operations */

gan_op *gan_build_op(gan_emit *e, const char *what, int narg, const gan_buf *arg, void *state)
{
    gan_plan *p = e->p;
    const gan_node *nd = e->self < 0 ? NULL : gan_graph_node(p->g, e->self);
    if (!(p->ops & (p->ops - 1))) {
        gan_op *more = gan_mem_resize(p->op, p->ops ? 2 * (size_t)p->ops : 1, sizeof *more);
        if (!more) {
            gan_mem_free(state);
            return NULL;
        }
        p->op = more;
    }
    gan_op *op = &p->op[p->ops];
    *op = (gan_op){ .pass = e->pass, .node = e->self, .state = state, .narg = narg, .kernel = "own" };
    GAN_ASSERT(narg <= GAN_MAX_ARG);
    memcpy(op->arg, arg, (size_t)narg * sizeof *arg);
    snprintf(op->label, sizeof op->label, "%s.%s %s", nd ? nd->name : "plan", nd && nd->def ? nd->def->name : "io",
             what);
    p->ops++;
    return op;
}

static gan_buf find_conversion(const gan_emit *e, gan_buf b, const gan_md *md, int rounded)
{
    for (int i = 0; i < e->conversions; i++) {
        const struct buf *to = &e->p->buf[e->conversion[i].to];
        if (e->conversion[i].from == b && to->rounded == rounded && gan_md_equal(to->md, md))
            return e->conversion[i].to;
    }
    return GAN_NONE;
}

/* A new buffer for b in layout md, to be found again. */
static gan_buf new_conversion(gan_emit *e, gan_buf b, const gan_md *md)
{
    struct conversion *more = gan_mem_resize(e->conversion, (size_t)e->conversions + 1, sizeof *more);
    if (!more) return GAN_NONE;
    e->conversion = more;
    gan_buf to = gan_build_laid(e->p, e->p->buf[b].shape, md);
    if (to != GAN_NONE) e->conversion[e->conversions++] = (struct conversion){ b, to };
    return to;
}

gan_buf gan_build_as(gan_emit *e, gan_buf b, const gan_md *md)
{
    const struct buf *at = &e->p->buf[b];
    if (at->parent == GAN_NONE && gan_md_equal(at->md, md)) return b;
    gan_buf to = find_conversion(e, b, md, 0);
    if (to != GAN_NONE) return to;
    to = new_conversion(e, b, md);
    return to == GAN_NONE || gan_build_reorder(e, "reorder", b, to) ? GAN_NONE : to;
}

gan_buf gan_build_rounded(gan_emit *e, gan_buf b, const gan_md *md)
{
    gan_buf to = find_conversion(e, b, md, 1), from = to == GAN_NONE ? gan_build_as(e, b, md) : GAN_NONE;
    if (from == GAN_NONE) return to;
    to = new_conversion(e, b, md);
    if (to == GAN_NONE) return GAN_NONE;
    e->p->buf[to].rounded = 1;
    return gan_kernel_round(e, from, to) ? GAN_NONE : to;
}

/* Values and diffs of nodes */

static int channel_offset(const gan_plan *p, gan_id concat, gan_id src)
{
    const gan_node *nd = gan_graph_node(p->g, concat);
    int c0 = 0;
    for (int i = 0; i < nd->nsrc && nd->src[i] != src; i++) c0 += p->shape[nd->src[i]].c;
    return c0;
}

gan_buf gan_emit_dst(gan_emit *e, gan_id id)
{
    gan_plan *p = e->p;
    id = p->tail[id];
    if (p->dst[id] != GAN_NONE) return p->dst[id];
    gan_id home = p->home[id];
    if (home < 0) return p->dst[id] = gan_build_tensor(p, p->shape[id], p->block[id]);
    gan_buf whole = gan_emit_dst(e, home);
    if (whole == GAN_NONE) return GAN_NONE;
    return p->dst[id] = gan_build_view(p, whole, p->shape[id], channel_offset(p, home, id));
}

int gan_emit_placed(const gan_emit *e, gan_id src)
{
    return e->p->home[src] == e->self;
}

gan_buf gan_emit_diff_add(gan_emit *e, gan_id id, int *add)
{
    gan_plan *p = e->p;
    *add = p->diff[id] != GAN_NONE;
    if (!p->wants[id]) return GAN_NONE;
    if (!*add) p->diff[id] = gan_build_tensor(p, p->shape[id], p->block[id]);
    return p->diff[id];
}

gan_buf gan_emit_diff(gan_emit *e, gan_id id)
{
    int second;
    gan_buf b = gan_emit_diff_add(e, id, &second);
    if (b == GAN_NONE || !second) return b;
    gan_buf temp = gan_build_tensor(e->p, e->p->shape[id], e->p->block[id]);
    if (temp == GAN_NONE) return GAN_NONE;
    e->add_from[e->adds] = temp;
    e->add_to[e->adds++] = b;
    return temp;
}

gan_buf gan_emit_diff_self(gan_emit *e)
{
    return e->p->diff[e->p->tail[e->self]];
}

int gan_emit_diff_place(gan_emit *e, gan_id src)
{
    gan_plan *p = e->p;
    GAN_ASSERT(p->home[src] == e->self && p->diff[src] == GAN_NONE);
    p->diff[src] = gan_build_view(p, p->diff[e->self], p->shape[src], channel_offset(p, e->self, src));
    return p->diff[src] == GAN_NONE ? -1 : 0;
}

/* What kernels see */

float *gan_plan_data(const gan_plan *p, gan_buf b)
{
    return b == GAN_NONE ? NULL : p->buf[b].data;
}

gan_tensor gan_plan_tensor(const gan_plan *p, gan_buf b)
{
    const struct buf *at = &p->buf[b];
    GAN_ASSERT(at->block);
    int whole = at->parent == GAN_NONE ? at->shape.c : p->buf[at->parent].shape.c;
    size_t plane = (size_t)at->shape.h * (size_t)at->shape.w;
    return (gan_tensor){ at->data, at->shape, at->block, (size_t)whole * plane };
}
