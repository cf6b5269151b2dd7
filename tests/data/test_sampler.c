#include "data/sampler.h"

#include <criterion/criterion.h>
#include <string.h>

#include "gan/mem.h"

static struct gan_sampler s;

static void start(uint32_t count, uint32_t batch)
{
    cr_assert_eq(gan_sampler_init(&s, count, batch, 42), 0);
}

static void stop(void)
{
    gan_sampler_release(&s);
}

TestSuite(sampler, .fini = stop);

Test(sampler, an_epoch_shows_each_picture_once_and_drops_the_rest)
{
    start(23, 5);
    cr_expect_eq(s.steps_per_epoch, 4);
    for (uint64_t epoch = 0; epoch < 5; epoch++) {
        int seen[23] = { 0 }, total = 0;
        for (uint64_t i = 0; i < 4; i++)
            for (uint32_t k = 0; k < 5; k++) seen[gan_sampler_at(&s, 4 * epoch + i, k)]++;
        for (int i = 0; i < 23; i++) {
            cr_expect_leq(seen[i], 1);
            total += seen[i];
        }
        cr_expect_eq(total, 20);
    }
}

Test(sampler, is_the_shuffle_of_seed_and_epoch)
{
    uint32_t order[24];
    start(24, 4);
    for (uint64_t step = 100; step-- > 0;) { /* backwards: nothing depends on what was asked before */
        gan_rng_shuffle(gan_rng_at(42, GAN_STREAM_SHUFFLE, step / 6), order, 24);
        for (uint32_t k = 0; k < 4; k++) cr_assert_eq(gan_sampler_at(&s, step, k), order[step % 6 * 4 + k]);
    }
}

Test(sampler, a_small_set_begins_again_within_the_batch)
{
    start(3, 7);
    cr_expect_eq(s.steps_per_epoch, 1);
    for (uint64_t step = 0; step < 5; step++)
        for (uint32_t k = 3; k < 7; k++) cr_expect_eq(gan_sampler_at(&s, step, k), gan_sampler_at(&s, step, k - 3));
}

Test(sampler, replacements_are_drawn_and_then_counted)
{
    start(1000, 2);
    for (uint64_t i = 0; i < 64; i++)
        cr_expect_eq(gan_sampler_instead(&s, 5, i, 999), gan_rng_below(gan_rng_at(42, GAN_STREAM_REPLACE, 5), i, 1000));
    cr_expect_eq(gan_sampler_instead(&s, 5, 64, 998), 999);
    cr_expect_eq(gan_sampler_instead(&s, 5, 65, 999), 0);
}

Test(sampler, replacements_meet_every_picture)
{
    start(300, 2);
    char seen[300] = { 0 };
    uint32_t last = 17;
    seen[last] = 1;
    for (uint64_t i = 0; i + 1 < gan_sampler_attempts(&s); i++) {
        last = gan_sampler_instead(&s, 5, i, last);
        seen[last] = 1;
    }
    cr_expect_null(memchr(seen, 0, sizeof seen));
}

Test(sampler, the_last_steps_of_all_are_sampled_too)
{
    start(10, 3);
    for (uint32_t k = 0; k < 3; k++) cr_expect_lt(gan_sampler_at(&s, UINT64_MAX, k), 10);
}

Test(sampler, survives_failing_allocations)
{
    uint64_t n = 0;
    int failed = -1;
    while (failed) {
        gan_mem_fail_at(++n);
        failed = gan_sampler_init(&s, 10, 3, 1);
        gan_mem_fail_at(0);
        if (failed) gan_sampler_release(&s);
    }
    cr_expect_eq(n, 3);
}
