#include "core/build.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/dnn/dnn.h"
#include "core/params.h"
#include "gan/mem.h"

/* Life cycle */

static int alloc_tables(gan_plan *p)
{
    size_t n = (size_t)p->nodes, outputs = (size_t)gan_graph_outputs(p->g), params = (size_t)gan_graph_params(p->g);
    p->shape = gan_mem_alloc(n, sizeof *p->shape);
    p->tail = gan_mem_alloc(n, sizeof *p->tail);
    p->home = gan_mem_alloc(n, sizeof *p->home);
    p->block = gan_mem_alloc(n, sizeof *p->block);
    p->live = gan_mem_alloc(n, sizeof *p->live);
    p->wants = gan_mem_alloc(n, sizeof *p->wants);
    p->dst = gan_mem_alloc(n, sizeof *p->dst);
    p->diff = gan_mem_alloc(n, sizeof *p->diff);
    p->stats = gan_mem_alloc(n, sizeof *p->stats);
    p->plain = gan_mem_alloc(outputs, sizeof *p->plain);
    p->plain_diff = gan_mem_alloc(outputs, sizeof *p->plain_diff);
    p->grad = gan_mem_alloc(params, sizeof *p->grad);
    if (!p->shape || !p->tail || !p->home || !p->block || !p->live || !p->wants || !p->dst || !p->diff || !p->stats ||
        !p->plain || !p->plain_diff || !p->grad)
        return -1;
    if (p->o.tuning && !(p->chosen = gan_mem_alloc(n, sizeof *p->chosen))) return -1;
    for (gan_id i = 0; i < p->nodes; i++) {
        p->tail[i] = i;
        p->home[i] = -1;
        p->dst[i] = p->diff[i] = p->stats[i] = GAN_NONE;
    }
    for (size_t i = 0; i < outputs; i++) p->plain[i] = p->plain_diff[i] = GAN_NONE;
    for (size_t i = 0; i < params; i++) p->grad[i] = GAN_NONE;
    return 0;
}

void gan_plan_free(gan_plan *p)
{
    if (!p) return;
    for (int i = 0; i < p->ops; i++) {
        if (p->op[i].release) p->op[i].release(p->op[i].state);
        gan_mem_free(p->op[i].state);
    }
    for (gan_buf b = 0; b < p->bufs; b++) gan_md_free(p->buf[b].md);
    if (p->owns_mem) gan_mem_free(p->mem);
    void *tables[] = { p->shape, p->tail,       p->home, p->block, p->live, p->wants, p->dst,   p->diff,
                       p->plain, p->plain_diff, p->grad, p->buf,   p->op,   p->stats, p->chosen };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) gan_mem_free(tables[i]);
    gan_mem_free(p);
}

/* Emission */

static int input_index(const gan_graph *g, gan_id id)
{
    for (int i = 0; i < gan_graph_inputs(g); i++)
        if (gan_graph_input_at(g, i) == id) return i;
    return -1;
}

static void mark_live(gan_plan *p)
{
    for (int i = 0; i < gan_graph_inputs(p->g); i++) p->live[gan_graph_input_at(p->g, i)] = 1;
    for (int i = 0; i < gan_graph_outputs(p->g); i++) p->live[gan_graph_output_at(p->g, i)] |= gan_build_wants(p, i);
    for (gan_id i = p->nodes - 1; i >= 0; i--) {
        const gan_node *nd = gan_graph_node(p->g, i);
        for (int k = 0; p->live[i] && k < nd->nsrc; k++) p->live[nd->src[k]] = 1;
    }
}

/* A node's diff is wanted if it leads back to a gradient or to an input whose diff is wanted. */
static void mark_wanted(gan_plan *p)
{
    gan_emit e = { .p = p };
    for (gan_id i = 0; i < p->nodes; i++) {
        const gan_node *nd = gan_graph_node(p->g, i);
        if (!nd->def) p->wants[i] = p->o.input_diffs >> input_index(p->g, i) & 1;
        for (int k = 0; k < nd->nsrc; k++) p->wants[i] |= p->wants[nd->src[k]];
        for (int k = 0; k < nd->nparam; k++) p->wants[i] |= gan_emit_wants_grad(&e, nd, k);
    }
}

