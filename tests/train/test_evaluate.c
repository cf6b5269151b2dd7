/* Evaluation against sums of its own, predictors whose figures are known, and everything that can go wrong. */
#define _GNU_SOURCE
#include "gan/evaluate.h"

#include <math.h>

#include "data/photos.h"
#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/parallel.h"

enum { SIZE = 24, PIXELS = SIZE * SIZE, COUNT = 7 };

static char folder[PATH_BYTES];
static gan_dataset *photos;

static void setup(void)
{
    make_folder(folder);
    put_photos(folder, COUNT);
    photos = gan_dataset_open(folder);
    cr_assert(photos);
}

static void teardown(void)
{
    gan_mem_fail_at(0);
    gan_dataset_free(photos);
    remove_folder(folder);
}

TestSuite(evaluate, .init = setup, .fini = teardown);
TestSuite(sheet, .init = setup, .fini = teardown);

static int no_colour(void *ctx, const gan_request *q, float *y)
{
    (void)ctx;
    memset(y, 0, 2 * (size_t)q->n * PIXELS * sizeof *y);
    return 0;
}

/* Some colour that depends on the pixel alone. */
#define _GNU_SOURCE
static float made_up(float x, int plane)
{
    return plane ? 0.2f * x * x : 0.3f * x - 0.1f;
}

static int some_colour(void *ctx, const gan_request *q, float *y)
{
    (void)ctx;
    for (int i = 0; i < q->n; i++)
        for (int plane = 0; plane < 2; plane++)
            for (int p = 0; p < PIXELS; p++)
                y[(2 * (size_t)i + (size_t)plane) * PIXELS + (size_t)p] = made_up(q->x[i * PIXELS + p], plane);
    return 0;
}

struct truth {
    size_t next;
};

static int true_colour(void *ctx, const gan_request *q, float *y)
{
    struct truth *t = ctx;
    uint8_t rgb[3 * PIXELS];
    float unused[PIXELS];
    for (int i = 0; i < q->n && t->next < COUNT; i++, t->next++) {
        cr_assert_eq(gan_dataset_centre(photos, t->next, SIZE, rgb), 0);
        gan_lab_normalise(rgb, PIXELS, unused, y + 2 * (size_t)i * PIXELS);
    }
    return 0;
}

static gan_scores evaluate(int batch, gan_predict *predict, void *ctx)
{
    gan_scores s;
    cr_assert_eq(gan_evaluate(photos, &(gan_evaluate_opt){ .size = SIZE, .batch = batch }, predict, ctx, &s), 0, "%s",
                 gan_error_message());
    return s;
}

/* Bit for bit; what is not a number is equal to itself. */
static int same(gan_figures *a, gan_figures *b)
{
    const gan_figure *row;
    for (int i = 0; (row = gan_figure_at(i)); i++)
        if (memcmp(gan_figure_in(row, a), gan_figure_in(row, b), sizeof(double)) != 0) return 0;
    return 1;
}

static int same_figures(gan_scores *a, gan_scores *b)
{
    return a->images == b->images && a->skipped == b->skipped && same(&a->mean, &b->mean) && same(&a->gray, &b->gray) &&
           same(&a->truth, &b->truth);
}

Test(evaluate, no_colour_scores_the_gray_floor_exactly)
{
    gan_scores s = evaluate(3, no_colour, NULL);
    cr_assert_eq(s.images, COUNT);
    cr_assert_eq(s.mean.psnr, s.gray.psnr);
    cr_assert_eq(s.mean.l1, s.gray.l1);
    cr_assert_lt(s.mean.colourfulness, 0.5); /* rounding of the three channels */
    cr_assert_gt(s.truth.colourfulness, 20);
    cr_assert(s.gray.psnr > 5 && s.gray.psnr < 40);
    cr_assert(s.gray.l1 > 0.02 && s.gray.l1 < 1);
    cr_assert_gt(s.seconds, 0);
}

