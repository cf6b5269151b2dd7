/* Our own .onnx files, read back: their graph, what their metadata says, and their proof. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/base64.h"
#include "export/golden.h"
#include "export/interface.h"
#include "export/onnx_load.h"
#include "gan/mem.h"

enum { MOST_SIDE = 16384, MOST_MULTIPLE = 65536 };

/* A text of the metadata; owned, gan_mem_free. */
static char *text_of(const gan_onnx_file *f, const char *key)
{
    gan_slice s = gan_onnx_file_text(f, key);
    if (!s.n || memchr(s.at, 0, s.n)) return gan_error("it has no '%s': not exported by gan", key), NULL;
    char *text = gan_mem_alloc(s.n + 1, 1);
    if (text) memcpy(text, s.at, s.n);
    return text;
}

static int short_text(const gan_onnx_file *f, const char *key, char *out, size_t bytes)
{
    char *text = text_of(f, key);
    if (!text) return -1;
    int fits = strlen(text) < bytes;
    if (fits) snprintf(out, bytes, "%s", text);
    gan_mem_free(text);
    return fits ? 0 : gan_error("its '%s' is too long", key);
}

/* "255x257" */
static int pair_of(const gan_onnx_file *f, const char *key, int *h, int *w)
{
    char text[32], rest;
    if (short_text(f, key, text, sizeof text)) return -1;
    int plain = strspn(text, "0123456789x") == strlen(text);
    if (!plain || sscanf(text, "%6dx%6d%c", h, w, &rest) != 2 || *h < 1 || *w < 1 || *h > MOST_SIDE || *w > MOST_SIDE)
        return gan_error("its '%s' is no size", key);
    return 0;
}

static int read_io(const gan_onnx_file *f, gan_exported *e)
{
    char text[32];
    if (short_text(f, "gan.io", text, sizeof text)) return -1;
    return gan_io_find(text, &e->io) ? gan_error_in("its 'gan.io'") : 0;
}

static int read_multiple(const gan_onnx_file *f, gan_exported *e)
{
    char text[16];
    if (short_text(f, "gan.multiple", text, sizeof text)) return -1;
    long value = strtol(text, NULL, 10);
    e->multiple = (int)value;
    return value > 0 && value <= MOST_MULTIPLE ? 0 : gan_error("its 'gan.multiple' is no number of pixels");
}

static int read_config(const gan_onnx_file *f, gan_exported *e)
{
    char *text = text_of(f, "gan.config");
    int result = text ? gan_config_parse(&e->config, "gan.config", text, 0, NULL) : -1;
    gan_mem_free(text);
    return result;
}

static int read_metadata(const gan_onnx_file *f, gan_exported *e)
{
    char weights[32];
    if (read_io(f, e) || read_multiple(f, e) || read_config(f, e) ||
        short_text(f, "gan.norm", e->norm, sizeof e->norm) ||
        short_text(f, "gan.version", e->version, sizeof e->version) ||
        short_text(f, "gan.weights", weights, sizeof weights))
        return -1;
    e->fp16 = !strcmp(weights, "float16");
    return gan_onnx_file_text(f, "gan.size").n ? pair_of(f, "gan.size", &e->h, &e->w) : 0;
}

/* What the metadata say must be what the network makes: others compute with it. */
static int check_output(const gan_exported *e, gan_shape x)
{
    gan_shape y = gan_graph_node(e->frozen.graph, gan_graph_output_at(e->frozen.graph, 0))->dst;
    int channels = gan_io_outputs(e->io, &e->config);
    if (y.c == channels && y.h == x.h && y.w == x.w) return 0;
    return gan_error("its network makes %dx%dx%d of a picture of %dx%d, not %d channels", y.c, y.h, y.w, x.w, x.h,
                     channels);
}

/* The graph is built at the size it takes, or the one it was trained at. */
static int load(gan_exported *e, gan_onnx_file *f)
{
    int size = (int)e->config.data.size;
    gan_shape x = { 1, gan_io_inputs(e->io, &e->config), e->h ? e->h : size, e->h ? e->w : size };
    if (gan_io_check(e->io, &e->config)) return gan_error_in("its 'gan.io'");
    if (gan_onnx_load(f, x, &e->frozen)) return -1;
    if (!check_output(e, x)) return 0;
    gan_frozen_release(&e->frozen);
    return -1;
}

static int read_file(gan_exported *e, gan_onnx_file *f)
{
    *e = (gan_exported){ 0 };
    return read_metadata(f, e) || load(e, f) ? -1 : 0;
}

int gan_exported_open(gan_exported *e, const char *path)
{
    gan_onnx_file *f = gan_onnx_file_open(path);
    int result = f ? read_file(e, f) : -1;
    gan_onnx_file_close(f);
    if (!result) return 0;
    *e = (gan_exported){ 0 };
    return gan_error_in("'%s'", path);
}

void gan_exported_release(gan_exported *e)
{
    gan_frozen_release(&e->frozen);
    *e = (gan_exported){ 0 };
}

static int read_floats(const gan_onnx_file *f, const char *key, float *out, size_t n)
{
    char *text = text_of(f, key);
    int result = text ? gan_base64_decode(text, out, n * sizeof *out) : -1;
    if (text && result) gan_error_in("its '%s'", key);
    gan_mem_free(text);
    return result;
}

static int read_golden(const gan_onnx_file *f, const gan_graph *g, gan_golden *p)
{
    if (pair_of(f, "gan.golden.size", &p->h, &p->w) || pair_of(f, "gan.golden.window", &p->window_h, &p->window_w) ||
        gan_golden_init(p, g))
        return -1;
    return read_floats(f, "gan.golden.x", p->x, p->nx) || read_floats(f, "gan.golden.y", p->y, p->ny) ? -1 : 0;
}

/* NaN if either is not a number. */
static double worst_of(const float *a, const float *b, size_t n)
{
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        double d = fabs((double)a[i] - (double)b[i]);
        if (!(d <= worst)) worst = d;
        if (isnan(worst)) break;
    }
    return worst;
}

static int prove(const gan_onnx_file *f, const gan_exported *e, gan_proof *out)
{
    gan_golden p = { 0 };
    float *y = NULL;
    int result = read_golden(f, e->frozen.graph, &p);
    if (!result) result = (y = gan_mem_alloc(p.ny, sizeof *y)) ? gan_golden_run(&p, &e->frozen, y) : -1;
    if (!result) *out = (gan_proof){ p.h, p.w, worst_of(y, p.y, p.ny), gan_io_tolerance(e->io) };
    gan_mem_free(y);
    gan_golden_release(&p);
    return result;
}

int gan_exported_prove(const char *path, gan_proof *p)
{
    gan_onnx_file *f = gan_onnx_file_open(path);
    gan_exported *e = f ? gan_mem_alloc(1, sizeof *e) : NULL;
    int result = e && !read_file(e, f) ? prove(f, e, p) : -1;
    if (e) gan_frozen_release(&e->frozen);
    gan_mem_free(e);
    gan_onnx_file_close(f);
    return result ? gan_error_in("'%s'", path) : 0;
}