/* 1 if the node before i has applied i already. */
static int absorbed(const gan_plan *p, gan_id i)
{
    const gan_node *nd = gan_graph_node(p->g, i);
    return nd->nsrc && p->tail[nd->src[0]] == i;
}

static int emit_forward(gan_emit *e)
{
    gan_plan *p = e->p;
    for (gan_id i = 0; i < p->nodes; i++) {
        const gan_node *nd = gan_graph_node(p->g, i);
        e->self = i;
        if (!p->live[i] || absorbed(p, i)) continue;
        if (gan_emit_dst(e, i) == GAN_NONE) return -1;
        if (nd->def && nd->def->forward(e, nd)) return -1;
    }
    return 0;
}

/* Outputs are read in plain NCHW: where they are not, a converted copy. */
static int emit_outputs(gan_emit *e)
{
    gan_plan *p = e->p;
    e->self = -1;
    for (int i = 0; i < gan_graph_outputs(p->g); i++) {
        if (!gan_build_wants(p, i)) continue;
        gan_id id = gan_graph_output_at(p->g, i);
        gan_buf b = gan_emit_dst(e, id);
        if (p->buf[b].block != 1 || p->buf[b].parent != GAN_NONE) {
            gan_buf plain = gan_build_tensor(p, p->shape[id], 1);
            if (plain == GAN_NONE || gan_build_reorder(e, "output", b, plain)) return -1;
            b = plain;
        }
        p->plain[i] = b;
        p->buf[b].pinned = 1;
    }
    return 0;
}

static int emit_output_diffs(gan_emit *e)
{
    gan_plan *p = e->p;
    e->self = -1;
    for (int i = 0; i < gan_graph_outputs(p->g); i++) {
        if (!gan_build_wants(p, i)) continue;
        gan_id id = gan_graph_output_at(p->g, i);
        gan_buf plain = gan_build_tensor(p, p->shape[id], 1);
        if (plain == GAN_NONE) return -1;
        p->plain_diff[i] = plain;
        p->diff[id] = plain;
        if (p->block[id] == 1) continue;
        p->diff[id] = gan_build_tensor(p, p->shape[id], p->block[id]);
        if (p->diff[id] == GAN_NONE || gan_build_reorder(e, "output diff", plain, p->diff[id])) return -1;
    }
    return 0;
}

struct ready {
    int param;
    gan_buf diff;
};

static int run_ready(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct ready *r = op->state;
    p->o.ready(p->o.ctx, r->param, gan_plan_data(p, r->diff));
    return 0;
}

static int emit_ready(gan_emit *e, int param)
{
    gan_plan *p = e->p;
    struct ready *r = gan_mem_alloc(1, sizeof *r);
    if (!r) return -1;
    *r = (struct ready){ param, p->grad[param] };
    gan_op *op = gan_build_op(e, "update", 1, &r->diff, r);
    if (op) op->run = run_ready;
    return op ? 0 : -1;
}

static int finish_gradients(gan_emit *e, const gan_node *nd)
{
    gan_plan *p = e->p;
    for (int k = 0; k < nd->nparam; k++) {
        int param = nd->param[k];
        if (p->grad[param] == GAN_NONE) continue;
        if (p->o.flags & GAN_GRAD_ADD && gan_params_has(p->w, GAN_GRADS)) {
            gan_buf sum = gan_build_block(p, param, GAN_GRADS);
            if (sum == GAN_NONE || gan_dnn_accumulate_param(e, p->grad[param], sum)) return -1;
            p->grad[param] = sum;
        }
        if (p->o.ready && emit_ready(e, param)) return -1;
    }
    return 0;
}

