/* Procedural pictures: always the same bytes, every kind and size, natural statistics, no colour from brightness alone. */
#include <criterion/criterion.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/metrics.h"
#include "gan/parallel.h"
#include "gan/scene.h"
#include "scene/kinds.h"

enum { SIDE = 64, PIXELS = SIDE * SIDE, SEED = 20 };

static gan_image draw(uint64_t seed, uint64_t number, int size)
{
    gan_image im;
    cr_assert_eq(gan_scene_draw(&im, seed, number, size), 0, "%s", gan_error_message());
    cr_assert(im.w == size && im.h == size);
    return im;
}

static int same(const gan_image *a, const gan_image *b)
{
    return a->w == b->w && a->h == b->h && !memcmp(a->rgb, b->rgb, (size_t)a->w * (size_t)a->h * 3);
}

/* Deviation of the picture's luminance, L* of 0..100. */
static double contrast(const gan_image *im)
{
    size_t n = (size_t)im->w * (size_t)im->h;
    float *l = gan_mem_alloc(n, sizeof *l);
    cr_assert(l);
    gan_lab_from_rgb(im->rgb, n, l, NULL, NULL);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += l[i], squares += (double)l[i] * l[i];
    gan_mem_free(l);
    return sqrt(squares / (double)n - sum / (double)n * (sum / (double)n));
}

Test(scene, every_call_gives_the_same_bytes)
{
    static const int sizes[] = { 16, 64, 200 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        gan_image a = draw(SEED, i, sizes[i]), b = draw(SEED, i, sizes[i]);
        cr_assert(same(&a, &b));
        gan_image_release(&a);
        gan_image_release(&b);
    }
}

enum { TOGETHER = 24 };

static void draw_into(void *ctx, size_t i)
{
    gan_image *pictures = ctx;
    if (gan_scene_draw(&pictures[i], SEED, i, 32)) pictures[i] = (gan_image){ 0 };
}

Test(scene, threads_change_nothing)
{
    gan_image pictures[TOGETHER];
    gan_parallel_use(3);
    gan_parallel_each(TOGETHER, draw_into, pictures);
    for (size_t i = 0; i < TOGETHER; i++) {
        gan_image alone = draw(SEED, i, 32);
        cr_assert(pictures[i].rgb && same(&pictures[i], &alone));
        gan_image_release(&alone);
        gan_image_release(&pictures[i]);
    }
}

Test(scene, numbers_and_seeds_give_other_pictures)
{
    static const uint64_t at[][2] = { { 1, 0 }, { 1, 1 }, { 2, 0 }, { 1, UINT64_MAX }, { UINT64_MAX, 1 }, { 0, 0 } };
    enum { N = sizeof at / sizeof *at };
    gan_image pictures[N];
    for (int i = 0; i < N; i++) {
        pictures[i] = draw(at[i][0], at[i][1], 24);
        for (int k = 0; k < i; k++) cr_assert(!same(&pictures[i], &pictures[k]), "%d and %d are the same", i, k);
    }
    for (int i = 0; i < N; i++) gan_image_release(&pictures[i]);
}

Test(scene, any_size_from_16)
{
    static const int sizes[] = { 16, 17, 31, 63, 128, 129, 257, 1023 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        gan_image im = draw(SEED, i, sizes[i]);
        cr_assert_gt(contrast(&im), 2);
        gan_image_release(&im);
    }
}

Test(scene, other_sizes_are_refused)
{
    static const int sizes[] = { 15, 4097, 0, -1, -64, INT_MAX, INT_MIN };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        gan_image im;
        cr_assert_eq(gan_scene_draw(&im, SEED, 0, sizes[i]), -1);
        cr_assert(strstr(gan_error_message(), "16 to 4096"), "%s", gan_error_message());
        cr_assert(!im.rgb);
    }
}

