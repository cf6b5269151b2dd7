/* A parameter's values in another layout or type than they are kept in, or rounded to those of bf16. */
#include "core/dnn/dnn.h"
#include "core/dnn/kernel.h"
#include "core/dnn/layout.h"

struct unpack {
    gan_buf from, to;
    int tile; /* side of the tiles that are transposed */
    size_t floats;
};

static int run_unpack(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct unpack *u = op->state;
    gan_layout_transpose_all(u->tile, gan_plan_data(p, u->from), gan_plan_data(p, u->to), u->floats);
    return 0;
}

static int change_layout(gan_emit *e, gan_buf from, gan_buf to)
{
    const gan_md *a = gan_build_md(e, from), *b = gan_build_md(e, to);
    struct unpack u = { from, to, gan_layout_tile(a, b), gan_md_bytes(b) / sizeof(float) };
    if (!u.tile) return gan_build_reorder(e, "unpack", from, to);
    gan_op *op = gan_kernel_op(e, "unpack", 2, (gan_buf[]){ from, to }, &u, sizeof u, run_unpack);
    if (op) gan_layout_change_text(a, b, op->layouts, sizeof op->layouts);
    return op ? 0 : -1;
}

int gan_dnn_unpack(gan_emit *e, gan_buf from, gan_buf to)
{
    int rounded = e->p->buf[to].rounded;
    if (rounded && gan_md_equal(gan_build_md(e, from), gan_build_md(e, to))) return gan_kernel_round(e, from, to);
    if (change_layout(e, from, to)) return -1;
    return rounded ? gan_kernel_round(e, to, to) : 0;
}
