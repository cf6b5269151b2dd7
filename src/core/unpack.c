/* Parameters of one copy: what a pass wants in another layout than they are kept in is made right before the operation
 * that reads it, in the arena, where it lives for that operation alone. */
#include <stdio.h>
#include <string.h>

#include "core/build.h"
#include "core/dnn/dnn.h"
#include "core/params.h"
#include "gan/mem.h"

static int is_foreign(const gan_plan *p, gan_buf b)
{
    if (b == GAN_NONE || p->buf[b].kind != BUF_VALUES) return 0;
    return p->buf[b].rounded || !gan_md_equal(p->buf[b].md, gan_params_md(p->w, p->buf[b].param));
}

/* Buffer b of values becomes one of the arena; appends the operations that fill it. */
static int unpack(gan_emit *e, gan_buf b)
{
    gan_plan *p = e->p;
    int param = p->buf[b].param, first = p->ops;
    gan_buf from = gan_build_values(p, param, gan_params_md(p->w, param));
    if (from == GAN_NONE) return -1;
    p->buf[b].kind = BUF_ARENA;
    if (gan_dnn_unpack(e, from, b)) return -1;
    for (int i = first; i < p->ops; i++)
        snprintf(p->op[i].label, GAN_LABEL_BYTES, "%s unpack", gan_graph_param(p->g, param)->name);
    return 0;
}

/* Appends what the first n operations need; need[i]: how many of the appended ones belong to operation i. */
static int append_all(gan_emit *e, int n, int *need)
{
    gan_plan *p = e->p;
    for (int i = 0; i < n; i++) {
        e->pass = p->op[i].pass;
        for (int k = 0; k < p->op[i].narg; k++) {
            gan_buf b = p->op[i].arg[k];
            if (!is_foreign(p, b)) continue;
            int before = p->ops;
            if (unpack(e, b)) return -1;
            need[i] += p->ops - before;
        }
    }
    return 0;
}

/* Moves the appended operations in front of those that need them. */
static void interleave(gan_plan *p, int n, const int *need, gan_op *ordered)
{
    int at = 0, fwd_ops = p->fwd_ops;
    const gan_op *next = p->op + n;
    for (int i = 0; i < n; i++) {
        if (i == fwd_ops) p->fwd_ops = at;
        for (int k = 0; k < need[i]; k++) ordered[at++] = *next++;
        ordered[at++] = p->op[i];
    }
    if (fwd_ops == n) p->fwd_ops = at;
    memcpy(p->op, ordered, (size_t)at * sizeof *ordered);
}

int gan_build_unpack(gan_emit *e)
{
    gan_plan *p = e->p;
    int n = p->ops, result = -1;
    int *need = gan_mem_alloc((size_t)n, sizeof *need);
    gan_op *ordered = NULL;
    e->self = -1;
    if (!need || append_all(e, n, need)) goto done;
    ordered = gan_mem_alloc((size_t)p->ops, sizeof *ordered);
    if (!ordered) goto done;
    interleave(p, n, need, ordered);
    result = 0;
done:
    gan_mem_free(need);
    gan_mem_free(ordered);
    return result;
}
