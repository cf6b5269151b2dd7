/* The arena of a plan: no two buffers that live at the same time overlap, lifetimes hold all uses, and the planning is
 * worth it. Looks into the plan by its private header. */
#include <criterion/criterion.h>

#include "core/build.h"
#include "gan/mem.h"
#include "gan/model.h"

static const struct row {
    const char *model;
    enum gan_model_kind kind;
    gan_model_opt o;
} rows[] = {
    { "unet", GAN_GENERATOR, { .in = 1, .out = 2, .filters = 8, .levels = 6, .dropout = 0.5f, .size = 64 } },
    { "unet", GAN_GENERATOR, { .in = 1, .out = 2, .filters = 12, .levels = 3, .norm = GAN_NORM_INSTANCE, .size = 40 } },
    { "resnet", GAN_GENERATOR, { .in = 1, .out = 2, .filters = 8, .blocks = 3, .size = 32 } },
    { "patchgan", GAN_DISCRIMINATOR, { .in = 3, .condition = 1, .out = 1, .filters = 8, .layers = 3, .size = 64 } },
    { "pixelgan", GAN_DISCRIMINATOR, { .in = 3, .condition = 1, .out = 1, .filters = 8, .size = 16 } },
};

static const gan_plan_opt plans[] = {
    { .batch = 2, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS | GAN_DROPOUT },
    { .batch = 4, .groups = 2, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS | GAN_NO_LOWER, .input_diffs = 3 },
    { .batch = 1, .flags = GAN_BATCH_STATS, .input_diffs = 1 },
    { .batch = 3 },
};

static int lives(const struct buf *b)
{
    return b->kind == BUF_ARENA && b->parent == GAN_NONE && b->last >= 0;
}

static int meet(const struct buf *a, const struct buf *b)
{
    return a->first <= b->last && b->first <= a->last && a->offset < b->offset + b->bytes &&
           b->offset < a->offset + a->bytes;
}

static void expect_apart(const gan_plan *p, const char *name)
{
    size_t sum = 0;
    for (gan_buf a = 0; a < p->bufs; a++) {
        const struct buf *at = &p->buf[a];
        if (!lives(at)) continue;
        sum += at->bytes;
        cr_expect(at->offset % 64 == 0 && at->offset + at->bytes <= p->bytes, "%s: buffer %d lies outside", name, a);
        for (gan_buf b = a + 1; b < p->bufs; b++)
            cr_expect(!lives(&p->buf[b]) || !meet(at, &p->buf[b]), "%s: buffers %d and %d overlap", name, a, b);
    }
    cr_expect(p->bytes < sum, "%s: %zu bytes of %zu", name, p->bytes, sum);
}

static const struct buf *root(const gan_plan *p, gan_buf b)
{
    while (p->buf[b].parent != GAN_NONE) b = p->buf[b].parent;
    return &p->buf[b];
}

static void expect_alive_when_used(const gan_plan *p, const char *name)
{
    for (int i = 0; i < p->ops; i++)
        for (int k = 0; k < p->op[i].narg; k++) {
            const struct buf *b = p->op[i].arg[k] == GAN_NONE ? NULL : root(p, p->op[i].arg[k]);
            cr_expect(!b || (b->first <= i && b->last >= i), "%s: %s", name, p->op[i].label);
        }
    for (int i = 0; i < gan_graph_inputs(p->g); i++) {
        gan_id id = gan_graph_input_at(p->g, i);
        cr_expect(root(p, p->dst[id])->first == 0, "%s: an input is filled before the first operation", name);
        cr_expect(p->diff[id] == GAN_NONE || root(p, p->diff[id])->last >= p->ops - 1, "%s", name);
    }
    for (int i = 0; i < gan_graph_outputs(p->g); i++) {
        cr_expect(root(p, p->plain[i])->last >= p->ops - 1, "%s: an output is read after the last operation", name);
        cr_expect(p->plain_diff[i] == GAN_NONE || root(p, p->plain_diff[i])->first <= p->fwd_ops, "%s", name);
    }
}

Test(arena, keeps_apart_what_lives_together)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gan_graph *g = gan_model_build(gan_model_find(rows[i].kind, rows[i].model), rows[i].model, &rows[i].o);
        gan_params *w = g ? gan_params_new(g, 0) : NULL;
        cr_assert(w, "%s", gan_error_message());
        for (size_t k = 0; k < sizeof plans / sizeof *plans; k++) {
            gan_plan *p = gan_plan_new(g, w, &plans[k]);
            cr_assert(p, "%s", gan_error_message());
            expect_apart(p, rows[i].model);
            expect_alive_when_used(p, rows[i].model);
            gan_plan_free(p);
        }
        gan_params_free(w);
        gan_graph_free(g);
    }
}

/* Placing by hand: buffers of given sizes and lifetimes. */
static size_t place(struct buf *buf, int n)
{
    gan_plan p = { .buf = buf, .bufs = n };
    cr_assert(!gan_arena_place(&p), "%s", gan_error_message());
    expect_apart(&p, "by hand");
    return p.bytes;
}

static struct buf block(size_t bytes, int first, int last)
{
    return (struct buf){ .kind = BUF_ARENA, .parent = GAN_NONE, .bytes = bytes, .first = first, .last = last };
}

Test(arena, reuses_what_is_free)
{
    struct buf relay[] = { block(640, 0, 1), block(640, 1, 2), block(640, 2, 3), block(640, 3, 4) };
    cr_expect(place(relay, 4) == 1280, "two of a relay live at a time");
    struct buf gap[] = { block(1024, 0, 9), block(512, 0, 3), block(256, 0, 9), block(512, 5, 9), block(1, 6, 6) };
    cr_expect(place(gap, 5) == 1024 + 512 + 256 + 1, "the fourth takes the second's place");
}