Test(scene, the_largest_size_fails_only_for_want_of_memory)
{
    gan_image im;
    gan_mem_fail_at(1);
    cr_assert_eq(gan_scene_draw(&im, SEED, 0, 4096), -1);
    gan_mem_fail_at(0);
    cr_assert(strstr(gan_error_message(), "out of memory"), "%s", gan_error_message());
}

/* The large picture is drawn in several strips, the small one in one. */
Test(scene, a_larger_picture_shows_the_same_in_more_detail)
{
    double mean = 0;
    for (uint64_t number = 0; number < 12; number++) {
        gan_image small = draw(SEED, number, SIDE), large = draw(SEED, number, 8 * SIDE), reduced;
        cr_assert_eq(gan_image_resize(&reduced, &large, SIDE, SIDE, GAN_BICUBIC), 0);
        double psnr = gan_metric_psnr(reduced.rgb, small.rgb, PIXELS);
        cr_expect_gt(psnr, 20, "picture %d: %.2f dB", (int)number, psnr);
        mean += psnr / 12;
        gan_image_release(&small);
        gan_image_release(&large);
        gan_image_release(&reduced);
    }
    cr_assert_gt(mean, 24, "%.2f dB", mean);
}

/* The canvas begins black, and nothing in the scenes is. */
Test(scene, every_pixel_is_painted)
{
    for (uint64_t number = 0; number < 100; number++) {
        gan_image im = draw(SEED, number, SIDE);
        for (int i = 0; i < PIXELS; i++) {
            const uint8_t *p = im.rgb + (size_t)3 * (size_t)i;
            cr_assert(p[0] || p[1] || p[2], "picture %d, row %d, column %d", (int)number, i / SIDE, i % SIDE);
        }
        gan_image_release(&im);
    }
}

/* Counts the kinds of the first n pictures; the first picture of each kind. */
static int kinds_among(uint64_t n, const struct gan_kind **kinds, uint64_t *first, int *count)
{
    int found = 0;
    for (uint64_t number = 0; number < n; number++) {
        const struct gan_kind *kind = gan_kind_of(SEED, number);
        int k = 0;
        while (k < found && kinds[k] != kind) k++;
        if (k == found) kinds[found] = kind, first[found] = number, count[found++] = 0;
        count[k]++;
    }
    return found;
}

#define COUNT(name, weight) +1
#define SUM(name, weight) +(double)(weight)
enum { KINDS = GAN_SCENE_KINDS(COUNT), MANY = 2000 };

Test(scene, every_kind_comes_as_often_as_its_weight_says)
{
    const struct gan_kind *kinds[KINDS];
    uint64_t first[KINDS];
    int count[KINDS];
    cr_assert_eq(kinds_among(MANY, kinds, first, count), KINDS);
    for (int k = 0; k < KINDS; k++) {
        double expected = MANY * (double)kinds[k]->weight / (GAN_SCENE_KINDS(SUM));
        cr_expect_lt(fabs(count[k] - expected), 5 * sqrt(expected), "%s: %d, not %.0f", kinds[k]->name, count[k],
                     expected);
    }
}

Test(scene, every_kind_has_contrast_and_colour)
{
    const struct gan_kind *kinds[KINDS];
    uint64_t first[KINDS];
    int count[KINDS];
    int found = kinds_among(MANY, kinds, first, count);
    for (int k = 0; k < found; k++) {
        double light = 0, colour = 0;
        for (int i = 0; i < 4; i++) {
            gan_image im = draw(SEED, first[k], SIDE);
            light = fmax(light, contrast(&im)), colour = fmax(colour, gan_metric_colourfulness(im.rgb, PIXELS));
            gan_image_release(&im);
            while (gan_kind_of(SEED, ++first[k]) != kinds[k]) continue;
        }
        cr_expect_gt(light, 6, "%s: %.1f", kinds[k]->name, light);
        cr_expect_gt(colour, 20, "%s: %.1f", kinds[k]->name, colour);
    }
}

