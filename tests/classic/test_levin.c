/* Levin's method against a dense solve in double of its definition, and what follows from it. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gan/classic.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/rng.h"

enum { MOST = 150 };

static float noise(uint64_t i)
{
    return (float)gan_rng_uniform(gan_rng_at(1, GAN_STREAM_TEST, 7), i);
}

/* Two regions of unlike luminance, and some noise. */
static void draw(int w, int h, float *x)
{
    for (int i = 0; i < w * h; i++) x[i] = (i % w > i / w ? 0.5f : -0.4f) + 0.2f * noise((uint64_t)i);
}

static gan_scribbles scribble(int w, int h, int count)
{
    gan_scribbles s;
    size_t n = (size_t)w * (size_t)h;
    float *truth = gan_mem_alloc(n, 2 * sizeof *truth);
    for (size_t i = 0; i < 2 * n; i++) truth[i] = noise(1000 + i) - 0.5f;
    cr_assert_eq(gan_scribbles_draw(&s, w, h, truth, (size_t)count, 3, 5), 0);
    gan_mem_free(truth);
    return s;
}

static void solve(int w, int h, const float *x, const gan_scribbles *s, float *y)
{
    gan_classic *c = gan_classic_open("levin", &(gan_classic_opt){ 0 });
    cr_assert(c, "%s", gan_error_message());
    cr_assert_eq(gan_classic_run(c, w, h, x, s, y), 0, "%s", gan_error_message());
    gan_classic_free(c);
}

/* The definition, plainly */

struct oracle {
    int w, h;
    const float *x;
    double m[MOST][MOST], b[MOST];
};

static int near(const struct oracle *o, int p, int q)
{
    return p != q && abs(p % o->w - q % o->w) <= 1 && abs(p / o->w - q / o->w) <= 1;
}

static double luminance(const struct oracle *o, int p)
{
    return (1 + (double)o->x[p]) / 2;
}

/* 2 sigma^2: 0.6 of the window's variance, or what gives the best neighbour a weight of 0.01. */
static double twice_square(const struct oracle *o, int p)
{
    double sum = luminance(o, p), n = 1, mean, variance = 0, best = INFINITY;
    for (int q = 0; q < o->w * o->h; q++)
        if (near(o, p, q)) {
            sum += luminance(o, q);
            n++;
            best = fmin(best, pow(luminance(o, q) - luminance(o, p), 2));
        }
    mean = sum / n;
    for (int q = 0; q < o->w * o->h; q++)
        if (q == p || near(o, p, q)) variance += pow(luminance(o, q) - mean, 2) / n;
    return fmax(fmax(0.6 * variance, best / log(100)), 2e-6);
}

static void set_row(struct oracle *o, int p)
{
    int n = o->w * o->h;
    double sum = 0;
    for (int q = 0; q < n; q++) {
        if (!near(o, p, q)) continue;
        double d = luminance(o, p) - luminance(o, q);
        o->m[p][q] = -exp(-d * d / sqrt(twice_square(o, p) * twice_square(o, q)));
        sum -= o->m[p][q];
    }
    for (int q = 0; q < n; q++) o->m[p][q] /= sum;
    o->m[p][p] = 1;
}

static void eliminate(struct oracle *o)
{
    int n = o->w * o->h;
    for (int i = 0; i < n; i++)
        for (int row = 0; row < n; row++) {
            if (row == i || o->m[row][i] == 0) continue;
            double factor = o->m[row][i] / o->m[i][i];
            for (int k = i; k < n; k++) o->m[row][k] -= factor * o->m[i][k];
            o->b[row] -= factor * o->b[i];
        }
}

static double check_channel(int w, int h, const float *x, const gan_scribbles *s, const float *y, int channel)
{
    static struct oracle o;
    double worst = 0;
    o = (struct oracle){ .w = w, .h = h, .x = x };
    for (int p = 0; p < w * h; p++) {
        if (s->known[p]) {
            o.m[p][p] = 1;
            o.b[p] = (double)s->ab[channel * w * h + p];
        } else
            set_row(&o, p);
    }
    eliminate(&o);
    for (int p = 0; p < w * h; p++) worst = fmax(worst, fabs(o.b[p] / o.m[p][p] - (double)y[channel * w * h + p]));
    return worst;
}

