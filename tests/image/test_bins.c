/* Bins of colour: which there are, lists of them, soft encoding, rebalancing. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gan/bins.h"
#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/rng.h"
#include "support/comma.h"

enum { REACHABLE = 261 };

static gan_bins *reachable(void)
{
    gan_bins *b = gan_bins_reachable();
    cr_assert(b, "%s", gan_error_message());
    return b;
}

Test(bins, of_srgb_are_261_multiples_of_10_in_order)
{
    gan_bins *b = reachable();
    cr_assert(b->count == REACHABLE, "%d", b->count);
    for (int i = 0; i < b->count; i++) {
        const float *c = b->centre[i], *before = i ? b->centre[i - 1] : NULL;
        cr_expect(fmodf(c[0], 10) == 0 && fmodf(c[1], 10) == 0);
        cr_expect(!before || before[0] < c[0] || (before[0] == c[0] && before[1] < c[1]));
    }
    gan_bins_free(b);
}

/* The bins are made of the cube's surface; colours from all of it, every seventh in each channel, lie in one. */
Test(bins, hold_every_colour_of_srgb)
{
    enum { STEP = 7, ROW = 37 };
    gan_bins *b = reachable();
    float farthest = 0, a[ROW], bb[ROW];
    for (int red = 0; red < 256; red += STEP)
        for (int green = 0; green < 256; green += STEP) {
            uint8_t rgb[ROW][3];
            for (int i = 0; i < ROW; i++)
                memcpy(rgb[i], (uint8_t[]){ (uint8_t)red, (uint8_t)green, (uint8_t)(i * STEP) }, 3);
            gan_lab_from_rgb(rgb[0], ROW, NULL, a, bb);
            for (int i = 0; i < ROW; i++) {
                int32_t bin[GAN_BIN_SHARES];
                float share[GAN_BIN_SHARES];
                gan_bins_encode(b, a[i], bb[i], bin, share);
                farthest =
                    fmaxf(farthest, fmaxf(fabsf(a[i] - b->centre[bin[0]][0]), fabsf(bb[i] - b->centre[bin[0]][1])));
            }
        }
    cr_expect(farthest <= 5.001f && farthest > 4.9f, "%g", (double)farthest);
    gan_bins_free(b);
}

Test(bins, share_a_colour_by_distance)
{
    gan_bins *b = reachable();
    int32_t bin[GAN_BIN_SHARES];
    float share[GAN_BIN_SHARES];
    for (uint64_t i = 0; i < 1000; i++) {
        gan_rng r = gan_rng_at(1, GAN_STREAM_TEST, i);
        float a = (float)(300 * gan_rng_uniform(r, 0) - 150), bb = (float)(300 * gan_rng_uniform(r, 1) - 150), sum = 0;
        gan_bins_encode(b, a, bb, bin, share);
        for (int k = 0; k < GAN_BIN_SHARES; k++) {
            sum += share[k];
            cr_expect(share[k] >= 0 && share[k] <= (k ? share[k - 1] : 1));
            for (int j = 0; j < k; j++) cr_expect(bin[j] != bin[k]);
        }
        cr_expect(fabsf(sum - 1) < 1e-6f, "%g", (double)sum);
    }
    /* A centre and its four neighbours at distance 10: 1 / (1 + 4 exp(-2)). */
    gan_bins_encode(b, 10, 20, bin, share);
    cr_expect(b->centre[bin[0]][0] == 10 && b->centre[bin[0]][1] == 20);
    cr_expect(fabs((double)share[0] - 1 / (1 + 4 * exp(-2))) < 1e-6 && share[1] == share[4], "%g", (double)share[0]);
    gan_bins_free(b);
}

static void expect_weights(const gan_bins *b, const double *count)
{
    double prior[REACHABLE], sum = 0, mean = 0;
    float weight[REACHABLE];
    cr_assert_eq(gan_bins_rebalance(b, count, prior, weight), 0);
    for (int i = 0; i < b->count; i++) {
        sum += prior[i];
        mean += prior[i] * (double)weight[i];
        cr_expect(isfinite(weight[i]) && weight[i] > 0);
        for (int k = 0; k < b->count; k++) cr_expect(weight[i] > weight[k] || prior[i] > prior[k] - 1e-6);
    }
    cr_expect(fabs(sum - 1) < 1e-12 && fabs(mean - 1) < 1e-6, "%g, %g", sum, mean);
}

Test(bins, have_weights_of_mean_1_that_lift_the_rare)
{
    gan_bins *b = reachable();
    double count[REACHABLE] = { 0 };
    expect_weights(b, count);
    count[130] = 1e6;
    expect_weights(b, count);
    for (int i = 0; i < REACHABLE; i++) count[i] = exp(-i / 20.0);
    expect_weights(b, count);
    gan_bins_free(b);
}

