#include "support/squeezenet.h"

#include "gan/mem.h"
#include "gan/params.h"
#include "gan/safetensors.h"
#include "models/squeezenet.h"

struct tensor {
    gan_params *w;
    int param;
};

static int fill(void *ctx, void *out, size_t bytes)
{
    const struct tensor *t = ctx;
    (void)bytes;
    return gan_params_get(t->w, t->param, GAN_VALUES, out);
}

static int declare(gan_st_writer *to, struct tensor *t)
{
    const gan_param *p = gan_graph_param(gan_params_graph(t->w), t->param);
    char key[GAN_NAME_BYTES];
    int64_t dims[4];
    for (int d = 0; d < p->ndims; d++) dims[d] = p->dims[d];
    if (gan_squeezenet_key(p->name, key, sizeof key)) return gan_error("'%s' has no key", p->name);
    return gan_st_tensor(to, key, GAN_F32, p->ndims, dims, fill, t);
}

int squeezenet_write(const char *path)
{
    static const double DEVIATION = 0.08; /* activations neither vanish nor grow much */
    struct tensor tensor[64];
    gan_graph *g = gan_graph_new("squeezenet");
    gan_id bgr = gan_graph_input(g, "bgr", (gan_shape){ 1, 3, 64, 64 });
    gan_st_writer *to = gan_st_writer_new();
    gan_params *w = NULL;
    int bad = gan_graph_output(g, "scores", gan_squeezenet(g, bgr, GAN_SQUEEZENET_SCORES, 3));
    if (!bad) w = gan_params_new(g, 0);
    if (w) gan_params_init(w, 7, 1, DEVIATION);
    for (int i = 0; w && to && !bad && i < gan_graph_params(g); i++) {
        tensor[i] = (struct tensor){ w, i };
        bad = declare(to, &tensor[i]);
    }
    bad = bad || !w || !to || gan_st_write(to, path);
    gan_st_writer_free(to);
    gan_params_free(w);
    gan_graph_free(g);
    return bad ? -1 : 0;
}
