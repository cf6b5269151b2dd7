/* A generator in evaluation: running statistics, no dropout. */
#include "gan/colorizer.h"

#include "colorize/runner.h"
#include "colorize/trained.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/task.h"

struct gan_colorizer {
    gan_trained net;
    gan_runner runner;
};

/* A file may hold any network; callers size their tensors by the task, which its graph need not keep to. */
static int check_network(const gan_trained *net)
{
    const gan_graph *g = net->graph;
    gan_task t = gan_task_of(&net->config);
    gan_shape x = gan_graph_node(g, gan_graph_input_at(g, 0))->dst,
              y = gan_graph_node(g, gan_graph_output_at(g, 0))->dst;
    if (x.h != y.h || x.w != y.w)
        return gan_error("the network makes no pictures: %dx%d of what it sees as %dx%d", y.w, y.h, x.w, x.h);
    if (x.c == t.inputs && y.c == t.outputs) return 0;
    return gan_error("the network makes %d channels of %d, where its configuration tells of %d of %d", y.c, x.c,
                     t.outputs, t.inputs);
}

gan_colorizer *gan_colorizer_open(const char *model)
{
    gan_trained net;
    return gan_trained_open(&net, model) ? NULL : gan_colorizer_of(&net);
}

gan_colorizer *gan_colorizer_of(gan_trained *net)
{
    gan_colorizer *c = check_network(net) ? NULL : gan_mem_alloc(1, sizeof *c);
    if (!c) {
        gan_trained_release(net);
        return NULL;
    }
    c->net = *net;
    c->runner = (gan_runner){ .graph = net->graph, .params = net->params, .multiple = net->multiple };
    *net = (gan_trained){ 0 };
    return c;
}

void gan_colorizer_free(gan_colorizer *c)
{
    if (!c) return;
    gan_runner_release(&c->runner);
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

int gan_colorizer_run(gan_colorizer *c, int n, int h, int w, const float *x, float *y)
{
    return gan_runner_run(&c->runner, n, h, w, x, y);
}

int gan_colorizer_cost(gan_colorizer *c, int n, int h, int w, double *flop, size_t *bytes)
{
    return gan_runner_cost(&c->runner, n, h, w, flop, bytes);
}