Test(levin, agrees_with_a_dense_solve)
{
    static const int cases[][3] = {
        { 12, 11, 5 }, { 11, 12, 1 }, { 1, 30, 2 }, { 40, 2, 3 }, { 5, 5, 20 }, { 2, 2, 1 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int w = cases[i][0], h = cases[i][1];
        float x[MOST], y[2 * MOST];
        draw(w, h, x);
        gan_scribbles s = scribble(w, h, cases[i][2]);
        solve(w, h, x, &s, y);
        for (int c = 0; c < 2; c++) {
            double worst = check_channel(w, h, x, &s, y, c);
            cr_assert_lt(worst, 1e-4, "%dx%d, channel %d: %g", w, h, c, worst);
        }
        gan_scribbles_release(&s);
    }
}

Test(levin, flat_pictures_and_all_scribbled_ones)
{
    float x[MOST] = { 0 }, y[2 * MOST];
    gan_scribbles s = scribble(10, 9, 4);
    solve(10, 9, x, &s, y);
    for (int c = 0; c < 2; c++) cr_assert_lt(check_channel(10, 9, x, &s, y, c), 1e-4);
    gan_scribbles_release(&s);
    s = scribble(10, 9, 1000);
    cr_assert_eq(s.count, 90);
    solve(10, 9, x, &s, y);
    cr_assert_arr_eq(y, s.ab, sizeof(float) * 180);
    gan_scribbles_release(&s);
    s = scribble(1, 1, 1);
    solve(1, 1, x, &s, y);
    cr_assert_eq(y[1], s.ab[1]);
    gan_scribbles_release(&s);
}

enum { W = 230, H = 170, N = W * H };

/* Colours lie between those of the scribbles, and do not depend on the threads. */
Test(levin, large_pictures_are_within_bounds_and_the_same_on_any_threads)
{
    static float x[N], y[3][2 * N];
    draw(W, H, x);
    gan_scribbles s = scribble(W, H, 30);
    for (int threads = 1; threads <= 3; threads++) {
        gan_parallel_use(threads);
        solve(W, H, x, &s, y[threads - 1]);
    }
    cr_assert_eq(memcmp(y[0], y[1], sizeof y[0]), 0);
    cr_assert_eq(memcmp(y[0], y[2], sizeof y[0]), 0);
    for (int c = 0; c < 2; c++) {
        float least = INFINITY, most = -INFINITY;
        for (int p = 0; p < N; p++)
            if (s.known[p]) least = fminf(least, s.ab[c * N + p]), most = fmaxf(most, s.ab[c * N + p]);
        for (int p = 0; p < N; p++) cr_assert(y[0][c * N + p] > least - 1e-3f && y[0][c * N + p] < most + 1e-3f);
    }
    gan_scribbles_release(&s);
}

Test(levin, says_what_is_wrong_with_scribbles)
{
    float x[MOST] = { 0 }, y[2 * MOST];
    gan_classic *c = gan_classic_open("levin", &(gan_classic_opt){ 0 });
    gan_scribbles s = scribble(5, 4, 2), none;
    cr_assert_eq(gan_scribbles_init(&none, 6, 4), 0);
    cr_assert_eq(gan_classic_run(c, 6, 4, x, NULL, y), -1);
    cr_assert_str_eq(gan_error_message(), "method 'levin' needs scribbles");
    cr_assert_eq(gan_classic_run(c, 6, 4, x, &s, y), -1);
    cr_assert_str_eq(gan_error_message(), "the scribbles are of 5x4 pixels, the picture of 6x4");
    cr_assert_eq(gan_classic_run(c, 6, 4, x, &none, y), -1);
    cr_assert_str_eq(gan_error_message(), "the scribbles hold no colour");
    gan_scribbles_release(&s);
    gan_scribbles_release(&none);
    gan_classic_free(c);
}

Test(levin, lack_of_memory_anywhere_is_an_error)
{
    float x[MOST], y[2 * MOST];
    draw(12, 11, x);
    gan_scribbles s = scribble(12, 11, 3);
    gan_classic *c = gan_classic_open("levin", &(gan_classic_opt){ 0 });
    int failed = -1;
    uint64_t n = 0;
    while (failed) {
        gan_mem_fail_at(++n);
        failed = gan_classic_run(c, 12, 11, x, &s, y);
        gan_mem_fail_at(0);
        cr_assert(!failed || strstr(gan_error_message(), "out of memory"));
    }
    cr_assert_gt(n, 20);
    gan_scribbles_release(&s);
    gan_classic_free(c);
}