Test(evaluate, the_truth_is_perfect)
{
    struct truth t = { 0 };
    gan_scores s = evaluate(3, true_colour, &t);
    cr_assert_gt(s.mean.psnr, 60);
    cr_assert_gt(s.mean.ssim, 0.9999);
    cr_assert_eq(s.mean.l1, 0);
    cr_assert_float_eq(s.mean.colourfulness, s.truth.colourfulness, 0.01);
    cr_assert_lt(s.gray.psnr, s.mean.psnr);
}

/* The definitions, once more and plainly. */

struct sums {
    double psnr, l1, colourfulness, gray_l1;
};

static double plain_psnr(const uint8_t *a, const uint8_t *b)
{
    double squares = 0;
    for (int i = 0; i < 3 * PIXELS; i++) squares += (a[i] - b[i]) * (a[i] - b[i]);
    return 10 * log10(255.0 * 255 * 3 * PIXELS / squares);
}

static double plain_colourfulness(const uint8_t *rgb)
{
    double mean[2] = { 0 }, var[2] = { 0 };
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < PIXELS; i++) {
            const uint8_t *p = rgb + 3 * i;
            double v[2] = { p[0] - p[1], (p[0] + p[1]) / 2.0 - p[2] };
            for (int k = 0; k < 2; k++) {
                if (pass)
                    var[k] += (v[k] - mean[k]) * (v[k] - mean[k]) / PIXELS;
                else
                    mean[k] += v[k] / PIXELS;
            }
        }
    return sqrt(var[0] + var[1]) + 0.3 * sqrt(mean[0] * mean[0] + mean[1] * mean[1]);
}

static void add_plainly(struct sums *sum, size_t i)
{
    uint8_t rgb[3 * PIXELS], coloured[3 * PIXELS];
    float l[PIXELS], a[PIXELS], b[PIXELS], fake_a[PIXELS], fake_b[PIXELS];
    cr_assert_eq(gan_dataset_centre(photos, i, SIZE, rgb), 0);
    gan_lab_from_rgb(rgb, PIXELS, l, a, b);
    for (int p = 0; p < PIXELS; p++) {
        fake_a[p] = 110 * made_up(l[p] / 50 - 1, 0);
        fake_b[p] = 110 * made_up(l[p] / 50 - 1, 1);
        sum->l1 += (fabs(fake_a[p] - a[p]) + fabs(fake_b[p] - b[p])) / 110 / (2 * PIXELS);
        sum->gray_l1 += (fabs(a[p]) + fabs(b[p])) / 110 / (2 * PIXELS);
    }
    gan_lab_to_rgb(l, fake_a, fake_b, PIXELS, coloured);
    sum->psnr += plain_psnr(coloured, rgb);
    sum->colourfulness += plain_colourfulness(coloured);
}

Test(evaluate, agrees_with_the_definitions)
{
    struct sums sum = { 0 };
    for (size_t i = 0; i < COUNT; i++) add_plainly(&sum, i);
    gan_scores s = evaluate(4, some_colour, NULL);
    cr_assert_float_eq(s.mean.psnr, sum.psnr / COUNT, 1e-3, "%f %f", s.mean.psnr, sum.psnr / COUNT);
    cr_assert_float_eq(s.mean.l1, sum.l1 / COUNT, 1e-6);
    cr_assert_float_eq(s.gray.l1, sum.gray_l1 / COUNT, 1e-6);
    cr_assert_float_eq(s.mean.colourfulness, sum.colourfulness / COUNT, 1e-2);
    cr_assert(s.mean.ssim > 0 && s.mean.ssim < 1);
}

Test(evaluate, figures_depend_neither_on_the_batch_nor_on_threads)
{
    gan_scores first = evaluate(1, some_colour, NULL);
    const int batches[] = { 2, 3, COUNT, 1000 };
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++)
        for (int threads = 1; threads <= 3; threads += 2) {
            gan_parallel_use(threads);
            gan_scores s = evaluate(batches[i], some_colour, NULL);
            cr_assert(same_figures(&first, &s), "batch %d, %d threads", batches[i], threads);
        }
}

