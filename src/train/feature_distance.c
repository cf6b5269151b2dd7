#include "gan/feature_distance.h"

#include <math.h>

#include "gan/mem.h"
#include "gan/plan.h"
#include "models/squeezenet.h"
#include "train/features.h"

enum { PAIR = 2 };

struct gan_feature_distance {
    gan_graph *graph;
    gan_params *params;
    gan_plan *plan;
    gan_id rgb, features;
    size_t pixels, places; /* of a picture, and of its features */
    int channels;          /* of its features */
    float *in;             /* 3 * pixels */
};

static int build(gan_feature_distance *d, int w, int h)
{
    gan_graph *g = d->graph = gan_graph_new("feature distance");
    const gan_colour c = { g, "see" };
    if (!g) return -1;
    d->rgb = gan_graph_input(g, "x", (gan_shape){ PAIR, 3, h, w });
    d->features = gan_squeezenet(g, gan_squeezenet_bgr(&c, d->rgb), GAN_SQUEEZENET_FIRE4, 3);
    if (gan_graph_output(g, "features", d->features)) return -1;
    gan_shape s = gan_graph_node(g, d->features)->dst;
    d->pixels = (size_t)w * (size_t)h;
    d->places = (size_t)s.h * (size_t)s.w;
    d->channels = s.c;
    return 0;
}

gan_feature_distance *gan_feature_distance_new(const char *weights, int w, int h)
{
    gan_feature_distance *d = gan_mem_alloc(1, sizeof *d);
    if (!d || build(d, w, h)) goto fail;
    d->in = gan_mem_alloc(3 * d->pixels, sizeof *d->in);
    d->params = gan_params_new(d->graph, 0);
    if (!d->in || !d->params || gan_features_load(weights, d->params)) goto fail;
    d->plan = gan_plan_new(d->graph, d->params, &(gan_plan_opt){ 0 });
    if (d->plan && !gan_plan_bind(d->plan, NULL, 0)) return d;
fail:
    gan_feature_distance_free(d);
    return NULL;
}

void gan_feature_distance_free(gan_feature_distance *d)
{
    if (!d) return;
    gan_plan_free(d->plan);
    gan_params_free(d->params);
    gan_graph_free(d->graph);
    gan_mem_free(d->in);
    gan_mem_free(d);
}

static void put(gan_feature_distance *d, int which, const uint8_t *rgb)
{
    for (size_t i = 0; i < d->pixels; i++)
        for (size_t k = 0; k < 3; k++) d->in[k * d->pixels + i] = (float)rgb[3 * i + k] / 255;
    gan_plan_put(d->plan, d->rgb, which, 1, d->in);
}

/* Of the features at one place, `places` apart; without any, nothing differs. */
static double differ(const float *a, const float *b, size_t places, int channels)
{
    double aa = 0, bb = 0, ab = 0;
    for (int c = 0; c < channels; c++) {
        double u = (double)a[(size_t)c * places], v = (double)b[(size_t)c * places];
        aa += u * u;
        bb += v * v;
        ab += u * v;
    }
    if (!(aa > 0) && !(bb > 0)) return 0;
    return aa > 0 && bb > 0 ? 2 - 2 * ab / sqrt(aa * bb) : 1; /* |u - v|^2 of unit vectors, or of one and nothing */
}

int gan_feature_distance_of(gan_feature_distance *d, const uint8_t *a, const uint8_t *b, double *distance)
{
    double sum = 0;
    put(d, 0, a);
    put(d, 1, b);
    if (gan_plan_run(d->plan, GAN_FWD, (gan_step_key){ 0 })) return -1;
    const float *first = gan_plan_dst(d->plan, d->features), *second = first + (size_t)d->channels * d->places;
    for (size_t i = 0; i < d->places; i++) sum += fmax(0, differ(first + i, second + i, d->places, d->channels));
    *distance = sum / (double)d->places;
    return 0;
}
