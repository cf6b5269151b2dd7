#include "gan/progress.h"

#include <criterion/criterion.h>
#include <math.h>

Test(progress, nothing_is_known_at_first)
{
    gan_rate r = { 0 };
    cr_expect_eq(gan_rate_per_s(&r), 0);
    cr_expect_lt(gan_rate_left_s(&r, 10), 0);
    gan_rate_add(&r, 1000, 500);
    cr_expect_eq(gan_rate_per_s(&r), 0, "what was done before does not count");
    cr_expect_lt(gan_rate_left_s(&r, 600), 0);
    cr_expect_eq(gan_rate_left_s(&r, 500), 0);
}

Test(progress, a_constant_rate_is_exact)
{
    gan_rate r = { 0 };
    for (int i = 0; i <= 100; i++) gan_rate_add(&r, 5000 + 0.25 * i, 1000 + 3 * i);
    cr_expect_float_eq(gan_rate_per_s(&r), 12, 1e-9);
    cr_expect_float_eq(gan_rate_left_s(&r, 1300 + 120), 10, 1e-9);
}

Test(progress, the_rate_follows_a_change_within_a_minute_or_two)
{
    gan_rate r = { 0 };
    double now_s = 0, done = 0;
    for (int i = 0; i < 600; i++) gan_rate_add(&r, now_s += 1, done += 10);
    gan_rate_add(&r, now_s += 1, done += 100);
    cr_expect_lt(gan_rate_per_s(&r), 14, "one fast step does not turn it round");
    for (int i = 0; i < 120; i++) gan_rate_add(&r, now_s += 1, done += 20);
    cr_expect_float_eq(gan_rate_per_s(&r), 20, 1);
}

Test(progress, the_average_does_not_depend_on_how_often_it_is_told)
{
    gan_rate often = { 0 }, seldom = { 0 };
    gan_rate_add(&often, 0, 0);
    gan_rate_add(&seldom, 0, 0);
    for (int i = 1; i <= 1000; i++) gan_rate_add(&often, 0.01 * i, 7 * 0.01 * i);
    gan_rate_add(&seldom, 10, 70);
    cr_expect_float_eq(gan_rate_per_s(&often), gan_rate_per_s(&seldom), 1e-6);
}

Test(progress, going_back_starts_anew)
{
    gan_rate r = { 0 };
    gan_rate_add(&r, 0, 0);
    gan_rate_add(&r, 1, 100);
    gan_rate_add(&r, 2, 5);
    cr_expect_eq(gan_rate_per_s(&r), 0);
    gan_rate_add(&r, 3, 7);
    cr_expect_float_eq(gan_rate_per_s(&r), 2, 1e-9);
    gan_rate_add(&r, 3, 7);
    cr_expect_float_eq(gan_rate_per_s(&r), 2, 1e-9, "no time may pass");
}

Test(progress, the_clock_runs)
{
    double begin = gan_clock_s(), now = begin;
    for (int i = 0; i < 100000000 && now == begin; i++) now = gan_clock_s();
    cr_expect_gt(now, begin);
    cr_expect_lt(now - begin, 60);
}

Test(progress, durations)
{
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        { 0, "0:00:00" },        { 0.4, "0:00:00" }, { 59.6, "0:01:00" },  { 247, "0:04:07" },      { 3600, "1:00:00" },
        { 360000, "100:00:00" }, { -1, "-:--:--" },  { 1e300, "-:--:--" }, { INFINITY, "-:--:--" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[GAN_DURATION_BYTES];
        gan_duration_text(cases[i].seconds, text);
        cr_expect_str_eq(text, cases[i].text);
    }
    char text[GAN_DURATION_BYTES];
    gan_duration_text(NAN, text);
    cr_expect_str_eq(text, "-:--:--");
    gan_duration_text(9.99e11, text);
    cr_expect_str_eq(text, "277500000:00:00");
}
