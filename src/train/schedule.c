#include <math.h>

#include "gan/train.h"

static double linear(const gan_config *c, uint64_t epoch)
{
    double over = (double)epoch - (double)c->train.epochs;
    return 1 - (over > 0 ? over : 0) / ((double)c->train.decay_epochs + 1);
}

static double cosine(const gan_config *c, uint64_t epoch)
{
    double all = (double)(c->train.epochs + c->train.decay_epochs);
    return 0.5 * (1 + cos(3.141592653589793 * ((double)epoch - 1) / all));
}

static double constant(const gan_config *c, uint64_t epoch)
{
    (void)c, (void)epoch;
    return 1;
}

double gan_schedule_lr(const gan_config *c, uint64_t epoch)
{
    static double (*const factor[])(const gan_config *, uint64_t) = {
        [GAN_SCHEDULE_CONSTANT] = constant, [GAN_SCHEDULE_LINEAR] = linear, [GAN_SCHEDULE_COSINE] = cosine
    };
    double f = factor[c->optimizer.schedule](c, epoch);
    return c->optimizer.lr * (f > 0 ? f : 0);
}
