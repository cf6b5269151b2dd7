#include "data/augment.h"

#include <criterion/criterion.h>
#include <math.h>

#include "gan/rng.h"

enum { TRIALS = 20000 };

Test(augment, crops_cover_the_whole_range_evenly)
{
    enum { W = 19, H = 16, SIZE = 11 };
    int left[W - SIZE + 1] = { 0 }, top[H - SIZE + 1] = { 0 };
    for (uint64_t i = 0; i < TRIALS; i++) {
        struct gan_view v = gan_view_draw(3, i, W, H, SIZE, 1);
        cr_assert(v.left >= 0 && v.left <= W - SIZE && v.top >= 0 && v.top <= H - SIZE);
        left[v.left]++;
        top[v.top]++;
    }
    for (int i = 0; i <= W - SIZE; i++) cr_expect_float_eq(left[i], TRIALS / 9.0, 5 * sqrt(TRIALS / 9.0));
    for (int i = 0; i <= H - SIZE; i++) cr_expect_float_eq(top[i], TRIALS / 6.0, 5 * sqrt(TRIALS / 6.0));
}

Test(augment, flips_half_of_the_pictures_or_none)
{
    int flips = 0;
    for (uint64_t i = 0; i < TRIALS; i++) {
        flips += gan_view_draw(3, i, 8, 8, 8, 1).flip;
        cr_assert_eq(gan_view_draw(3, i, 8, 8, 8, 0).flip, 0);
    }
    cr_expect_float_eq(flips, TRIALS / 2.0, 5 * sqrt(TRIALS / 4.0));
}

Test(augment, flips_do_not_move_crops)
{
    for (uint64_t i = 0; i < 100; i++) {
        struct gan_view a = gan_view_draw(9, i, 40, 30, 20, 0), b = gan_view_draw(9, i, 40, 30, 20, 1);
        cr_expect(a.left == b.left && a.top == b.top);
    }
}

Test(augment, copies_the_view)
{
    enum { W = 9, H = 7, SIZE = 4 };
    uint8_t pixels[3 * W * H], rgb[3 * SIZE * SIZE];
    for (int i = 0; i < 3 * W * H; i++) pixels[i] = (uint8_t)i;
    gan_image im = { W, H, pixels };
    for (int flip = 0; flip < 2; flip++) {
        gan_view_copy(rgb, &im, (struct gan_view){ .left = 5, .top = 3, .flip = flip }, SIZE);
        for (int y = 0; y < SIZE; y++)
            for (int x = 0; x < SIZE; x++)
                for (int c = 0; c < 3; c++)
                    cr_expect_eq(rgb[3 * (y * SIZE + x) + c],
                                 pixels[3 * ((y + 3) * W + 5 + (flip ? SIZE - 1 - x : x)) + c]);
    }
}
