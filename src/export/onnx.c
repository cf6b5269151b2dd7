/* The .onnx format: frozen, described, with metadata and a proof. */
#include <stdio.h>
#include <string.h>

#include "export/base64.h"
#include "export/formats.h"
#include "export/golden.h"
#include "export/half.h"
#include "export/interface.h"
#include "export/onnx_write.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "gan/version.h"

enum { MOST_TEXTS = 24 };

struct metadata {
    gan_onnx_entry item[MOST_TEXTS];
    char *value[MOST_TEXTS]; /* owned */
    int n, failed;
};

/* Takes value; NULL: it could not be made. */
static void add(struct metadata *m, const char *key, char *value)
{
    GAN_ASSERT(m->n < MOST_TEXTS);
    if (!value) m->failed = 1;
    m->value[m->n] = value;
    m->item[m->n++] = (gan_onnx_entry){ key, value };
}

static void metadata_release(struct metadata *m)
{
    for (int i = 0; i < m->n; i++) gan_mem_free(m->value[i]);
}

static void add_norm(struct metadata *m, const gan_export_opt *o)
{
    if (o->norm == GAN_FREEZE_INSTANCE)
        add(m, "gan.norm", gan_mem_text("instance"));
    else if (o->recalibrated)
        add(m, "gan.norm", gan_mem_printf("recalibrate:%s", o->recalibrated));
    else
        add(m, "gan.norm", gan_mem_text("running"));
}

static void add_golden(struct metadata *m, const gan_golden *p)
{
    add(m, "gan.golden.size", gan_mem_printf("%dx%d", p->h, p->w));
    add(m, "gan.golden.window", gan_mem_printf("%dx%d", p->window_h, p->window_w));
    add(m, "gan.golden.x", gan_base64_encode(p->x, p->nx * sizeof *p->x));
    add(m, "gan.golden.y", gan_base64_encode(p->y, p->ny * sizeof *p->y));
}

static int metadata_init(struct metadata *m, const gan_config *c, const gan_export_opt *o, int multiple,
                         const gan_golden *p)
{
    gan_io_texts about;
    gan_io_describe(o->io, c, &about);
    *m = (struct metadata){ 0 };
    add(m, "gan.version", gan_mem_text(gan_version()));
    add(m, "gan.io", gan_mem_text(gan_io_name(o->io)));
    add(m, "gan.input", gan_mem_text(about.input));
    add(m, "gan.output", gan_mem_text(about.output));
    add(m, "gan.colour_space", gan_mem_text(about.space));
    add(m, "gan.multiple", gan_mem_printf("%d", o->h ? 1 : multiple));
    if (o->h) add(m, "gan.size", gan_mem_printf("%dx%d", o->h, o->w));
    add_norm(m, o);
    add(m, "gan.weights", gan_mem_text(o->fp16 ? "float16" : "float32"));
    add(m, "gan.config", gan_config_text(c));
    add_golden(m, p);
    return m->failed ? -1 : 0;
}

/* Weights become what 16 bits can hold, so that the proof is of what the file holds. */
static int round_weights(const gan_frozen *f)
{
    for (int i = 0; i < gan_graph_params(f->graph); i++) {
        const gan_param *p = gan_graph_param(f->graph, i);
        if (p->ndims != 4) continue;
        float *v = gan_mem_alloc(p->count, sizeof *v);
        int bad = !v || gan_params_get(f->params, i, GAN_VALUES, v);
        for (size_t k = 0; !bad && k < p->count; k++) v[k] = gan_half_to_float(gan_half_from_float(v[k]));
        if (!bad) bad = gan_params_set(f->params, i, GAN_VALUES, v);
        gan_mem_free(v);
        if (bad) return -1;
    }
    return 0;
}

static int write_frozen(const char *path, const gan_frozen *f, const gan_generator *from, const gan_export_opt *o,
                        int multiple)
{
    gan_golden golden;
    struct metadata m = { 0 };
    gan_io_texts about;
    int result = -1;
    if (o->fp16 && round_weights(f)) return -1;
    if (gan_golden_make(&golden, f, o->io, o->h != 0, multiple)) return -1;
    gan_io_describe(o->io, from->config, &about);
    gan_onnx *described = gan_onnx_new(f->graph, o->fp16);
    if (described && !metadata_init(&m, from->config, o, multiple, &golden)) {
        gan_onnx_model model = { described, f->params, about.input, about.output, o->h != 0, m.item, m.n };
        result = gan_onnx_write(path, &model);
    }
    metadata_release(&m);
    gan_onnx_free(described);
    gan_golden_release(&golden);
    return result;
}

static int multiple_of(const gan_config *c)
{
    const gan_model_def *model = gan_model_find(GAN_GENERATOR, c->generator.model);
    gan_model_opt o = gan_model_generator_opt(c);
    return !model ? -1 : model->multiple ? model->multiple(&o) : 1;
}

static size_t numbers_of(const gan_graph *g)
{
    size_t n = 0;
    for (int i = 0; i < gan_graph_params(g); i++) n += gan_graph_param(g, i)->count;
    return n;
}

int gan_export_onnx(const char *path, const gan_generator *from, const gan_export_opt *o, gan_export_report *r)
{
    gan_frozen f;
    int multiple = multiple_of(from->config);
    if (multiple < 0 || gan_io_check(o->io, from->config)) return -1;
    gan_freeze_opt how = { .norm = o->norm, .io = o->io, .h = o->h, .w = o->w, .multiple = multiple };
    if (gan_freeze(from->graph, from->params, &how, &f)) return -1;
    *r = (gan_export_report){ f.folded, f.dropped, f.kept, numbers_of(f.graph) };
    int result = write_frozen(path, &f, from, o, multiple);
    gan_frozen_release(&f);
    return result;
}
