/* A generator in evaluation: running statistics, no dropout. */
#include "gan/colorizer.h"

#include <math.h>
#include <string.h>

#include "gan/checkpoint.h"
#include "gan/colour.h"
#include "gan/mem.h"
#include "train/chroma.h"

enum { MAX_ASPECT = 8 }; /* a longer picture is shrunk until its long side is this many times the trained size */

struct gan_colorizer {
    gan_config config;
    gan_graph *graph;
    gan_params *params;
    int multiple;
    gan_plan *plan; /* of the size used last; NULL: none yet */
    int n, h, w;
};

gan_colorizer *gan_colorizer_open(const char *checkpoint)
{
    gan_colorizer *c = gan_mem_alloc(1, sizeof *c);
    if (!c) return NULL;
    if (gan_checkpoint_generator(checkpoint, &c->config, &c->graph, &c->params)) goto fail;
    const gan_model_def *model = gan_model_find(GAN_GENERATOR, c->config.generator.model);
    if (!model) goto fail;
    gan_model_opt o = gan_model_generator_opt(&c->config);
    c->multiple = model->multiple ? model->multiple(&o) : 1;
    return c;
fail:
    gan_colorizer_free(c);
    return NULL;
}

void gan_colorizer_free(gan_colorizer *c)
{
    if (!c) return;
    gan_plan_free(c->plan);
    gan_params_free(c->params);
    gan_graph_free(c->graph);
    gan_mem_free(c);
}

const gan_config *gan_colorizer_config(const gan_colorizer *c)
{
    return &c->config;
}

const gan_graph *gan_colorizer_graph(const gan_colorizer *c)
{
    return c->graph;
}

int gan_colorizer_multiple(const gan_colorizer *c)
{
    return c->multiple;
}

/* Running the network */

static int make_plan(gan_colorizer *c, int n, int h, int w)
{
    if (c->plan && c->n == n && c->h == h && c->w == w) return 0;
    gan_plan_free(c->plan);
    c->plan = gan_plan_new(c->graph, c->params, &(gan_plan_opt){ .batch = n, .h = h, .w = w });
    if (c->plan && !gan_plan_bind(c->plan, NULL, 0)) {
        c->n = n;
        c->h = h;
        c->w = w;
        return 0;
    }
    gan_plan_free(c->plan);
    c->plan = NULL;
    return -1;
}

int gan_colorizer_run(gan_colorizer *c, int n, int h, int w, const float *x, float *y)
{
    gan_id in = gan_graph_input_at(c->graph, 0), out = gan_graph_output_at(c->graph, 0);
    if (n < 1 || h < 1 || w < 1 || h % c->multiple || w % c->multiple)
        return gan_error("cannot colour %d pictures of %dx%d: their sides are no multiples of %d", n, w, h,
                         c->multiple);
    if (make_plan(c, n, h, w)) return -1;
    gan_plan_put(c->plan, in, 0, n, x);
    if (gan_plan_run(c->plan, GAN_FWD, (gan_step_key){ 0 })) return -1;
    memcpy(y, gan_plan_dst(c->plan, out), 2 * (size_t)n * (size_t)h * (size_t)w * sizeof *y);
    return 0;
}

/* Pictures of any size */

struct frame {
    int w, h;               /* of the picture as the network sees it */
    int padded_w, padded_h; /* multiples, and at least the trained size */
};

/* The short side at the trained size, the long one in proportion; of very long pictures the long one at its limit. */
static struct frame frame_of(const gan_colorizer *c, const gan_image *in)
{
    int size = (int)c->config.data.size, wide = in->w >= in->h;
    double low = wide ? in->h : in->w, high = wide ? in->w : in->h, scale = size / low;
    if (high > MAX_ASPECT * low) scale = MAX_ASPECT * size / high;
    int nlow = (int)fmax(1, floor(low * scale + 0.5)), nhigh = (int)fmax(1, floor(high * scale + 0.5));
    struct frame f = { .w = wide ? nhigh : nlow, .h = wide ? nlow : nhigh };
    f.padded_w = ((f.w > size ? f.w : size) + c->multiple - 1) / c->multiple * c->multiple;
    f.padded_h = ((f.h > size ? f.h : size) + c->multiple - 1) / c->multiple * c->multiple;
    return f;
}

/* What is found at i, from 0, of n samples mirrored at their ends, again and again; the ends are not repeated. */
static int mirrored(int i, int n)
{
    int period = n > 1 ? 2 * (n - 1) : 1, at = i % period;
    return at < n ? at : period - at;
}

/* Bicubic weights overshoot; the network has seen no L beyond 0..100. */
static void pad(const struct frame *f, const float *seen, float *x)
{
    for (int row = 0; row < f->padded_h; row++) {
        const float *from = seen + (size_t)mirrored(row, f->h) * (size_t)f->w;
        for (int col = 0; col < f->padded_w; col++) *x++ = fminf(fmaxf(from[mirrored(col, f->w)], -1), 1);
    }
}

/* The picture's luminance as the network sees it, into x. */
static int see(const gan_image *in, const struct frame *f, float *x)
{
    size_t pixels = (size_t)in->w * (size_t)in->h;
    float *full = gan_mem_alloc(pixels, sizeof *full), *seen = gan_mem_alloc((size_t)f->w * (size_t)f->h, sizeof *seen);
    int result = -1;
    if (!full || !seen) goto done;
    gan_lab_normalise(in->rgb, pixels, full, NULL);
    if (gan_plane_resize(seen, f->w, f->h, full, in->w, in->h, GAN_BICUBIC)) goto done;
    pad(f, seen, x);
    result = 0;
done:
    gan_mem_free(full);
    gan_mem_free(seen);
    return result;
}

int gan_colorizer_image(gan_colorizer *c, const gan_image *in, gan_image *out)
{
    GAN_ASSERT(in->rgb);
    struct frame f = frame_of(c, in);
    size_t pixels = (size_t)f.padded_w * (size_t)f.padded_h;
    float *x = gan_mem_alloc(pixels, sizeof *x), *y = gan_mem_alloc(pixels, 2 * sizeof *y);
    int result = -1;
    *out = (gan_image){ 0 };
    if (!x || !y || see(in, &f, x)) goto done;
    if (gan_colorizer_run(c, 1, f.padded_h, f.padded_w, x, y)) goto done;
    result = gan_chroma_join(in, &(gan_chroma){ y, f.padded_w, f.padded_h, f.w, f.h }, out);
done:
    gan_mem_free(x);
    gan_mem_free(y);
    return result;
}
