#include "data/cache.h"

#include <criterion/criterion.h>

#include "gan/mem.h"

static void put(struct gan_cache *c, uint32_t i, int side)
{
    struct gan_picture p = { 0 };
    cr_assert_eq(gan_image_init(&p.target, side, side), 0);
    p.target.rgb[0] = (uint8_t)i;
    gan_cache_put(c, i, &p);
    cr_expect_null(p.target.rgb);
}

static int holds(const struct gan_cache *c, uint32_t i)
{
    const struct gan_picture *p = gan_cache_find(c, i);
    if (p) cr_expect_eq(p->target.rgb[0], i);
    return p != NULL;
}

Test(cache, keeps_the_first_within_the_budget_and_the_others_while_wanted)
{
    struct gan_cache c;
    cr_assert_eq(gan_cache_init(&c, 10, 1000, 3), 0);
    put(&c, 4, 16); /* 768 bytes and the block's own */
    put(&c, 7, 16); /* too much */
    put(&c, 1, 4);  /* still fits */
    put(&c, 2, 30);
    cr_expect_leq(c.bytes, 1000);
    cr_expect_gt(c.bytes, 768 + 48);
    for (uint32_t i = 0; i < 10; i++) cr_expect_eq(holds(&c, i), i == 4 || i == 7 || i == 1 || i == 2);
    gan_cache_trim(&c, (const uint32_t[]){ 9, 2, 4 }, 3);
    for (uint32_t i = 0; i < 10; i++) cr_expect_eq(holds(&c, i), i == 4 || i == 1 || i == 2);
    put(&c, 8, 30);
    put(&c, 7, 30); /* the room of three is used again */
    gan_cache_trim(&c, NULL, 0);
    for (uint32_t i = 0; i < 10; i++) cr_expect_eq(holds(&c, i), i == 4 || i == 1);
    gan_cache_release(&c);
}

Test(cache, survives_failing_allocations)
{
    uint64_t n = 0;
    int failed = -1;
    while (failed) {
        struct gan_cache c;
        gan_mem_fail_at(++n);
        failed = gan_cache_init(&c, 10, 1000, 3);
        gan_mem_fail_at(0);
        gan_cache_release(&c);
    }
    cr_expect_eq(n, 3);
}
