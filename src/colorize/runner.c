#include "colorize/runner.h"

#include <string.h>

#include "gan/error.h"

#define MAX_BYTES ((size_t)4 << 30) /* of a plan */

void gan_runner_release(gan_runner *r)
{
    gan_plan_free(r->plan);
    *r = (gan_runner){ 0 };
}

static int check_memory(const gan_plan *p, int h, int w)
{
    size_t bytes = gan_plan_bytes(p);
    if (bytes <= MAX_BYTES) return 0;
    return gan_error("the network takes %.1f GiB at %dx%d pixels: at most %zu are used; choose a smaller size or tiles",
                     (double)bytes / ((size_t)1 << 30), w, h, MAX_BYTES >> 30);
}

static int check_size(const gan_runner *r, int n, int h, int w)
{
    if (n >= 1 && h >= 1 && w >= 1 && h % r->multiple == 0 && w % r->multiple == 0) return 0;
    return gan_error("the network takes no %d pictures of %dx%d: their sides are no multiples of %d", n, w, h,
                     r->multiple);
}

/* Callers have room for as many pixels as they show; networks of files can make others at some sizes. */
static int check_output(const gan_plan *p, const gan_graph *g, int h, int w)
{
    gan_shape s = gan_plan_shape(p, gan_graph_output_at(g, 0));
    return s.h == h && s.w == w ? 0 : gan_error("the network makes %dx%d of %dx%d pixels", s.w, s.h, w, h);
}

static int make_plan(gan_runner *r, int n, int h, int w)
{
    if (check_size(r, n, h, w)) return -1;
    if (r->plan && r->n == n && r->h == h && r->w == w) return 0;
    gan_plan_free(r->plan);
    r->plan = gan_plan_new(r->graph, r->params, &(gan_plan_opt){ .batch = n, .h = h, .w = w, .outputs = 1 });
    if (r->plan && !check_output(r->plan, r->graph, h, w) && !check_memory(r->plan, h, w) &&
        !gan_plan_bind(r->plan, NULL, 0)) {
        r->n = n;
        r->h = h;
        r->w = w;
        return 0;
    }
    gan_plan_free(r->plan);
    r->plan = NULL;
    return -1;
}

int gan_runner_run(gan_runner *r, int n, int h, int w, const float *x, float *y)
{
    if (make_plan(r, n, h, w)) return -1;
    gan_id out = gan_graph_output_at(r->graph, 0);
    gan_shape s = gan_plan_shape(r->plan, out);
    gan_plan_put(r->plan, gan_graph_input_at(r->graph, 0), 0, n, x);
    if (gan_plan_run(r->plan, GAN_FWD, (gan_step_key){ 0 })) return -1;
    memcpy(y, gan_plan_dst(r->plan, out), (size_t)s.n * (size_t)s.c * (size_t)s.h * (size_t)s.w * sizeof *y);
    return 0;
}

int gan_runner_cost(gan_runner *r, int n, int h, int w, double *flop, size_t *bytes)
{
    if (make_plan(r, n, h, w)) return -1;
    *flop = 0;
    for (int i = 0; i < gan_plan_ops(r->plan); i++) *flop += gan_plan_op_at(r->plan, i).flop;
    *bytes = gan_plan_bytes(r->plan);
    return 0;
}
