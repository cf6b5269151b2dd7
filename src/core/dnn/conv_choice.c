/* Which of oneDNN's primitives computes a pass, and in which layouts. */
#include <stdio.h>
#include <string.h>

#include "core/dnn/conv.h"
#include "core/params.h"

/* Which sides' layouts are left to oneDNN; the tensors' own come first. */
enum { ANY_DST = 1 << 0, ANY_SRC = 1 << 1, SIDES = 4 };
static const char *const side_names[SIDES] = { "", " dst", " src", " src dst" };

static const struct {
    dnnl_query_t src, weights, dst;
} queries[] = {
    [GAN_CONV_FWD] = { dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md },
    [GAN_CONV_BWD_DATA] = { dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md },
    [GAN_CONV_BWD_WEIGHTS] = { dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md },
};

void gan_conv_choice_release(gan_conv_choice *c)
{
    if (c->pd) dnnl_primitive_desc_destroy(c->pd);
    gan_md_free(c->src);
    gan_md_free(c->weights);
    gan_md_free(c->dst);
    *c = (gan_conv_choice){ 0 };
}

struct layouts {
    gan_md *any_src, *any_dst, *weights; /* owned */
    const gan_md *src, *dst;
};

static gan_md *any_layout(const int64_t *dims, int bf16)
{
    return (bf16 ? gan_md_new_bf16 : gan_md_new)(4, dims, GAN_TAG_ANY);
}

static gan_md *any_of(gan_shape s, int bf16)
{
    return any_layout((int64_t[]){ s.n, s.c, s.h, s.w }, bf16);
}

static gan_md *any_weights(const gan_param *p, int bf16)
{
    return any_layout((int64_t[]){ p->dims[p->transposed], p->dims[!p->transposed], p->dims[2], p->dims[3] }, bf16);
}

static void layouts_release(struct layouts *l)
{
    gan_md_free(l->any_src);
    gan_md_free(l->any_dst);
    gan_md_free(l->weights);
}

static int layouts_init(const gan_conv_site *s, struct layouts *l)
{
    *l = (struct layouts){ any_of(s->d.src, 0), any_of(s->d.dst, 0),
                           any_weights(gan_graph_param(s->e->p->g, s->nd->param[0]), 0), gan_build_md(s->e, s->src),
                           gan_build_md(s->e, s->dst) };
    if (l->any_src && l->any_dst && l->weights) return 0;
    layouts_release(l);
    return -1;
}

static const gan_md *src_of(const struct layouts *l, int sides)
{
    return sides & ANY_SRC ? l->any_src : l->src;
}

static const gan_md *dst_of(const struct layouts *l, int sides)
{
    return sides & ANY_DST ? l->any_dst : l->dst;
}

/* In bf16 the operands are copies anyhow: they and the result, in float, get the layouts that oneDNN likes best. NULL if
 * it has no more than a reference implementation. Gradients of weights stay in float: oneDNN's threads wait for each
 * other there by spinning, which on a busy machine costs a factor of 30. */
static dnnl_primitive_desc_t usual_bf16(const gan_conv_site *s)
{
    if (s->kind == GAN_CONV_BWD_WEIGHTS) return NULL;
    gan_md *src = any_of(s->d.src, s->kind == GAN_CONV_FWD), *dst = any_of(s->d.dst, s->kind == GAN_CONV_BWD_DATA);
    gan_md *weights = any_weights(gan_graph_param(s->e->p->g, s->nd->param[0]), 1);
    int reference = 1;
    dnnl_primitive_desc_t pd = NULL;
    if (src && dst && weights) pd = gan_back_conv(s->kind, &s->d, src, weights, dst, s->hint, &reference);
    gan_md_free(src);
    gan_md_free(weights);
    gan_md_free(dst);
    if (pd && reference) dnnl_primitive_desc_destroy(pd);
    return reference ? NULL : pd;
}

/* The first combination that is not a reference implementation; whatever differs is reordered by the caller. */
static dnnl_primitive_desc_t usual(const gan_conv_site *s, const struct layouts *l)
{
    dnnl_primitive_desc_t best = NULL;
    for (int sides = 0, reference = 1; sides < SIDES && reference; sides++) {
        dnnl_primitive_desc_t pd =
            gan_back_conv(s->kind, &s->d, src_of(l, sides), l->weights, dst_of(l, sides), s->hint, &reference);
        if (!pd) reference = 1;
        if (pd && best && reference) {
            dnnl_primitive_desc_destroy(pd);
            continue;
        }
        if (pd && best) dnnl_primitive_desc_destroy(best);
        if (pd) best = pd;
    }
    return best;
}

