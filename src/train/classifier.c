#include "gan/classifier.h"

#include <math.h>
#include <string.h>

#include "gan/colour.h"
#include "gan/mem.h"
#include "gan/plan.h"
#include "models/squeezenet.h"
#include "train/features.h"

enum { SIDE = GAN_SQUEEZENET_SIDE, PIXELS = SIDE * SIDE };

struct gan_classifier {
    gan_graph *graph;
    gan_params *params;
    gan_plan *plan;
    gan_id input, output;
    float *x; /* the picture: sRGB 0..1, or L / 50 - 1 */
    int gray;
};

static gan_id view(gan_graph *g, gan_id x, int gray)
{
    const gan_colour c = { g, "see" };
    if (!gray) return gan_squeezenet_bgr(&c, x);
    return gan_squeezenet_gray(&c, gan_colour_gray(&c, gan_colour_from_lightness(&c, x)));
}

static int build(gan_classifier *c)
{
    gan_graph *g = c->graph = gan_graph_new("squeezenet");
    if (!g) return -1;
    c->input = gan_graph_input(g, "x", (gan_shape){ 1, c->gray ? 1 : 3, SIDE, SIDE });
    c->output = gan_squeezenet(g, view(g, c->input, c->gray), GAN_SQUEEZENET_SCORES, 0);
    return gan_graph_output(g, "scores", c->output);
}

gan_classifier *gan_classifier_open(const char *weights, int gray)
{
    gan_classifier *c = gan_mem_alloc(1, sizeof *c);
    if (!c) return NULL;
    c->gray = gray;
    c->x = gan_mem_alloc(PIXELS, 3 * sizeof *c->x);
    if (!c->x || build(c)) goto fail;
    c->params = gan_params_new(c->graph, 0);
    if (!c->params || gan_features_load(weights, c->params)) goto fail;
    c->plan = gan_plan_new(c->graph, c->params, &(gan_plan_opt){ 0 });
    if (c->plan && !gan_plan_bind(c->plan, NULL, 0)) return c;
fail:
    gan_classifier_free(c);
    return NULL;
}

void gan_classifier_free(gan_classifier *c)
{
    if (!c) return;
    gan_plan_free(c->plan);
    gan_params_free(c->params);
    gan_graph_free(c->graph);
    gan_mem_free(c->x);
    gan_mem_free(c);
}

/* The centre square at SIDE, into out. */
static int square(const gan_image *picture, gan_image *out)
{
    gan_image small = { 0 };
    if (gan_image_resize_short(&small, picture, SIDE, GAN_BICUBIC)) return -1;
    int result = gan_image_crop(out, &small, (small.w - SIDE) / 2, (small.h - SIDE) / 2, SIDE, SIDE);
    gan_image_release(&small);
    return result;
}

int gan_classifier_run(gan_classifier *c, const gan_image *picture, float *score)
{
    gan_image im = { 0 };
    if (square(picture, &im)) return -1;
    if (c->gray) gan_lab_normalise(im.rgb, PIXELS, c->x, NULL);
    for (size_t i = 0; !c->gray && i < PIXELS; i++)
        for (size_t k = 0; k < 3; k++) c->x[k * PIXELS + i] = (float)im.rgb[3 * i + k] / 255;
    gan_image_release(&im);
    gan_plan_put(c->plan, c->input, 0, 1, c->x);
    if (gan_plan_run(c->plan, GAN_FWD, (gan_step_key){ 0 })) return -1;
    memcpy(score, gan_plan_dst(c->plan, c->output), GAN_CLASSES * sizeof *score);
    return 0;
}

void gan_classifier_softmax(float *score)
{
    float most = score[0];
    double sum = 0;
    for (int i = 1; i < GAN_CLASSES; i++) most = fmaxf(most, score[i]);
    for (int i = 0; i < GAN_CLASSES; i++) sum += (double)(score[i] = expf(score[i] - most));
    for (int i = 0; i < GAN_CLASSES; i++) score[i] = (float)((double)score[i] / sum);
}
