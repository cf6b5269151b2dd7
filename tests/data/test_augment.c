#include "data/augment.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

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

static void paint(gan_image *im)
{
    for (int y = 0; y < im->h; y++)
        for (int x = 0; x < im->w; x++) {
            uint8_t *p = im->rgb + 3 * (y * im->w + x);
            p[0] = (uint8_t)(4 * x);
            p[1] = (uint8_t)(4 * y);
            p[2] = (uint8_t)(2 * x + 2 * y);
        }
}

Test(augment, a_warp_that_does_nothing_is_the_crop)
{
    enum { W = 50, H = 40, SIZE = 24 };
    static uint8_t crop[3 * SIZE * SIZE], warped[3 * SIZE * SIZE];
    const struct gan_warp none = { { { 1, 0 }, { 0, 1 } } };
    gan_image im;
    cr_assert_eq(gan_image_init(&im, W, H), 0);
    paint(&im);
    for (int flip = 0; flip < 2; flip++) {
        struct gan_view v = { .left = 7, .top = 5, .flip = flip };
        gan_view_copy(crop, &im, v, SIZE);
        gan_warp_copy(warped, &im, v, &none, SIZE);
        cr_expect_arr_eq(crop, warped, sizeof crop);
    }
    gan_image_release(&im);
}

/* A quarter turn about the centre: what was at (x, y) from the centre comes from (-y, x). */
Test(augment, a_quarter_turn_turns)
{
    enum { SIZE = 31 };
    static uint8_t turned[3 * SIZE * SIZE];
    const struct gan_warp quarter = { { { 0, -1 }, { 1, 0 } } };
    gan_image im;
    cr_assert_eq(gan_image_init(&im, SIZE, SIZE), 0);
    paint(&im);
    gan_warp_copy(turned, &im, (struct gan_view){ 0 }, &quarter, SIZE);
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++)
            cr_assert_arr_eq(turned + 3 * (y * SIZE + x), im.rgb + 3 * (x * SIZE + SIZE - 1 - y), 3);
    gan_image_release(&im);
}

Test(augment, warps_keep_to_their_extents_and_use_them)
{
    const gan_augment how = { .rotate = 20, .zoom = 0.25 }, none = { .flip = 1 };
    struct gan_warp w;
    double turn_most = 0, scale_least = 2, scale_most = 0;
    cr_expect_eq(gan_warp_draw(1, 2, &none, &w), 0);
    for (uint64_t i = 0; i < 2000; i++) {
        cr_assert_eq(gan_warp_draw(1, i, &how, &w), 1);
        double turn = fabs(atan2((double)w.m[1][0], (double)w.m[0][0])) * 180 / acos(-1.0);
        double scale = sqrt((double)w.m[0][0] * (double)w.m[1][1] - (double)w.m[0][1] * (double)w.m[1][0]);
        turn_most = fmax(turn_most, turn);
        scale_least = fmin(scale_least, scale);
        scale_most = fmax(scale_most, scale);
    }
    cr_expect(turn_most > 19 && turn_most < 20.001);
    cr_expect(scale_least > 1 / 1.25 - 1e-6 && scale_least < 0.82 && scale_most > 1.28 && scale_most < 1 / 0.75 + 1e-6);
}

Test(augment, jitter_varies_colours_and_leaves_them_at_nothing)
{
    enum { N = 100 };
    uint8_t rgb[3 * N], same[3 * N];
    int changed = 0;
    for (int i = 0; i < 3 * N; i++) rgb[i] = same[i] = (uint8_t)(60 + i % 130);
    gan_jitter(rgb, N, 1, 5, 0);
    cr_expect_arr_eq(rgb, same, sizeof rgb);
    gan_jitter(rgb, N, 1, 5, 1e-9);
    for (int i = 0; i < 3 * N; i++) cr_expect_leq(abs(rgb[i] - same[i]), 1);
    gan_jitter(rgb, N, 1, 5, 0.4);
    for (int i = 0; i < 3 * N; i++) changed += abs(rgb[i] - same[i]) > 4;
    cr_expect_gt(changed, N);
}

Test(augment, grays_stay_gray_in_jitter)
{
    uint8_t rgb[] = { 10, 10, 10, 90, 90, 90, 250, 250, 250 };
    for (uint64_t i = 0; i < 50; i++) {
        gan_jitter(rgb, 3, 2, i, 0.3);
        for (int k = 0; k < 3; k++)
            cr_expect(abs(rgb[3 * k] - rgb[3 * k + 1]) <= 1 && abs(rgb[3 * k] - rgb[3 * k + 2]) <= 1);
    }
}

Test(augment, age_fades_and_adds_grain)
{
    enum { N = 4096 };
    static float x[N];
    double mean = 0, square = 0;
    for (int i = 0; i < N; i++) x[i] = i % 2 ? 1 : -1;
    gan_age(x, N, 1, 9, 0, 0.5);
    cr_expect(x[0] > -1 && x[0] <= -0.5f && x[1] < 1 && x[1] >= 0.5f, "%g %g", (double)x[0], (double)x[1]);
    for (int i = 0; i < N; i++) x[i] = 0;
    gan_age(x, N, 1, 9, 0.2, 0);
    for (int i = 0; i < N; i++) {
        mean += (double)x[i] / N;
        square += (double)x[i] * (double)x[i] / N;
    }
    cr_expect_float_eq(mean, 0, 0.02);
    cr_expect(square > 0 && square < 0.05);
    gan_age(x, 1, 1, 9, 0, 0);
}