struct search {
    const gan_conv_site *s;
    const struct layouts *l;
    const char *name; /* looked for */
    gan_alternatives *list;
    const gan_conv_choice *left_out; /* of the list; NULL: none */
    int sides;
};

static int is_named(void *ctx, const_dnnl_primitive_desc_t pd)
{
    const struct search *q = ctx;
    char name[GAN_CHOICE_BYTES];
    snprintf(name, sizeof name, "%s%s", gan_back_name(pd), side_names[q->sides]);
    return !strcmp(name, q->name);
}

static dnnl_primitive_desc_t named(struct search *q)
{
    dnnl_primitive_desc_t pd = NULL;
    const gan_conv_site *s = q->s;
    for (q->sides = 0; q->sides < SIDES && !pd; q->sides++)
        pd = gan_back_conv_find(s->kind, &s->d, src_of(q->l, q->sides), q->l->weights, dst_of(q->l, q->sides), s->hint,
                                is_named, q);
    if (!pd) gan_error("oneDNN has no '%s' here", q->name);
    return pd;
}

int gan_conv_choose(const gan_conv_site *s, const char *name, gan_conv_choice *c)
{
    struct layouts l;
    *c = (gan_conv_choice){ 0 };
    if (layouts_init(s, &l)) return -1;
    if (!name && s->e->p->o.math == GAN_MATH_BF16) c->pd = usual_bf16(s);
    if (!c->pd) c->pd = name ? named(&(struct search){ .s = s, .l = &l, .name = name }) : usual(s, &l);
    layouts_release(&l);
    if (!c->pd) return -1;
    c->src = gan_back_query(c->pd, queries[s->kind].src, 0);
    c->weights = gan_back_query(c->pd, queries[s->kind].weights, 0);
    c->dst = gan_back_query(c->pd, queries[s->kind].dst, 0);
    if (c->src && c->weights && c->dst) return 0;
    gan_conv_choice_release(c);
    return -1;
}

static int has_layout(const_dnnl_primitive_desc_t pd, dnnl_query_t what, const gan_md *layout)
{
    gan_md *md = gan_back_query(pd, what, 0);
    int same = md && gan_md_equal(md, layout);
    gan_md_free(md);
    return same;
}

static int is_same(const struct search *q, const_dnnl_primitive_desc_t pd, const gan_conv_choice *c)
{
    return !strcmp(gan_back_name(pd), gan_back_name(c->pd)) && has_layout(pd, queries[q->s->kind].src, c->src) &&
           has_layout(pd, queries[q->s->kind].weights, c->weights) && has_layout(pd, queries[q->s->kind].dst, c->dst);
}

/* Wants none, and so sees all. A layout that oneDNN would choose and that the tensor has anyway is no alternative. */
static int note(void *ctx, const_dnnl_primitive_desc_t pd)
{
    const struct search *q = ctx;
    char name[GAN_CHOICE_BYTES];
    int known = (q->sides & ANY_SRC && has_layout(pd, queries[q->s->kind].src, q->l->src)) ||
                (q->sides & ANY_DST && has_layout(pd, queries[q->s->kind].dst, q->l->dst));
    if (known || gan_back_is_reference(pd) || (q->left_out && is_same(q, pd, q->left_out))) return 0;
    snprintf(name, sizeof name, "%s%s", gan_back_name(pd), side_names[q->sides]);
    gan_alternatives_add(q->list, name);
    return 0;
}

void gan_conv_names(const gan_conv_site *s, int without_usual, gan_alternatives *list)
{
    struct layouts l;
    gan_conv_choice left_out = { 0 };
    if ((without_usual && gan_conv_choose(s, NULL, &left_out)) || layouts_init(s, &l)) {
        gan_conv_choice_release(&left_out);
        return;
    }
    struct search q = { .s = s, .l = &l, .list = list, .left_out = without_usual ? &left_out : NULL };
    for (q.sides = 0; q.sides < SIDES; q.sides++)
        gan_back_conv_find(s->kind, &s->d, src_of(&l, q.sides), l.weights, dst_of(&l, q.sides), s->hint, note, &q);
    layouts_release(&l);
    gan_conv_choice_release(&left_out);
}
