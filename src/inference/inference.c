/* The inference API: a colorizer, and beside it a frozen file's whole network where that does more than colour. */
#include "gan/inference.h"

#include <string.h>

#include "colorize/runner.h"
#include "colorize/trained.h"
#include "gan/colorize.h"
#include "gan/export.h"
#include "gan/mem.h"
#include "gan/task.h"

struct gan_inference {
    gan_inference_facts facts;
    gan_text norm;
    gan_colorizer *colorizer; /* NULL: of a whole network, made from path when a picture is to be coloured */
    char *path;
    gan_exported *whole; /* NULL: the colorizer is all there is */
    gan_runner runner;   /* of whole */
};

/* What is told of a handle */

static int is_lab(const gan_config *c)
{
    gan_task t = gan_task_of(c), lab = gan_task_default();
    return t.inputs == lab.inputs && t.outputs == lab.outputs && t.space == lab.space && t.input == lab.input;
}

static const char *norm_of(const gan_config *c)
{
    static const char *const names[] = {
        [GAN_NORM_BATCH] = "running", [GAN_NORM_INSTANCE] = "instance", [GAN_NORM_NONE] = "none"
    };
    return names[c->generator.norm];
}

static const gan_config *config_of(const gan_inference *f)
{
    return f->whole ? &f->whole->config : gan_colorizer_config(f->colorizer);
}

static void tell(gan_inference *f, const gan_graph *g, int multiple)
{
    const gan_config *c = config_of(f);
    int rgb = f->whole && f->whole->io == GAN_IO_RGB;
    f->facts = (gan_inference_facts){ .model = c->generator.model,
                                      .io = rgb         ? "rgb"
                                            : is_lab(c) ? "lab"
                                                        : "task",
                                      .norm = f->norm[0] ? f->norm : norm_of(c),
                                      .in = gan_graph_node(g, gan_graph_input_at(g, 0))->dst.c,
                                      .out = gan_graph_node(g, gan_graph_output_at(g, 0))->dst.c,
                                      .multiple = multiple,
                                      .h = f->whole ? f->whole->h : 0,
                                      .w = f->whole ? f->whole->w : 0,
                                      .size = (int)c->data.size,
                                      .parameters = gan_graph_param_count(g) };
}

/* Opening */

static int is_onnx(const char *path)
{
    const char *ending = strrchr(path, '.');
    return ending && !strcmp(ending, ".onnx");
}

/* Sides of a network of one size are what they are. */
static void use_whole(gan_inference *f)
{
    const gan_exported *e = f->whole;
    int multiple = e->h ? 1 : e->multiple;
    f->runner = (gan_runner){ .graph = e->frozen.graph, .params = e->frozen.params, .multiple = multiple };
    tell(f, e->frozen.graph, multiple);
}

/* An .onnx from L to ab at any size is a colorizer; others are whole networks. */
static int use_exported(gan_inference *f)
{
    gan_exported *e = f->whole;
    memcpy(f->norm, e->norm, sizeof f->norm);
    if (e->io == GAN_IO_RGB || e->h) {
        use_whole(f);
        return 0;
    }
    gan_trained net = { e->config, e->frozen.graph, e->frozen.params, e->multiple };
    e->frozen = (gan_frozen){ 0 };
    gan_mem_free(e);
    f->whole = NULL;
    f->colorizer = gan_colorizer_of(&net);
    return f->colorizer ? 0 : -1;
}

/* 0 too if it is no .onnx of ours. */
static int open_exported(gan_inference *f, const char *path)
{
    if (!is_onnx(path)) return 0;
    f->whole = gan_mem_alloc(1, sizeof *f->whole);
    if (!f->whole) return -1;
    if (!gan_exported_open(f->whole, path)) return use_exported(f);
    gan_mem_free(f->whole);
    f->whole = NULL;
    return 0;
}

static int open_colorizer(gan_inference *f, const char *path)
{
    if (!f->colorizer) f->colorizer = gan_colorizer_open(path);
    if (!f->colorizer) return -1;
    tell(f, gan_colorizer_graph(f->colorizer), gan_colorizer_multiple(f->colorizer));
    return 0;
}

gan_inference *gan_inference_open(const char *path)
{
    gan_inference *f = gan_mem_alloc(1, sizeof *f);
    if (!f) return NULL;
    f->path = gan_mem_printf("%s", path);
    if (f->path && !open_exported(f, path) && (f->whole || !open_colorizer(f, path))) return f;
    gan_inference_close(f);
    return NULL;
}

void gan_inference_close(gan_inference *f)
{
    if (!f) return;
    gan_runner_release(&f->runner);
    gan_colorizer_free(f->colorizer);
    if (f->whole) gan_exported_release(f->whole);
    gan_mem_free(f->whole);
    gan_mem_free(f->path);
    gan_mem_free(f);
}

const gan_inference_facts *gan_inference_info(const gan_inference *f)
{
    return f ? &f->facts : NULL;
}

/* Running */

static int check_open(const gan_inference *f)
{
    return f ? 0 : gan_error("no network is open");
}

int gan_inference_run(gan_inference *f, int n, int h, int w, const float *x, float *y)
{
    if (check_open(f)) return -1;
    if (!f->whole) return gan_colorizer_run(f->colorizer, n, h, w, x, y);
    if (f->facts.h && (h != f->facts.h || w != f->facts.w))
        return gan_error("the network takes pictures of %dx%d only, not %dx%d", f->facts.w, f->facts.h, w, h);
    return gan_runner_run(&f->runner, n, h, w, x, y);
}

static int check_picture(const gan_inference *f, int w, int h)
{
    if (!is_lab(config_of(f))) return gan_error("the network does not make ab from L: it colours no pictures");
    if (w >= 1 && h >= 1 && w <= GAN_IMAGE_MAX_SIDE && h <= GAN_IMAGE_MAX_SIDE &&
        (size_t)w * (size_t)h <= GAN_IMAGE_MAX_PIXELS)
        return 0;
    return gan_error("%dx%d is no size of a picture", w, h);
}

int gan_inference_rgb(gan_inference *f, int w, int h, const uint8_t *rgb, uint8_t *out)
{
    gan_colouring how = gan_colouring_default();
    if (check_open(f) || check_picture(f, w, h)) return -1;
    if (!f->colorizer) f->colorizer = gan_colorizer_open(f->path);
    if (!f->colorizer) return -1;
    if (out != rgb) memcpy(out, rgb, 3 * (size_t)w * (size_t)h);
    return gan_colorize_photo(f->colorizer, &(gan_photo){ .w = w, .h = h, .rgb = out }, &how);
}
