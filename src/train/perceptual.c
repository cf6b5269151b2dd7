/* The features are those of SqueezeNet's fire4, a quarter of the sides: edges and textures with their colours. Pictures are
 * turned into sRGB inside the graph, so the gradient comes back as one of ab; colours outside the gamut are clipped, and
 * learn nothing here. */
#include "train/perceptual.h"

#include <string.h>

#include "gan/loss.h"
#include "gan/mem.h"
#include "gan/plan.h"
#include "models/squeezenet.h"
#include "train/features.h"

struct gan_perceptual {
    gan_graph *graph;
    gan_params *params;
    gan_plan *plan;
    gan_id x, y, features;
    float weight;
    int batch, channels; /* of x */
    size_t pixels;       /* of a picture */
    size_t count;        /* floats of a batch's features */
    size_t chroma;       /* floats of a batch's ab */
    float *wanted;       /* features of the true pictures */
    float *back;         /* the gradient of ab */
};

static int build(gan_perceptual *p, int side)
{
    gan_graph *g = p->graph = gan_graph_new("perceptual");
    const gan_colour c = { g, "rgb" };
    if (!g) return -1;
    p->x = gan_graph_input(g, "x", (gan_shape){ p->batch, 1, side, side });
    p->y = gan_graph_input(g, "y", (gan_shape){ p->batch, 2, side, side });
    gan_id rgb = gan_colour_rgb(&c, gan_colour_from_lightness(&c, p->x), p->y);
    p->features = gan_squeezenet(g, gan_squeezenet_bgr(&c, rgb), GAN_SQUEEZENET_FIRE4, 3);
    return gan_graph_output(g, "features", p->features);
}

static int init(gan_perceptual *p, const gan_config *c)
{
    enum { DIFF_OF_Y = 1 << 1 };
    if (c->data.colour_space != GAN_LAB)
        return gan_error("it needs data.colour_space = lab, since it makes colours of L and ab");
    p->weight = (float)c->loss.perceptual;
    p->batch = (int)c->train.batch;
    p->channels = gan_config_inputs(c);
    p->pixels = (size_t)c->data.size * (size_t)c->data.size;
    if (build(p, (int)c->data.size)) return -1;
    gan_shape s = gan_graph_node(p->graph, p->features)->dst;
    p->count = (size_t)s.n * (size_t)s.c * (size_t)s.h * (size_t)s.w;
    p->chroma = (size_t)p->batch * 2 * p->pixels;
    p->wanted = gan_mem_alloc(p->count, sizeof *p->wanted);
    p->back = gan_mem_alloc(p->chroma, sizeof *p->back);
    p->params = gan_params_new(p->graph, 0);
    if (!p->wanted || !p->back || !p->params || gan_features_load(c->generator.features, p->params)) return -1;
    p->plan = gan_plan_new(p->graph, p->params, &(gan_plan_opt){ .input_diffs = DIFF_OF_Y });
    return p->plan ? gan_plan_bind(p->plan, NULL, 0) : -1;
}

int gan_perceptual_new(const gan_config *c, gan_perceptual **out)
{
    *out = NULL;
    if (!(c->loss.perceptual > 0)) return 0;
    gan_perceptual *p = gan_mem_alloc(1, sizeof *p);
    if (!p) return -1;
    if (init(p, c)) {
        gan_perceptual_free(p);
        return gan_error_in("loss.perceptual");
    }
    *out = p;
    return 0;
}

void gan_perceptual_free(gan_perceptual *p)
{
    if (!p) return;
    gan_plan_free(p->plan);
    gan_params_free(p->params);
    gan_graph_free(p->graph);
    gan_mem_free(p->wanted);
    gan_mem_free(p->back);
    gan_mem_free(p);
}

size_t gan_perceptual_bytes(const gan_perceptual *p)
{
    return p ? gan_plan_bytes(p->plan) : 0;
}

static int run(gan_perceptual *p, const float *x, const float *y)
{
    for (int i = 0; i < p->batch; i++)
        gan_plan_put(p->plan, p->x, i, 1, x + (size_t)i * (size_t)p->channels * p->pixels);
    gan_plan_put(p->plan, p->y, 0, p->batch, y);
    return gan_plan_run(p->plan, GAN_FWD, (gan_step_key){ 0 });
}

int gan_perceptual_eval(gan_perceptual *p, const float *x, const float *fake, const float *y, float *diff, double *loss)
{
    *loss = 0;
    if (!p) return 0;
    if (run(p, x, y)) return -1;
    memcpy(p->wanted, gan_plan_dst(p->plan, p->features), p->count * sizeof *p->wanted);
    if (run(p, x, fake)) return -1;
    float *seen = gan_plan_diff(p->plan, p->features);
    memset(seen, 0, p->count * sizeof *seen);
    *loss = gan_loss_l1.eval(gan_plan_dst(p->plan, p->features), p->wanted, p->count, p->weight, seen);
    if (gan_plan_run(p->plan, GAN_BWD, (gan_step_key){ 0 })) return -1;
    gan_plan_get_diff(p->plan, p->y, 0, p->batch, p->back);
    for (size_t i = 0; i < p->chroma; i++) diff[i] += p->back[i];
    return 0;
}
