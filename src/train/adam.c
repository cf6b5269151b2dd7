#include "gan/adam.h"

#include <math.h>
#include <string.h>

#include "base/simd.h"
#include "core/params.h"
#include "gan/parallel.h"

struct update {
    gan_params *w;
    int param;
    float *value, *m, *v, *ema;
    const float *diff; /* of the first float that is updated */
    size_t first;
    float beta1, beta2, rest1, rest2; /* rest: 1 - beta, of which a difference of floats would keep 4 digits */
    float rate, eps, fade;            /* rate and eps hold the bias corrections; fade: 1 - decay of the average */
};

void gan_adam_begin(gan_params *w)
{
    gan_params_count_update(w);
}

/* value -= lr mhat / (sqrt(vhat) + eps), with both corrections moved into rate and eps. */
GAN_SIMD static void update_run(const struct update *u, size_t begin, size_t end)
{
    float *restrict value = u->value + begin, *restrict m = u->m + begin, *restrict v = u->v + begin;
    const float *restrict diff = u->diff + (begin - u->first);
    float b1 = u->beta1, b2 = u->beta2, r1 = u->rest1, r2 = u->rest2, rate = u->rate, eps = u->eps;
    for (size_t i = 0; i < end - begin; i++) {
        float g = diff[i];
        float a = b1 * m[i] + r1 * g, b = b2 * v[i] + r2 * g * g;
        m[i] = a;
        v[i] = b;
        value[i] -= rate * a / (sqrtf(b) + eps);
    }
}

GAN_SIMD static void average_run(float *restrict ema, const float *restrict value, float fade, size_t n)
{
    for (size_t i = 0; i < n; i++) ema[i] += fade * (value[i] - ema[i]);
}

static void update_range(void *ctx, size_t begin, size_t end)
{
    const struct update *u = ctx;
    for (size_t at = begin; at < end; at += GAN_PACK_GRAIN) {
        size_t stop = at + GAN_PACK_GRAIN < end ? at + GAN_PACK_GRAIN : end;
        update_run(u, at, stop);
        if (u->ema) average_run(u->ema + at, u->value + at, u->fade, stop - at);
        gan_params_repack(u->w, u->param, at, stop);
    }
}

/* diff begins at float `first` of parameter i. */
static struct update update_of(gan_params *w, const gan_adam *opt, int i, size_t first, const float *diff)
{
    double t = (double)gan_params_updates(w), correct2 = sqrt(1 - pow(opt->beta2, t));
    return (struct update){ .w = w,
                            .param = i,
                            .value = gan_params_data(w, i, GAN_VALUES),
                            .m = gan_params_data(w, i, GAN_ADAM_M),
                            .v = gan_params_data(w, i, GAN_ADAM_V),
                            .ema = gan_params_has(w, GAN_EMA) ? gan_params_data(w, i, GAN_EMA) : NULL,
                            .diff = diff,
                            .first = first,
                            .beta1 = (float)opt->beta1,
                            .beta2 = (float)opt->beta2,
                            .rest1 = (float)(1 - opt->beta1),
                            .rest2 = (float)(1 - opt->beta2),
                            .rate = (float)(opt->lr * correct2 / (1 - pow(opt->beta1, t))),
                            .eps = (float)(opt->eps * correct2),
                            .fade = (float)(1 - opt->ema) };
}

void gan_adam_param(gan_params *w, const gan_adam *opt, int i, const float *diff)
{
    struct update u = update_of(w, opt, i, 0, diff);
    gan_parallel_range(gan_params_floats(w, i), GAN_PACK_GRAIN, update_range, &u);
    gan_params_repacked(w, i);
}

void gan_adam_piece(gan_params *w, const gan_adam *opt, int i, size_t begin, size_t end, const float *diff)
{
    struct update u = update_of(w, opt, i, begin, diff);
    update_range(&u, begin, end);
}

void gan_adam_pieced(gan_params *w, int i)
{
    gan_params_repacked(w, i);
}

void gan_adam_step(gan_params *w, const gan_adam *opt)
{
    const gan_graph *g = gan_params_graph(w);
    gan_adam_begin(w);
    for (int i = 0; i < gan_graph_params(g); i++)
        if (gan_graph_param(g, i)->kind == GAN_TRAINABLE) gan_adam_param(w, opt, i, gan_params_data(w, i, GAN_GRADS));
}
