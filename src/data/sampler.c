#include "data/sampler.h"

#include "gan/mem.h"

enum { DRAWS = 64 }; /* attempts at random before every picture is tried in turn */

int gan_sampler_init(struct gan_sampler *s, uint32_t count, uint32_t batch, uint64_t seed)
{
    uint64_t steps = count / batch;
    *s = (struct gan_sampler){ .seed = seed, .steps_per_epoch = steps ? steps : 1, .count = count, .batch = batch };
    for (int i = 0; i < 2; i++) {
        s->order[i].picture = gan_mem_alloc(count, sizeof *s->order[i].picture);
        if (!s->order[i].picture) return -1;
    }
    return 0;
}

void gan_sampler_release(struct gan_sampler *s)
{
    for (int i = 0; i < 2; i++) gan_mem_free(s->order[i].picture);
    *s = (struct gan_sampler){ 0 };
}

uint64_t gan_sampler_epoch(const struct gan_sampler *s, uint64_t step)
{
    return step / s->steps_per_epoch;
}

static const uint32_t *order_of(struct gan_sampler *s, uint64_t epoch)
{
    int i = (int)(epoch & 1);
    if (!s->order[i].ready || s->order[i].epoch != epoch) {
        gan_rng_shuffle(gan_rng_at(s->seed, GAN_STREAM_SHUFFLE, epoch), s->order[i].picture, s->count);
        s->order[i].epoch = epoch;
        s->order[i].ready = 1;
    }
    return s->order[i].picture;
}

uint32_t gan_sampler_at(struct gan_sampler *s, uint64_t step, uint32_t k)
{
    uint64_t position = step % s->steps_per_epoch * s->batch + k;
    return order_of(s, gan_sampler_epoch(s, step))[position % s->count];
}

uint32_t gan_sampler_instead(const struct gan_sampler *s, uint64_t sample, uint64_t attempt, uint32_t last)
{
    if (attempt >= DRAWS) return last + 1 < s->count ? last + 1 : 0;
    return (uint32_t)gan_rng_below(gan_rng_at(s->seed, GAN_STREAM_REPLACE, sample), attempt, s->count);
}

uint64_t gan_sampler_attempts(const struct gan_sampler *s)
{
    return (uint64_t)DRAWS + s->count;
}