/* Takes the colour out: what a predictor that knows nothing would show. */
static void gray(const uint8_t *rgb, uint8_t *out)
{
    static float l[PIXELS], zero[PIXELS];
    gan_lab_from_rgb(rgb, PIXELS, l, NULL, NULL);
    gan_lab_to_rgb(l, zero, zero, PIXELS, out);
}

Test(scene, are_as_colourful_as_photographs)
{
    static uint8_t without[3 * PIXELS];
    double colourfulness = 0, floor = 0;
    enum { N = 128 };
    for (uint64_t number = 0; number < N; number++) {
        gan_image im = draw(SEED, number, SIDE);
        gray(im.rgb, without);
        colourfulness += gan_metric_colourfulness(im.rgb, PIXELS) / N;
        floor += gan_metric_psnr(im.rgb, without, PIXELS) / N;
        gan_image_release(&im);
    }
    cr_assert(colourfulness > 30 && colourfulness < 50, "%.1f", colourfulness);
    cr_assert(floor > 20 && floor < 24, "%.2f dB", floor);
}

/* The best colour for each of 256 luminances: the mean of those it had. */
enum { LEVELS = 256, FIT = 400, CHECK = 100 };
struct table {
    double count[LEVELS], a[LEVELS], b[LEVELS];
};

static int level(float l)
{
    int i = (int)(l / 100 * LEVELS);
    return i < LEVELS ? i : LEVELS - 1;
}

static void learn(struct table *t, const uint8_t *rgb)
{
    static float l[PIXELS], a[PIXELS], b[PIXELS];
    gan_lab_from_rgb(rgb, PIXELS, l, a, b);
    for (int i = 0; i < PIXELS; i++) {
        int k = level(l[i]);
        t->count[k]++, t->a[k] += a[i], t->b[k] += b[i];
    }
}

static void colour(const struct table *t, const uint8_t *rgb, uint8_t *out)
{
    static float l[PIXELS], a[PIXELS], b[PIXELS];
    gan_lab_from_rgb(rgb, PIXELS, l, NULL, NULL);
    for (int i = 0; i < PIXELS; i++) {
        int k = level(l[i]);
        a[i] = (float)(t->a[k] / fmax(t->count[k], 1)), b[i] = (float)(t->b[k] / fmax(t->count[k], 1));
    }
    gan_lab_to_rgb(l, a, b, PIXELS, out);
}

Test(scene, a_table_from_luminance_to_colour_gains_little)
{
    static struct table t;
    static uint8_t out[3 * PIXELS];
    double table = 0, floor = 0;
    for (uint64_t number = 0; number < FIT + CHECK; number++) {
        gan_image im = draw(SEED, number, SIDE);
        if (number < FIT) {
            learn(&t, im.rgb);
        } else {
            colour(&t, im.rgb, out);
            table += gan_metric_psnr(im.rgb, out, PIXELS) / CHECK;
            gray(im.rgb, out);
            floor += gan_metric_psnr(im.rgb, out, PIXELS) / CHECK;
        }
        gan_image_release(&im);
    }
    cr_log_info("gray %.2f dB, table %.2f dB", floor, table);
    cr_assert_gt(table, floor, "%.2f and %.2f dB", table, floor);
    cr_assert_lt(table - floor, 1.2, "%.2f and %.2f dB", table, floor);
}

Test(scene, survives_failing_allocations)
{
    gan_image whole = draw(SEED, 3, 16), im;
    int tries = 1, bad;
    do {
        gan_mem_fail_at((uint64_t)tries);
        bad = gan_scene_draw(&im, SEED, 3, 16);
        gan_mem_fail_at(0);
        if (bad) cr_assert(!im.rgb && strstr(gan_error_message(), "memory"));
    } while (bad && ++tries < 100);
    cr_assert(tries > 1 && !bad && same(&whole, &im));
    gan_image_release(&whole);
    gan_image_release(&im);
}
