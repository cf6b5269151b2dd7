/* A generator in evaluation: running statistics, no dropout. */
#include "gan/colorizer.h"

#include <string.h>

#include "colorize/trained.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/plan.h"

#define MAX_BYTES ((size_t)4 << 30) /* of a plan */

struct gan_colorizer {
    gan_trained net;
    gan_plan *plan; /* of the size used last; NULL: none yet */
    int n, h, w;
};

gan_colorizer *gan_colorizer_open(const char *model)
{
    gan_colorizer *c = gan_mem_alloc(1, sizeof *c);
    if (c && !gan_trained_open(&c->net, model)) return c;
    gan_mem_free(c);
    return NULL;
}

void gan_colorizer_free(gan_colorizer *c)
{
    if (!c) return;
    gan_plan_free(c->plan);
    gan_trained_release(&c->net);
    gan_mem_free(c);
}

const gan_config *gan_colorizer_config(const gan_colorizer *c)
{
    return &c->net.config;
}

const gan_graph *gan_colorizer_graph(const gan_colorizer *c)
{
    return c->net.graph;
}

int gan_colorizer_multiple(const gan_colorizer *c)
{
    return c->net.multiple;
}

/* Running the network */

static int check_memory(const gan_plan *p, int h, int w)
{
    size_t bytes = gan_plan_bytes(p);
    if (bytes <= MAX_BYTES) return 0;
    return gan_error("the network takes %.1f GiB at %dx%d pixels: at most %zu are used; choose a smaller size or tiles",
                     (double)bytes / ((size_t)1 << 30), w, h, MAX_BYTES >> 30);
}

static int make_plan(gan_colorizer *c, int n, int h, int w)
{
    if (c->plan && c->n == n && c->h == h && c->w == w) return 0;
    gan_plan_free(c->plan);
    c->plan = gan_plan_new(c->net.graph, c->net.params, &(gan_plan_opt){ .batch = n, .h = h, .w = w });
    if (c->plan && !check_memory(c->plan, h, w) && !gan_plan_bind(c->plan, NULL, 0)) {
        c->n = n;
        c->h = h;
        c->w = w;
        return 0;
    }
    gan_plan_free(c->plan);
    c->plan = NULL;
    return -1;
}

static int check_size(const gan_colorizer *c, int n, int h, int w)
{
    if (n >= 1 && h >= 1 && w >= 1 && h % c->net.multiple == 0 && w % c->net.multiple == 0) return 0;
    return gan_error("cannot colour %d pictures of %dx%d: their sides are no multiples of %d", n, w, h,
                     c->net.multiple);
}

int gan_colorizer_run(gan_colorizer *c, int n, int h, int w, const float *x, float *y)
{
    gan_id in = gan_graph_input_at(c->net.graph, 0), out = gan_graph_output_at(c->net.graph, 0);
    if (check_size(c, n, h, w) || make_plan(c, n, h, w)) return -1;
    gan_plan_put(c->plan, in, 0, n, x);
    if (gan_plan_run(c->plan, GAN_FWD, (gan_step_key){ 0 })) return -1;
    memcpy(y, gan_plan_dst(c->plan, out), 2 * (size_t)n * (size_t)h * (size_t)w * sizeof *y);
    return 0;
}

int gan_colorizer_cost(gan_colorizer *c, int n, int h, int w, double *flop, size_t *bytes)
{
    if (check_size(c, n, h, w) || make_plan(c, n, h, w)) return -1;
    *flop = 0;
    for (int i = 0; i < gan_plan_ops(c->plan); i++) *flop += gan_plan_op_at(c->plan, i).flop;
    *bytes = gan_plan_bytes(c->plan);
    return 0;
}
