/* Weights as safetensors, written by anybody: one tensor per parameter that is no constant of the graph, without state, optimiser and checksums of a run.
 * Ours have the names that parameters have in the graph, and the configuration. */
#include <stdio.h>
#include <string.h>

#include "export/formats.h"
#include "export/tensors.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/safetensors.h"

static const char FORMAT[] = "gan-weights-1";

struct source {
    gan_params *params;
    int param;
};

static int fill(void *ctx, void *out, size_t bytes)
{
    const struct source *s = ctx;
    (void)bytes;
    return gan_params_get(s->params, s->param, GAN_VALUES, out);
}

static int declare(gan_st_writer *w, const gan_graph *g, struct source *s, gan_export_report *r)
{
    const gan_param *p = gan_graph_param(g, s->param);
    int64_t dims[4];
    for (int d = 0; d < p->ndims; d++) dims[d] = p->dims[d];
    r->parameters += p->count;
    return gan_st_tensor(w, p->name, GAN_F32, p->ndims, dims, fill, s);
}

int gan_export_safetensors(const char *path, const gan_generator *from, const gan_export_opt *o, gan_export_report *r)
{
    int count = gan_graph_params(from->graph), result = -1;
    struct source *sources = gan_mem_alloc((size_t)count, sizeof *sources);
    gan_st_writer *w = gan_st_writer_new();
    char *config = gan_config_text(from->config);
    (void)o;
    if (!sources || !w || !config || gan_st_text(w, "format", FORMAT) || gan_st_text(w, "config", config)) goto done;
    for (int i = 0; i < count; i++) {
        if (gan_graph_param(from->graph, i)->init == GAN_INIT_GIVEN) continue;
        sources[i] = (struct source){ from->params, i };
        if (declare(w, from->graph, &sources[i], r)) goto done;
    }
    result = gan_st_write(w, path);
done:
    gan_mem_free(config);
    gan_st_writer_free(w);
    gan_mem_free(sources);
    return result;
}

/* Reading: any file of safetensors, under the names it has; of checkpoints the values */

static int recognise(const unsigned char *head, size_t n)
{
    return n > 8 && head[8] == '{';
}

static int is_checkpoint(const gan_st_file *f)
{
    static const char prefix[] = "gan-checkpoint-";
    const char *format = gan_st_get_text(f, "format");
    return format && !strncmp(format, prefix, strlen(prefix));
}

/* Names of a checkpoint are NET/PARAMETER; NET.m and NET.v are Adam's, NET.ema the moving average. */
static int is_value(const char *name)
{
    size_t net = strcspn(name, "/");
    return name[net] && !memchr(name, '.', net);
}

/* The moving average of a checkpoint's parameter, or the tensor itself where there is none. */
static const gan_st_info *averaged(const gan_st_file *f, const gan_st_info *info)
{
    char name[4 * GAN_NAME_BYTES];
    int net = (int)strcspn(info->name, "/");
    snprintf(name, sizeof name, "%.*s.ema%s", net, info->name, info->name + net);
    const gan_st_info *average = is_checkpoint(f) ? gan_st_find(f, name) : NULL;
    return average ? average : info;
}

static int open_file(gan_tensors *t, const char *path)
{
    gan_st_file *f = t->file = gan_st_open(path);
    if (!f) return -1;
    const char *config = gan_st_get_text(f, "config");
    if (config && !(t->config = gan_mem_text(config))) return -1;
    for (size_t i = 0; i < gan_st_count(f); i++) {
        const gan_st_info *info = gan_st_at(f, i);
        if (is_checkpoint(f) && !is_value(info->name)) continue;
        if (!gan_tensors_add(t, "", info->name, strlen(info->name), info->ndims, info->dims)) return -1;
    }
    return 0;
}

static int read_tensor(gan_tensors *t, const gan_tensor *x, float *out)
{
    const gan_st_info *info = gan_st_find(t->file, x->name), *from = averaged(t->file, info);
    if (from->bytes != info->bytes) return gan_error("its moving average has another size");
    info = from;
    if (info->type != GAN_F32) return gan_error("its elements are not float32");
    return gan_st_read(t->file, info, out);
}

static void close_file(gan_tensors *t)
{
    gan_st_close(t->file);
}

const gan_tensor_reader gan_safetensors_reader = {
    .name = "safetensors", .recognise = recognise, .open = open_file, .read = read_tensor, .close = close_file
};