static int count_batches(void *ctx, const gan_request *q, float *y)
{
    int *counts = ctx;
    counts[q->n]++;
    return no_colour(NULL, q, y);
}

Test(evaluate, predictors_always_get_a_whole_batch)
{
    int counts[COUNT + 1] = { 0 };
    evaluate(3, count_batches, counts);
    cr_assert_eq(counts[3], 3);
    memset(counts, 0, sizeof counts);
    evaluate(50, count_batches, counts);
    cr_assert_eq(counts[COUNT], 1);
}

static int leave_zero(void *ctx, const gan_request *q, float *y)
{
    (void)ctx, (void)q;
    return y[0] == 0 ? 0 : -1;
}

Test(evaluate, ssim_of_pictures_below_its_window_is_no_number)
{
    gan_scores s;
    cr_assert_eq(gan_evaluate(photos, &(gan_evaluate_opt){ .size = 8, .batch = 2 }, leave_zero, NULL, &s), 0);
    cr_assert(isnan(s.mean.ssim));
    cr_assert(isfinite(s.mean.psnr));
}

static void reopen(void)
{
    gan_dataset_free(photos);
    photos = gan_dataset_open(folder);
    cr_assert(photos);
}

Test(evaluate, unreadable_files_are_named_and_change_nothing_else)
{
    gan_scores before = evaluate(3, some_colour, NULL);
    put_text(folder, "01a.png", "no picture");
    put_text(folder, "zz.jpg", "");
    reopen();
    gan_log_to(count_warnings);
    gan_scores after = evaluate(3, some_colour, NULL);
    cr_assert_eq(warnings, 2);
    cr_assert(strstr(last_warning, "zz.jpg"), "%s", last_warning);
    cr_assert_eq(after.skipped, 2);
    after.skipped = 0;
    cr_assert(same_figures(&before, &after));
}

Test(evaluate, nothing_readable_is_an_error)
{
    gan_scores s;
    for (int i = 0; i < COUNT; i++) {
        char name[32];
        snprintf(name, sizeof name, "%02d.png", i);
        put_text(folder, name, "no picture");
    }
    cr_assert_eq(gan_evaluate(photos, &(gan_evaluate_opt){ .size = SIZE, .batch = 3 }, no_colour, NULL, &s), -1);
    cr_assert(strstr(gan_error_message(), folder) && strstr(gan_error_message(), "7"), "%s", gan_error_message());
}

static int refuse(void *ctx, const gan_request *q, float *y)
{
    (void)ctx, (void)q, (void)y;
    return gan_error("no colours today");
}

Test(evaluate, a_predictor_that_fails_ends_it)
{
    gan_scores s;
    gan_image sheet;
    cr_assert_eq(gan_evaluate(photos, &(gan_evaluate_opt){ .size = SIZE, .batch = 3 }, refuse, NULL, &s), -1);
    cr_assert_str_eq(gan_error_message(), "no colours today");
    cr_assert_eq(gan_sample_sheet(photos, &(gan_evaluate_opt){ .size = SIZE, .batch = 2 }, 2, refuse, NULL, &sheet),
                 -1);
    cr_assert_str_eq(gan_error_message(), "no colours today");
    cr_assert_null(sheet.rgb);
}

Test(evaluate, lack_of_memory_anywhere_is_an_error)
{
    gan_scores s, whole = evaluate(2, some_colour, NULL);
    int failed = -1;
    uint64_t n = 0;
    gan_parallel_use(1);
    gan_log_to(count_warnings);
    while (failed) {
        gan_mem_fail_at(++n);
        failed = gan_evaluate(photos, &(gan_evaluate_opt){ .size = SIZE, .batch = 2 }, some_colour, NULL, &s);
        gan_mem_fail_at(0);
        cr_assert(!failed || !strstr(gan_error_message(), "no readable"), "taken for unreadable files");
    }
    cr_assert_gt(n, 20);
    cr_assert_eq(warnings, 0, "%s", last_warning);
    cr_assert(same_figures(&s, &whole));
}