/* With all colours in one bin, far from the edge: the Gaussian spreads them over neighbours at 10, 10 sqrt 2, 20 ... */
Test(bins, smooth_the_prior)
{
    gan_bins *b = reachable();
    double count[REACHABLE] = { 0 }, prior[REACHABLE], line = 0;
    float weight[REACHABLE];
    int gray = 0;
    while (b->centre[gray][0] != 0 || b->centre[gray][1] != 0) gray++;
    count[gray] = 5;
    cr_assert_eq(gan_bins_rebalance(b, count, prior, weight), 0);
    for (int i = -6; i <= 6; i++) line += exp(-2.0 * i * i);
    cr_expect(fabs(prior[gray] - 1 / (line * line)) < 1e-9, "%g", prior[gray]);
    cr_expect(fabs(prior[gray + 1] / prior[gray] - exp(-2)) < 1e-9);
    cr_expect(weight[gray] < 0.01f + 1 && weight[0] > 50 * weight[gray]);
    gan_bins_free(b);
}

/* Lists */

static const char FIVE[] = "0 0\n10 0\n-10 0\n0 10\n";

static gan_bins *load(const char *text)
{
    char path[] = "/tmp/gan-bins-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    gan_bins *b = gan_bins_load(path);
    unlink(path);
    return b;
}

Test(bins, are_read_from_a_list)
{
    gan_bins *b = load("\n 0 0\n-10\t1e1  \r\n10 -10\n\n7.5 -128\n128 .5");
    cr_assert(b, "%s", gan_error_message());
    cr_expect(b->count == 5 && b->centre[1][0] == -10 && b->centre[1][1] == 10);
    cr_expect(b->centre[3][0] == 7.5f && b->centre[4][1] == 0.5f);
    gan_bins_free(b);
}

Test(bins, have_points_in_every_locale)
{
    if (!set_comma_locale()) cr_skip_test("no locale writes numbers with a comma");
    gan_bins *b = load("0 0\n-10 10\n10 -10\n20 20\n7.5 .25\n");
    cr_assert(b, "%s", gan_error_message());
    cr_expect(b->centre[4][0] == 7.5f && b->centre[4][1] == 0.25f);
    gan_bins_free(b);
}

Test(bins, refuse_what_is_no_list)
{
    static const struct {
        const char *last, *message;
    } rows[] = {
        { "", "4 bins of colour are not within 5 and 4096" },
        { "5\n", "line 5: not two numbers" },
        { "5 x\n", "line 5: not two numbers" },
        { "5 6x\n", "line 5: not two numbers" },
        { "5 6 7\n", "line 5: more than two numbers" },
        { "5 129\n", "bin 5 of colour lies at 5, 129" },
        { "nan 1\n", "bin 5 of colour" },
        { "inf 1\n", "bin 5 of colour" },
        { "1e99 1\n", "bin 5 of colour" },
        { "10 0\n", "bins 2 and 5 of colour are the same" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        snprintf(text, sizeof text, "%s%s", FIVE, rows[i].last);
        cr_expect(!load(text), "'%s'", rows[i].last);
        cr_expect(strstr(gan_error_message(), rows[i].message), "%s", gan_error_message());
    }
    char line[1024];
    memset(line, ' ', sizeof line - 1);
    line[sizeof line - 1] = 0;
    cr_expect(!load(line));
    cr_expect(strstr(gan_error_message(), "line 1 is too long"), "%s", gan_error_message());
    cr_expect(!gan_bins_load("/tmp"));
    cr_expect(!gan_bins_load("/nowhere/bins.txt"));
}

Test(bins, want_no_more_than_4096)
{
    enum { MANY = 4097 };
    char *text = gan_mem_alloc(MANY, 24);
    size_t used = 0;
    for (int i = 0; i < MANY; i++) used += (size_t)sprintf(text + used, "%d %g\n", i % 100, i / 100 * 0.5);
    cr_expect(!load(text));
    cr_expect(strstr(gan_error_message(), "4097 bins"), "%s", gan_error_message());
    gan_mem_free(text);
}

Test(bins, survive_a_lack_of_memory)
{
    for (uint64_t n = 1, done = 0; !done && n < 50; n++) {
        gan_mem_fail_at(n);
        gan_bins *b = load("0 0\n10 0\n-10 0\n0 10\n3 3\n");
        gan_mem_fail_at(0);
        done = b != NULL;
        cr_expect(done || strstr(gan_error_message(), "memory"), "%s", gan_error_message());
        gan_bins_free(b);
        cr_expect(n < 49);
    }
}
