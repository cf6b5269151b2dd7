#include "core/dnn/primitive.h"

#include <stdio.h>

#include "core/dnn/dnn.h"
#include "core/dnn/layout.h"
#include "gan/mem.h"

enum { MAX_MEMORY = 6 };

struct primitive { /* state of an operation: the primitive and its arguments, bound to the plan's buffers */
    dnnl_primitive_t primitive;
    int n;
    gan_buf buf[MAX_MEMORY];
    dnnl_exec_arg_t arg[MAX_MEMORY];
};

int gan_dnn_wide(void)
{
    return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;
}

unsigned gan_dnn_isa(void)
{
    return (unsigned)dnnl_get_effective_cpu_isa();
}

const char *gan_dnn_version(void)
{
    static _Thread_local char text[32];
    const dnnl_version_t *v = dnnl_version();
    snprintf(text, sizeof text, "%d.%d.%d", v->major, v->minor, v->patch);
    return text;
}

static void release(void *state)
{
    struct primitive *s = state;
    for (int i = 0; i < s->n; i++)
        if (s->arg[i].memory) dnnl_memory_destroy(s->arg[i].memory);
    if (s->primitive) dnnl_primitive_destroy(s->primitive);
}

static void bind(const gan_op *op, const gan_plan *p)
{
    struct primitive *s = op->state;
    for (int i = 0; i < s->n; i++) dnnl_memory_set_data_handle(s->arg[i].memory, gan_plan_data(p, s->buf[i]));
}

static int run(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)p, (void)key;
    const struct primitive *s = op->state;
    dnnl_status_t st = dnnl_primitive_execute(s->primitive, gan_back_stream(), s->n, s->arg);
    return st == dnnl_success ? 0 : gan_back_error("running a primitive", st);
}

static int add_memory(struct primitive *s, int arg, gan_buf b, const gan_md *md)
{
    dnnl_memory_t memory = md ? gan_back_memory(md) : NULL;
    if (!memory) return -1;
    s->buf[s->n] = b;
    s->arg[s->n++] = (dnnl_exec_arg_t){ arg, memory };
    return 0;
}

static int add_argument(struct primitive *s, const_dnnl_primitive_desc_t pd, gan_argument a)
{
    gan_md *md = gan_back_query(pd, a.what, a.index);
    int result = add_memory(s, a.arg, a.buf, md);
    gan_md_free(md);
    return result;
}

static int add_scratch(gan_emit *e, struct primitive *s, const_dnnl_primitive_desc_t pd)
{
    gan_md *md = gan_back_query(pd, dnnl_query_scratchpad_md, 0);
    size_t bytes = md ? gan_md_bytes(md) : 0;
    gan_buf b = md ? gan_build_scratch(e->p, bytes) : GAN_NONE;
    int result = b == GAN_NONE ? -1 : add_memory(s, DNNL_ARG_SCRATCHPAD, b, md);
    gan_md_free(md);
    return result;
}

gan_op *gan_primitive_op(gan_emit *e, const char *what, const_dnnl_primitive_desc_t pd, int n, const gan_argument *a)
{
    struct primitive *s = gan_mem_alloc(1, sizeof *s);
    if (!s) return NULL;
    dnnl_status_t st = dnnl_primitive_create(&s->primitive, pd);
    int bad = st == dnnl_success ? add_scratch(e, s, pd) : gan_back_error(what, st);
    for (int i = 0; i < n && !bad; i++)
        if (a[i].buf != GAN_NONE) bad = add_argument(s, pd, a[i]);
    gan_op *op = NULL;
    if (bad) {
        release(s);
        gan_mem_free(s);
        return NULL;
    }
    struct primitive copy = *s;
    op = gan_build_op(e, what, s->n, s->buf, s);
    if (!op) {
        release(&copy);
        return NULL;
    }
    op->run = run;
    op->bind = bind;
    op->release = release;
    snprintf(op->kernel, sizeof op->kernel, "%s", gan_back_name(pd));
    return op;
}

int gan_build_reorder(gan_emit *e, const char *what, gan_buf src, gan_buf dst)
{
    dnnl_primitive_desc_t pd = gan_back_reorder(gan_build_md(e, src), gan_build_md(e, dst));
    if (!pd) return -1;
    gan_argument a[] = { { DNNL_ARG_FROM, src, dnnl_query_src_md, 0 }, { DNNL_ARG_TO, dst, dnnl_query_dst_md, 0 } };
    gan_op *op = gan_primitive_op(e, what, pd, 2, a);
    if (op) gan_layout_change_text(gan_build_md(e, src), gan_build_md(e, dst), op->layouts, sizeof op->layouts);
    dnnl_primitive_desc_destroy(pd);
    return op ? 0 : -1;
}