static int emit_backward(gan_emit *e)
{
    gan_plan *p = e->p;
    for (gan_id i = p->nodes - 1; i >= 0; i--) {
        const gan_node *nd = gan_graph_node(p->g, i);
        e->self = i;
        e->adds = 0;
        if (!nd->def || absorbed(p, i) || !p->wants[i] || p->diff[p->tail[i]] == GAN_NONE) continue;
        if (nd->def->backward(e, nd)) return -1;
        for (int k = 0; k < e->adds; k++)
            if (gan_dnn_accumulate(e, e->add_from[k], e->add_to[k])) return -1;
        if (finish_gradients(e, nd)) return -1;
    }
    return 0;
}

/* Values are read in the fixed layout, or in a packed copy of it, or they are unpacked as needed. */
static int resolve_values(gan_emit *e)
{
    gan_plan *p = e->p;
    for (gan_buf b = 0; b < p->bufs; b++)
        if (p->buf[b].kind == BUF_VALUES && !gan_md_is_bf16(p->buf[b].md) &&
            gan_params_fix(p->w, p->buf[b].param, p->buf[b].md))
            return -1;
    if (gan_params_lay_out(p->w)) return -1;
    if (gan_params_one_copy(p->w)) return gan_build_unpack(e);
    for (gan_buf b = 0; b < p->bufs; b++) {
        struct buf *at = &p->buf[b];
        if (at->kind != BUF_VALUES || (!at->rounded && gan_md_equal(at->md, gan_params_md(p->w, at->param)))) continue;
        at->pack = gan_params_pack(p->w, at->param, at->md, at->rounded);
        if (at->pack < 0) return -1;
    }
    return 0;
}

static gan_buf root(const gan_plan *p, gan_buf b)
{
    while (p->buf[b].parent != GAN_NONE) b = p->buf[b].parent;
    return b;
}

static void extend(struct buf *b, int at)
{
    if (at < b->first) b->first = at;
    if (at > b->last) b->last = at;
}

static void find_lifetimes(gan_plan *p)
{
    for (int i = 0; i < p->ops; i++)
        for (int k = 0; k < p->op[i].narg; k++)
            if (p->op[i].arg[k] != GAN_NONE) extend(&p->buf[root(p, p->op[i].arg[k])], i);
    for (int i = 0; i < gan_graph_inputs(p->g); i++) {
        gan_id id = gan_graph_input_at(p->g, i);
        extend(&p->buf[root(p, p->dst[id])], 0);
        if (p->diff[id] != GAN_NONE) p->buf[root(p, p->diff[id])].pinned = 1;
    }
    for (int i = 0; i < gan_graph_outputs(p->g); i++) /* the caller fills it between the passes */
        if (p->plain_diff[i] != GAN_NONE) extend(&p->buf[p->plain_diff[i]], p->fwd_ops);
    if (p->between != GAN_NONE) extend(&p->buf[p->between], p->fwd_ops);
    for (gan_buf b = 0; b < p->bufs; b++) {
        if (p->buf[b].pinned) extend(&p->buf[b], p->ops);
    }
}

static int build(gan_plan *p)
{
    gan_emit e = { .p = p, .pass = GAN_FWD };
    int backward = p->o.flags & GAN_GRAD_PARAMS || p->o.input_diffs, result = -1;
    if (p->o.between && (p->between = gan_build_scratch(p, p->o.between)) == GAN_NONE) goto done;
    mark_live(p);
    mark_wanted(p);
    if (gan_lower(p) || emit_forward(&e) || emit_outputs(&e)) goto done;
    p->fwd_ops = p->ops;
    e.pass = GAN_BWD;
    if (backward && (emit_output_diffs(&e) || emit_backward(&e))) goto done;
    if (resolve_values(&e)) goto done;
    find_lifetimes(p);
    result = gan_arena_place(p);
done:
    gan_mem_free(e.conversion);
    return result;
}

