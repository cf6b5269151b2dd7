#include "export/golden.h"

#include <string.h>

#include "gan/colour.h"
#include "gan/mem.h"
#include "gan/plan.h"
#include "gan/scene.h"

enum { LEAST_SIDE = 64, MOST_WINDOW = 256, MOST_SIDE = 16384, LEAST_SCENE = 16, SEED = 1 };

static gan_shape input_of(const gan_graph *g)
{
    return gan_graph_node(g, gan_graph_input_at(g, 0))->dst;
}

static gan_shape output_of(const gan_graph *g)
{
    return gan_graph_node(g, gan_graph_output_at(g, 0))->dst;
}

int gan_golden_init(gan_golden *p, const gan_graph *g)
{
    int bad = p->h < 1 || p->w < 1 || p->h > MOST_SIDE || p->w > MOST_SIDE || p->window_h < 1 || p->window_w < 1;
    if (bad || p->window_h > p->h || p->window_w > p->w || p->window_h > MOST_WINDOW || p->window_w > MOST_WINDOW)
        return gan_error("a proof of %dx%d in %dx%d is none", p->window_w, p->window_h, p->w, p->h);
    size_t pixels = (size_t)p->window_h * (size_t)p->window_w;
    p->nx = (size_t)input_of(g).c * pixels;
    p->ny = (size_t)output_of(g).c * pixels;
    p->x = gan_mem_alloc(p->nx, sizeof *p->x);
    p->y = gan_mem_alloc(p->ny, sizeof *p->y);
    if (p->x && p->y) return 0;
    gan_golden_release(p);
    return -1;
}

void gan_golden_release(gan_golden *p)
{
    gan_mem_free(p->x);
    gan_mem_free(p->y);
    p->x = p->y = NULL;
}

static void planes_of(const uint8_t *rgb, size_t pixels, float *x)
{
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < 3; c++) x[c * pixels + i] = (float)rgb[3 * i + c] / 255;
}

/* What a network of any task could see: the channels of the scene, again and again. */
static void signed_planes_of(const uint8_t *rgb, size_t pixels, size_t channels, float *x)
{
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < pixels; i++) x[c * pixels + i] = 2 * (float)rgb[3 * i + c % 3] / 255 - 1;
}

static int draw(gan_golden *p, enum gan_io io)
{
    gan_image scene, window;
    size_t pixels = (size_t)p->window_h * (size_t)p->window_w;
    int side = p->window_h > p->window_w ? p->window_h : p->window_w;
    if (gan_scene_draw(&scene, SEED, 0, side < LEAST_SCENE ? LEAST_SCENE : side)) return -1;
    int result = gan_image_crop(&window, &scene, 0, 0, p->window_w, p->window_h);
    gan_image_release(&scene);
    if (result) return -1;
    if (io == GAN_IO_RGB)
        planes_of(window.rgb, pixels, p->x);
    else if (io == GAN_IO_NATIVE)
        signed_planes_of(window.rgb, pixels, p->nx / pixels, p->x);
    else
        gan_lab_normalise(window.rgb, pixels, p->x, NULL);
    gan_image_release(&window);
    return 0;
}

/* Repeats the window of each channel over a whole plane. */
static void repeat(const gan_golden *p, size_t channels, float *to)
{
    for (size_t c = 0; c < channels; c++)
        for (int row = 0; row < p->h; row++) {
            const float *from = p->x + (c * (size_t)p->window_h + (size_t)(row % p->window_h)) * (size_t)p->window_w;
            for (int col = 0; col < p->w; col++) *to++ = from[col % p->window_w];
        }
}

static void cut(const gan_golden *p, size_t channels, const float *from, float *y)
{
    for (size_t c = 0; c < channels; c++)
        for (int row = 0; row < p->window_h; row++, y += p->window_w)
            memcpy(y, from + (c * (size_t)p->h + (size_t)row) * (size_t)p->w, (size_t)p->window_w * sizeof *y);
}

int gan_golden_run(const gan_golden *p, const gan_frozen *f, float *y)
{
    gan_id in = gan_graph_input_at(f->graph, 0), out = gan_graph_output_at(f->graph, 0);
    size_t channels = (size_t)input_of(f->graph).c;
    float *x = gan_mem_alloc(channels * (size_t)p->h * (size_t)p->w, sizeof *x);
    gan_plan *plan = x ? gan_plan_new(f->graph, f->params, &(gan_plan_opt){ .batch = 1, .h = p->h, .w = p->w }) : NULL;
    int result = plan ? gan_plan_bind(plan, NULL, 0) : -1;
    gan_shape s = plan ? gan_plan_shape(plan, out) : (gan_shape){ 0 };
    if (!result && (s.h != p->h || s.w != p->w)) result = gan_error("the network's output is of another size");
    if (!result) {
        repeat(p, channels, x);
        gan_plan_put(plan, in, 0, 1, x);
        result = gan_plan_run(plan, GAN_FWD, (gan_step_key){ 0 });
    }
    if (!result) cut(p, (size_t)s.c, gan_plan_dst(plan, out), y);
    gan_plan_free(plan);
    gan_mem_free(x);
    return result;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

int gan_golden_make(gan_golden *p, const gan_frozen *f, enum gan_io io, int fixed, int multiple)
{
    gan_shape s = input_of(f->graph);
    int side = (LEAST_SIDE + multiple - 1) / multiple * multiple;
    *p = (gan_golden){ .h = fixed ? s.h : side, .w = fixed ? s.w : side };
    p->window_h = smaller(p->h, MOST_WINDOW);
    p->window_w = smaller(p->w, MOST_WINDOW);
    if (gan_golden_init(p, f->graph)) return -1;
    if (!draw(p, io) && !gan_golden_run(p, f, p->y)) return 0;
    gan_golden_release(p);
    return -1;
}
