#include "gan/import.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "export/network.h"
#include "export/tensors.h"
#include "gan/checkpoint.h"
#include "gan/mem.h"
#include "gan/model.h"

static int set_param(gan_params *w, int i, const float *data)
{
    if (gan_params_set(w, i, GAN_VALUES, data)) return -1;
    return gan_params_has(w, GAN_EMA) ? gan_params_set(w, i, GAN_EMA, data) : 0;
}

/* A bias that the file has not is 0. */
static int read_params(gan_tensors *t, const gan_network *n, gan_params *w)
{
    const gan_graph *g = gan_params_graph(w);
    for (int i = 0; i < gan_graph_params(g); i++) {
        const gan_param *p = gan_graph_param(g, i);
        if (p->init == GAN_INIT_GIVEN) continue;
        const gan_tensor *x = gan_network_tensor(t, n, p->name);
        float *data = gan_mem_alloc(p->count, sizeof *data);
        int bad = !data || (x && gan_tensors_read(t, x, data)) || set_param(w, i, data);
        gan_mem_free(data);
        if (bad) return -1;
    }
    return gan_params_finite(w) ? 0 : gan_error("its weights are not finite");
}

static int build(gan_tensors *t, const gan_import_opt *o, gan_config *c, gan_graph **g, gan_params **w)
{
    gan_network n;
    if (gan_network_find(t, o, &n, c)) return -1;
    gan_model_opt opt = gan_model_generator_opt(c);
    const gan_model_def *m = gan_model_find(GAN_GENERATOR, c->generator.model);
    *g = m ? gan_model_build(m, "gen", &opt) : NULL;
    if (!*g || gan_network_check(t, &n, *g)) return -1;
    *w = gan_params_new(*g, 0);
    return *w ? read_params(t, &n, *w) : -1;
}

int gan_import(const char *path, const gan_import_opt *o, gan_config *c, gan_graph **g, gan_params **w)
{
    static const gan_import_opt as_it_is = { 0 };
    gan_tensors t;
    *g = NULL;
    *w = NULL;
    if (gan_tensors_open(&t, path)) return gan_error_in("cannot import '%s'", path);
    int result = build(&t, o ? o : &as_it_is, c, g, w);
    gan_tensors_close(&t);
    if (!result) return 0;
    gan_params_free(*w);
    gan_graph_free(*g);
    *g = NULL;
    *w = NULL;
    return gan_error_in("cannot import '%s'", path);
}

int gan_import_checkpoint(const char *path, const gan_import_opt *o, const char *checkpoint)
{
    gan_config *c = gan_mem_alloc(1, sizeof *c);
    gan_graph *g = NULL;
    gan_params *w = NULL;
    int result = c ? gan_import(path, o, c, &g, &w) : -1;
    if (!result) result = gan_checkpoint_save_values(checkpoint, c, g, w);
    gan_params_free(w);
    gan_graph_free(g);
    gan_mem_free(c);
    return result;
}

/* Into the networks of a run */

static int fill(gan_tensors *t, const gan_network *n, const gan_net *net)
{
    if (gan_network_check(t, n, net->graph) || read_params(t, n, net->params)) return gan_error_in("%s", net->name);
    return 0;
}

/* Whether a checkpoint has a network; n becomes what its tensors are. */
static int has_net(const gan_tensors *t, const gan_net *net, gan_network *n)
{
    *n = (gan_network){ .name = gan_plain_name, .keys = { .model = net->name } };
    size_t bytes = (size_t)snprintf(n->prefix, sizeof n->prefix, "%s/", net->name);
    for (size_t i = 0; i < t->count; i++)
        if (!strncmp(t->item[i].name, n->prefix, bytes)) return 1;
    return 0;
}

static int fill_all(gan_tensors *t, gan_recipe *r)
{
    const gan_import_opt as_the_run = { .model = r->config.generator.model,
                                        .norm = gan_norm_name(r->config.generator.norm),
                                        .size = (int)r->config.data.size };
    gan_config *c = gan_mem_alloc(1, sizeof *c);
    gan_network n;
    int bad = !c || gan_network_find(t, &as_the_run, &n, c) || fill(t, &n, &r->net[0]);
    for (int i = 1; i < r->nets && !bad; i++) bad = has_net(t, &r->net[i], &n) && fill(t, &n, &r->net[i]);
    gan_mem_free(c);
    return bad ? -1 : 0;
}

int gan_import_into(const char *path, gan_recipe *r)
{
    gan_tensors t;
    if (gan_tensors_open(&t, path)) return gan_error_in("cannot begin from '%s'", path);
    int result = fill_all(&t, r);
    gan_tensors_close(&t);
    return result ? gan_error_in("cannot begin from '%s'", path) : 0;
}