gan_plan *gan_plan_new_trial(const gan_graph *g, gan_params *w, const gan_plan_opt *o, const gan_trial *t)
{
    gan_plan *p = NULL;
    GAN_ASSERT(gan_params_graph(w) == g);
    if (gan_graph_failed(g) || !gan_graph_outputs(g))
        gan_error("%s: a graph without an output has no plan", gan_graph_name(g));
    else
        p = gan_mem_alloc(1, sizeof *p);
    if (!p) return NULL;
    p->g = g;
    p->w = w;
    p->o = *o;
    p->trial = t;
    p->between = GAN_NONE;
    p->nodes = gan_graph_nodes(g);
    if (gan_dnn_check_math(o->math)) goto fail;
    if (!p->o.groups) p->o.groups = 1;
    if (o->outputs >> gan_graph_outputs(g)) {
        gan_error("%s: it has no more than %d outputs", gan_graph_name(g), gan_graph_outputs(g));
        goto fail;
    }
    if (alloc_tables(p) || gan_graph_shapes(g, o->batch, o->h, o->w, p->shape)) goto fail;
    if (p->o.groups < 1 || p->shape[0].n % p->o.groups) {
        gan_error("%s: a batch of %d cannot be %d groups", gan_graph_name(g), p->shape[0].n, p->o.groups);
        goto fail;
    }
    if (build(p)) goto fail;
    return p;
fail:
    gan_plan_free(p);
    return NULL;
}

gan_plan *gan_plan_new(const gan_graph *g, gan_params *w, const gan_plan_opt *o)
{
    return gan_plan_new_trial(g, w, o, NULL);
}

/* Memory */

size_t gan_plan_bytes(const gan_plan *p)
{
    return p->bytes;
}

static float *data_of(const gan_plan *p, const struct buf *b)
{
    if (b->kind == BUF_BLOCK) return gan_params_data(p->w, b->param, b->of);
    if (b->kind == BUF_VALUES && b->pack == GAN_NONE) return gan_params_data(p->w, b->param, GAN_VALUES);
    if (b->kind == BUF_VALUES) return (void *)(uintptr_t)gan_params_packed(p->w, b->pack);
    if (b->parent == GAN_NONE) return (float *)(void *)(p->mem + b->offset);
    const struct buf *whole = &p->buf[b->parent];
    return data_of(p, whole) + (size_t)b->c0 * (size_t)b->shape.h * (size_t)b->shape.w;
}

int gan_plan_bind(gan_plan *p, void *mem, size_t bytes)
{
    if (mem && bytes < p->bytes) GAN_BUG("%zu bytes given, %zu needed", bytes, p->bytes);
    if (p->owns_mem) gan_mem_free(p->mem);
    p->owns_mem = !mem;
    p->mem = mem ? mem : gan_mem_alloc_large(p->bytes);
    if (!p->mem) return -1;
    for (gan_buf b = 0; b < p->bufs; b++) p->buf[b].data = data_of(p, &p->buf[b]);
    for (int i = 0; i < p->ops; i++)
        if (p->op[i].bind) p->op[i].bind(&p->op[i], p);
    return 0;
}

void *gan_plan_between(const gan_plan *p)
{
    return gan_plan_data(p, p->between);
}

void *gan_plan_memory(const gan_plan *p)
{
    return p->mem;
}

void gan_plan_poison(gan_plan *p, int on)
{
    p->poison = on;
}

static int of_input(const gan_plan *p, size_t offset)
{
    for (int i = 0; i < gan_graph_inputs(p->g); i++) {
        const struct buf *b = &p->buf[root(p, p->dst[gan_graph_input_at(p->g, i)])];
        if (offset >= b->offset && offset < b->offset + b->bytes) return 1;
    }
    return 0;
}

/* Everything but the inputs, which the caller has just put there. */
static void fill_with_nan(gan_plan *p)
{
    float *mem = (float *)(void *)p->mem;
    for (size_t i = 0; i < p->bytes / sizeof *mem; i++)
        if (!of_input(p, i * sizeof *mem)) mem[i] = NAN;
}

/* Running */

