#include "support/generators.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "gan/mem.h"
#include "gan/model.h"
#include "gan/plan.h"
#include "support/rig.h"

static void set_values(const gan_graph *g, gan_params *w)
{
    for (int i = 0; i < gan_graph_params(g); i++) {
        const gan_param *p = gan_graph_param(g, i);
        if (p->init == GAN_INIT_GIVEN) continue;
        float *values = rig_numbers((uint64_t)i, p->count), scale = p->ndims == 4 ? 0.2f : 0.5f;
        int positive = strstr(p->name, "variance") != NULL;
        for (size_t k = 0; k < p->count; k++) values[k] = positive ? fabsf(values[k]) : scale * values[k];
        cr_assert_eq(gan_params_set(w, i, GAN_VALUES, values), 0, "%s", gan_error_message());
        gan_mem_free(values);
    }
}

struct generator generator_new(const char *ini)
{
    static const char *const size[] = { "data.size=16" };
    struct generator g;
    cr_assert_eq(gan_config_parse(&g.config, "test", ini, 1, size), 0, "%s", gan_error_message());
    const gan_model_def *m = gan_model_find(GAN_GENERATOR, g.config.generator.model);
    gan_model_opt o = gan_model_generator_opt(&g.config);
    g.graph = gan_model_build(m, "gen", &o);
    g.params = g.graph ? gan_params_new(g.graph, 0) : NULL;
    cr_assert(g.params, "%s", gan_error_message());
    set_values(g.graph, g.params);
    return g;
}

void generator_free(struct generator *g)
{
    gan_params_free(g->params);
    gan_graph_free(g->graph);
}

gan_generator generator_of(const struct generator *g)
{
    return (gan_generator){ &g->config, g->graph, g->params };
}

static int find_param(const gan_graph *g, const char *name)
{
    for (int i = 0; i < gan_graph_params(g); i++)
        if (!strcmp(gan_graph_param(g, i)->name, name)) return i;
    return -1;
}

static float *values_of(const gan_graph *g, gan_params *w, int i)
{
    float *values = rig_floats(gan_graph_param(g, i)->count);
    cr_assert_eq(gan_params_get(w, i, GAN_VALUES, values), 0);
    return values;
}

void expect_same_values(const struct generator *g, const gan_graph *graph, gan_params *params)
{
    int found = 0;
    for (int i = 0; i < gan_graph_params(graph); i++) {
        const gan_param *p = gan_graph_param(graph, i);
        int theirs = find_param(g->graph, p->name);
        float *got = values_of(graph, params, i);
        float *want = theirs >= 0 ? values_of(g->graph, g->params, theirs) : rig_floats(p->count);
        if (theirs >= 0) cr_assert_eq(gan_graph_param(g->graph, theirs)->count, p->count, "%s", p->name);
        cr_expect_eq(memcmp(got, want, p->count * sizeof *got), 0, "%s differs", p->name);
        found += theirs >= 0;
        gan_mem_free(got);
        gan_mem_free(want);
    }
    cr_expect_eq(found, gan_graph_params(g->graph));
}

float *generator_run(const gan_graph *graph, gan_params *params, int h, int w)
{
    size_t n = (size_t)h * (size_t)w;
    float *x = rig_numbers(99, n), *y = rig_floats(2 * n);
    for (size_t i = 0; i < n; i++) x[i] *= 0.5f;
    gan_plan *p = gan_plan_new(graph, params, &(gan_plan_opt){ .batch = 1, .h = h, .w = w });
    cr_assert(p && !gan_plan_bind(p, NULL, 0), "%s", gan_error_message());
    gan_plan_put(p, gan_graph_input_at(graph, 0), 0, 1, x);
    cr_assert_eq(gan_plan_run(p, GAN_FWD, (gan_step_key){ 0 }), 0, "%s", gan_error_message());
    memcpy(y, gan_plan_dst(p, gan_graph_output_at(graph, 0)), 2 * n * sizeof *y);
    gan_plan_free(p);
    gan_mem_free(x);
    return y;
}
