#include "train/features.h"

#include "gan/mem.h"
#include "gan/safetensors.h"
#include "models/squeezenet.h"

static int is_wanted(const gan_param *p)
{
    return p->kind == GAN_FROZEN && p->init != GAN_INIT_GIVEN;
}

static int are_wanted(const gan_graph *g)
{
    for (int i = 0; i < gan_graph_params(g); i++)
        if (is_wanted(gan_graph_param(g, i))) return 1;
    return 0;
}

static int check(const gan_st_info *t, const gan_param *p, const char *key)
{
    if (!t) return gan_error("it has no tensor '%s'", key);
    int same = t->type == GAN_F32 && t->ndims == p->ndims;
    for (int d = 0; same && d < p->ndims; d++) same = t->dims[d] == p->dims[d];
    return same ? 0 : gan_error("its tensor '%s' has another shape", key);
}

static int load_param(gan_st_file *f, gan_params *w, int i)
{
    const gan_param *p = gan_graph_param(gan_params_graph(w), i);
    char key[GAN_NAME_BYTES];
    if (gan_squeezenet_key(p->name, key, sizeof key)) GAN_BUG("'%s' is not of SqueezeNet", p->name);
    const gan_st_info *t = gan_st_find(f, key);
    if (check(t, p, key)) return -1;
    float *v = gan_mem_alloc(p->count, sizeof *v);
    int result = v && !gan_st_read(f, t, v) ? gan_params_set(w, i, GAN_VALUES, v) : -1;
    gan_mem_free(v);
    return result;
}

static int load_all(gan_st_file *f, gan_params *w)
{
    const gan_graph *g = gan_params_graph(w);
    for (int i = 0; i < gan_graph_params(g); i++)
        if (is_wanted(gan_graph_param(g, i)) && load_param(f, w, i)) return -1;
    return gan_params_finite(w) ? 0 : gan_error("its numbers are not finite");
}

int gan_features_load(const char *path, gan_params *w)
{
    const gan_graph *g = gan_params_graph(w);
    if (!are_wanted(g)) return 0;
    if (!*path)
        return gan_error(
            "a pretrained classifier is needed: the weights of SqueezeNet v1.0 in a safetensors file, which "
            "generator.features names; docs/classifier.md makes it of the authors' at github.com/forresti/SqueezeNet");
    gan_st_file *f = gan_st_open(path);
    if (!f) return -1;
    int result = load_all(f, w);
    if (result) gan_error_in("'%s', weights of SqueezeNet v1.0", path);
    gan_st_close(f);
    return result;
}
