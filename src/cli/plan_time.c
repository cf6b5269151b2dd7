#include "cli/plan.h"
#include "gan/progress.h"

/* A batch of this rank's share. */
static gan_loader *open_loader(const gan_dataset *d, const gan_task *t, const gan_config *c)
{
    gan_loader_opt o = { .task = t,
                         .size = (int)c->data.size,
                         .load_size = (int)gan_config_load_size(c),
                         .batch = (int)c->train.batch,
                         .cache_mib = 256 };
    return gan_loader_new(d, &o);
}

int gan_plan_time_step(gan_recipe *r, double *seconds,
                       void (*after)(void *ctx, gan_recipe *r, const gan_loader *l, int best), void *ctx)
{
    gan_batch b;
    double loss[GAN_MAX_LOSSES];
    int result = -1;
    const gan_config *c = &r->config;
    gan_task task = gan_task_of(c);
    gan_dataset *d = gan_dataset_synthetic((size_t)c->train.batch, (int)gan_config_load_size(c), 1);
    gan_loader *l = d ? open_loader(d, &task, c) : NULL;
    *seconds = 0;
    for (uint64_t i = 0; l && i < GAN_PLAN_TRIALS; i++) {
        double begin = gan_clock_s();
        if (gan_loader_batch(l, i, &b) || gan_recipe_step(r, &b, 0, loss)) goto done;
        double spent = gan_clock_s() - begin;
        int best = !i || spent < *seconds;
        if (best) *seconds = spent;
        after(ctx, r, l, best);
    }
    result = l ? 0 : -1;
done:
    gan_loader_free(l);
    gan_dataset_free(d);
    return result;
}
