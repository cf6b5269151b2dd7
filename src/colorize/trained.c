#include "colorize/trained.h"

#include <string.h>

#include "gan/checkpoint.h"
#include "gan/export.h"
#include "gan/freeze.h"
#include "gan/import.h"
#include "gan/mem.h"
#include "gan/model.h"

static int set_multiple(gan_trained *t)
{
    const gan_model_def *m = gan_model_find(GAN_GENERATOR, t->config.generator.model);
    gan_model_opt o = gan_model_generator_opt(&t->config);
    t->multiple = m && m->multiple ? m->multiple(&o) : 1;
    return m ? 0 : -1;
}

static int is_checkpoint(gan_trained *t, const char *path)
{
    gan_run_state s;
    return !gan_checkpoint_peek(path, &t->config, &s);
}

/* Folds what can be folded. */
static int freeze(gan_trained *t)
{
    gan_frozen f;
    if (gan_freeze(t->graph, t->params, &(gan_freeze_opt){ .norm = GAN_FREEZE_RUNNING }, &f)) return -1;
    gan_params_free(t->params);
    gan_graph_free(t->graph);
    t->graph = f.graph;
    t->params = f.params;
    return 0;
}

static int open_checkpoint(gan_trained *t, const char *path)
{
    return gan_checkpoint_generator(path, &t->config, &t->graph, &t->params) || set_multiple(t) || freeze(t) ? -1 : 0;
}

static int open_other(gan_trained *t, const char *path)
{
    return gan_import(path, NULL, &t->config, &t->graph, &t->params) || set_multiple(t) || freeze(t) ? -1 : 0;
}

static int is_onnx(gan_trained *t, const char *path)
{
    const gan_export_format *f = gan_export_format_of(path);
    (void)t;
    return f && !strcmp(f->ending, ".onnx");
}

/* Networks frozen with colour conversion or for one size are looked for inside; so are those of other programs. */
static int open_onnx(gan_trained *t, const char *path)
{
    gan_exported *e = gan_mem_alloc(1, sizeof *e);
    if (!e) return -1;
    int found = !gan_exported_open(e, path) && e->io != GAN_IO_RGB && !e->h;
    if (found) {
        *t = (gan_trained){ e->config, e->frozen.graph, e->frozen.params, e->multiple };
        e->frozen = (gan_frozen){ 0 };
    }
    gan_exported_release(e);
    gan_mem_free(e);
    return found ? 0 : open_other(t, path);
}

static int is_any(gan_trained *t, const char *path)
{
    (void)t, (void)path;
    return 1;
}

/* The first that fits; t is scratch until then. */
static const struct kind {
    int (*is)(gan_trained *t, const char *path);
    int (*open)(gan_trained *t, const char *path);
} kinds[] = { { is_checkpoint, open_checkpoint }, { is_onnx, open_onnx }, { is_any, open_other } };

int gan_trained_open(gan_trained *t, const char *path)
{
    const struct kind *k = kinds;
    while (!k->is(t, path)) k++;
    *t = (gan_trained){ 0 };
    if (!k->open(t, path)) return 0;
    gan_trained_release(t);
    return -1;
}

void gan_trained_release(gan_trained *t)
{
    gan_params_free(t->params);
    gan_graph_free(t->graph);
    *t = (gan_trained){ 0 };
}
