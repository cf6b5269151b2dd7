/* Which picture each sample of a run shows: every epoch is a fresh permutation, cut into whole batches. */
#ifndef DATA_SAMPLER_H
#define DATA_SAMPLER_H

#include <stdint.h>

#include "gan/rng.h"

struct gan_sampler {
    uint64_t seed, steps_per_epoch;
    uint32_t count, batch;
    struct {
        int ready;
        uint64_t epoch;
        uint32_t *picture; /* count; owned */
    } order[2];            /* of an even and an odd epoch: looking ahead crosses from one into the next */
};

int gan_sampler_init(struct gan_sampler *s, uint32_t count, uint32_t batch, uint64_t seed);
void gan_sampler_release(struct gan_sampler *s);

uint64_t gan_sampler_epoch(const struct gan_sampler *s, uint64_t step);

/* Sample k of a step. A set smaller than a batch begins again within it. Pictures left over by whole batches wait for
 * another epoch's order. */
uint32_t gan_sampler_at(struct gan_sampler *s, uint64_t step, uint32_t k);

/* What to try in place of a picture that cannot be used: attempt 0, 1, ... of a sample whose attempt before was
 * `last`. Draws first, then counts on from the last draw, so that gan_sampler_attempts of them meet every picture. */
uint32_t gan_sampler_instead(const struct gan_sampler *s, uint64_t sample, uint64_t attempt, uint32_t last);
uint64_t gan_sampler_attempts(const struct gan_sampler *s);

#endif