int gan_plan_run(gan_plan *p, enum gan_pass pass, gan_step_key key)
{
    int begin = pass == GAN_FWD ? 0 : p->fwd_ops, end = pass == GAN_FWD ? p->fwd_ops : p->ops;
    GAN_ASSERT(p->mem);
    if (pass == GAN_FWD && p->poison) fill_with_nan(p);
    if (pass == GAN_FWD && gan_params_refresh(p->w)) return -1;
    for (int i = begin; i < end; i++) {
        if (p->op[i].run(&p->op[i], p, key)) return gan_error_in("%s", p->op[i].label);
        if (p->o.pulse && pass == GAN_BWD) p->o.pulse(p->o.ctx);
    }
    return 0;
}

int gan_plan_run_op(gan_plan *p, int i, gan_step_key key)
{
    GAN_ASSERT(i >= 0 && i < p->ops);
    p->alone = 1;
    int result = p->op[i].run(&p->op[i], p, key);
    p->alone = 0;
    return result;
}

static void copy_pictures(gan_tensor t, int first, int count, const float *in, float *out)
{
    size_t each = (size_t)t.s.c * (size_t)t.s.h * (size_t)t.s.w;
    GAN_ASSERT(t.block == 1 && first >= 0 && count >= 0 && first + count <= t.s.n);
    for (int i = 0; i < count; i++) {
        float *at = t.data + (size_t)(first + i) * t.stride_n;
        if (in)
            memcpy(at, in + (size_t)i * each, each * sizeof(float));
        else
            memcpy(out + (size_t)i * each, at, each * sizeof(float));
    }
}

void gan_plan_put(gan_plan *p, gan_id input, int first, int count, const float *in)
{
    copy_pictures(gan_plan_tensor(p, p->dst[input]), first, count, in, NULL);
}

void gan_plan_get_diff(gan_plan *p, gan_id input, int first, int count, float *out)
{
    GAN_ASSERT(p->diff[input] != GAN_NONE);
    copy_pictures(gan_plan_tensor(p, p->diff[input]), first, count, NULL, out);
}

static int output_index(const gan_plan *p, gan_id id)
{
    for (int i = 0; i < gan_graph_outputs(p->g); i++)
        if (gan_graph_output_at(p->g, i) == id) return i;
    GAN_BUG("node %d is not an output", id);
}

const float *gan_plan_dst(gan_plan *p, gan_id output)
{
    return gan_plan_data(p, p->plain[output_index(p, output)]);
}

float *gan_plan_diff(gan_plan *p, gan_id output)
{
    return gan_plan_data(p, p->plain_diff[output_index(p, output)]);
}

gan_shape gan_plan_shape(const gan_plan *p, gan_id id)
{
    return p->shape[id];
}

/* Telling */

int gan_plan_ops(const gan_plan *p)
{
    return p->ops;
}

gan_plan_op gan_plan_op_at(const gan_plan *p, int i)
{
    const gan_op *op = &p->op[i];
    gan_plan_op out = { op->pass, op->label, op->kernel, "", op->flop, op->convolution };
    snprintf(out.layouts, sizeof out.layouts, "%s", op->layouts);
    return out;
}

void gan_plan_print(const gan_plan *p, FILE *out)
{
    fprintf(out, "%s: batch %d, %d operations, %.1f MiB\n", gan_graph_name(p->g), p->shape[0].n, p->ops,
            (double)p->bytes / 0x1p20);
    for (int i = 0; i < p->ops; i++) {
        const gan_op *op = &p->op[i];
        fprintf(out, "  %s %-34s %-24s %-40s", op->pass == GAN_FWD ? "fwd" : "bwd", op->label, op->kernel, op->layouts);
        if (op->flop > 0) fprintf(out, " %8.3f GFLOP", op->flop / 1e9);
        if (op->ratio > 0 && op->ratio < 1) fprintf(out, "  tuned: %.2f of the usual time", op->ratio);
        fputc('\n', out);
    }
}