/* Sheets */

static const uint8_t *pixel(const gan_image *im, int x, int y)
{
    return im->rgb + 3 * ((size_t)y * (size_t)im->w + (size_t)x);
}

enum { STEP = SIZE + 2 };

static void check_row(const gan_image *sheet, int row, size_t picture)
{
    uint8_t rgb[3 * PIXELS], coloured[3 * PIXELS];
    float x[PIXELS], y[2 * PIXELS];
    cr_assert_eq(gan_dataset_centre(photos, picture, SIZE, rgb), 0);
    gan_lab_normalise(rgb, PIXELS, x, y);
    some_colour(NULL, &(gan_request){ .n = 1, .x = x }, y);
    gan_lab_restore(x, y, PIXELS, coloured);
    for (int v = 0; v < SIZE; v++) {
        const uint8_t *gray = pixel(sheet, 0, row * STEP + v);
        for (int u = 0; u < SIZE; u++) cr_assert(abs(gray[3 * u] - gray[3 * u + 2]) <= 1);
        cr_assert_arr_eq(pixel(sheet, STEP, row * STEP + v), coloured + 3 * v * SIZE, 3 * SIZE);
        cr_assert_arr_eq(pixel(sheet, 2 * STEP, row * STEP + v), rgb + 3 * v * SIZE, 3 * SIZE);
        cr_assert_eq(pixel(sheet, SIZE, row * STEP + v)[0], 255);
    }
}

Test(sheet, shows_gray_generated_and_true)
{
    gan_image sheet;
    cr_assert_eq(
        gan_sample_sheet(photos, &(gan_evaluate_opt){ .size = SIZE, .batch = 2 }, 3, some_colour, NULL, &sheet), 0);
    cr_assert_eq(sheet.w, 3 * SIZE + 4);
    cr_assert_eq(sheet.h, 3 * SIZE + 4);
    for (int row = 0; row < 3; row++) check_row(&sheet, row, (size_t)row * COUNT / 3);
    cr_assert_eq(pixel(&sheet, 5, SIZE)[1], 255);
    gan_image_release(&sheet);
}

Test(sheet, never_has_more_rows_than_there_are_pictures)
{
    gan_image sheet;
    cr_assert_eq(
        gan_sample_sheet(photos, &(gan_evaluate_opt){ .size = SIZE, .batch = 4 }, 100, some_colour, NULL, &sheet), 0);
    cr_assert_eq(sheet.h, COUNT * STEP - 2);
    for (int row = 0; row < COUNT; row++) check_row(&sheet, row, (size_t)row);
    gan_image_release(&sheet);
}

Test(sheet, unreadable_pictures_give_way_to_the_next)
{
    gan_image sheet;
    put_text(folder, "00.png", "no picture");
    cr_assert_eq(
        gan_sample_sheet(photos, &(gan_evaluate_opt){ .size = SIZE, .batch = 2 }, 2, some_colour, NULL, &sheet), 0);
    check_row(&sheet, 0, 1);
    check_row(&sheet, 1, COUNT / 2);
    gan_image_release(&sheet);
}

Test(sheet, lack_of_memory_anywhere_is_an_error)
{
    gan_image sheet;
    int failed = -1;
    uint64_t n = 0;
    while (failed) {
        gan_mem_fail_at(++n);
        failed =
            gan_sample_sheet(photos, &(gan_evaluate_opt){ .size = SIZE, .batch = 2 }, 2, some_colour, NULL, &sheet);
        gan_mem_fail_at(0);
        if (failed) cr_assert(!sheet.rgb && *gan_error_message());
    }
    cr_assert_gt(n, 8);
    gan_image_release(&sheet);
}
