#define _GNU_SOURCE
#include "gan/data.h"

#include <fcntl.h>
#include <math.h>
#include <omp.h>
#include <unistd.h>

#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/rng.h"
#include "photos.h"

enum { COUNT = 11, BATCH = 3, SIZE = 16, SIDE = 20, STEPS = 10, PIXELS = SIZE * SIZE, FLOATS = 3 * PIXELS * BATCH };

static char folder[PATH_BYTES], index_path[PATH_BYTES], index_folder[PATH_BYTES];
static gan_dataset *data;

static void setup(void)
{
    make_folder(folder);
    make_folder(index_folder);
    join(index_path, index_folder, "photographs.index");
    warnings = 0;
    gan_log_to(count_warnings);
}

static void teardown(void)
{
    gan_log_to(NULL);
    gan_dataset_free(data);
    data = NULL;
    remove_folder(folder);
    remove_folder(index_folder);
}

TestSuite(loader, .init = setup, .fini = teardown);

static void open_data(void)
{
    gan_dataset_free(data);
    data = gan_dataset_open(folder);
    cr_assert(data, "%s", gan_error_message());
}

/* 11 photographs of which 2 are gray and 3 unreadable, each in its own way. */
static void put_mixed(void)
{
    put_photos(folder, COUNT);
    put_photo(folder, "02.png", 30, 40, 2, 1);
    put_photo(folder, "07.png", 40, 30, 7, 1);
    put_text(folder, "04.png", "no picture");
    put_text(folder, "05.png", "");
    put_photo(folder, "09.png", 1, 60, 9, 0);
    open_data();
}

static gan_loader_opt options(size_t cache_mib)
{
    return (gan_loader_opt){ .size = SIZE,
                             .load_size = SIDE,
                             .batch = BATCH,
                             .seed = 6,
                             .augment.flip = 1,
                             .skip_gray = 1,
                             .cache_mib = cache_mib };
}

static gan_loader *new_loader(gan_loader_opt opt)
{
    gan_loader *l = gan_loader_new(data, &opt);
    cr_assert(l, "%s", gan_error_message());
    return l;
}

static void get_batch(gan_loader *l, uint64_t step, float out[FLOATS])
{
    gan_batch b;
    cr_assert_eq(gan_loader_batch(l, step, &b), 0, "%s", gan_error_message());
    cr_assert(b.n == BATCH && b.size == SIZE);
    memcpy(out, b.x, PIXELS * BATCH * sizeof *out);
    memcpy(out + PIXELS * BATCH, b.y, 2 * PIXELS * BATCH * sizeof *out);
}

static void get_run(gan_loader_opt opt, float out[STEPS][FLOATS])
{
    gan_loader *l = new_loader(opt);
    for (uint64_t step = 0; step < STEPS; step++) get_batch(l, step, out[step]);
    gan_loader_free(l);
}

static void expect_run(const char *what, gan_loader_opt opt, float expected[STEPS][FLOATS])
{
    static float run[STEPS][FLOATS];
    get_run(opt, run);
    cr_expect_arr_eq(run, expected, sizeof run, "%s", what);
}

/* CIELAB by the published formulas, in double. */
static double linear(uint8_t v)
{
    double u = v / 255.0;
    return u <= 0.04045 ? u / 12.92 : pow((u + 0.055) / 1.055, 2.4);
}

static double curve(double t)
{
    return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

static void lab(const uint8_t rgb[3], double out[3])
{
    double r = linear(rgb[0]), g = linear(rgb[1]), b = linear(rgb[2]);
    double x = curve((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
    double y = curve(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
    double z = curve((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
    out[0] = 116 * y - 16;
    out[1] = 500 * (x - y);
    out[2] = 200 * (y - z);
}

/* Sample k of a batch against picture i, cropped and mirrored as the random numbers say. */
static void expect_sample(const float batch[FLOATS], uint64_t sample, int k, size_t i)
{
    gan_image whole, im;
    cr_assert_eq(gan_dataset_load(data, i, SIDE, &whole), 0);
    cr_assert_eq(gan_image_resize_short(&im, &whole, SIDE, GAN_BICUBIC), 0);
    gan_rng r = gan_rng_at(6, GAN_STREAM_AUGMENT, sample);
    int left = (int)gan_rng_below(r, 0, (uint64_t)(im.w - SIZE + 1));
    int top = (int)gan_rng_below(r, 1, (uint64_t)(im.h - SIZE + 1));
    int flip = (int)gan_rng_below(r, 2, 2);
    const float *x = batch + PIXELS * k, *y = batch + PIXELS * BATCH + 2 * PIXELS * k;
    for (int p = 0; p < PIXELS; p++) {
        double expected[3];
        int column = flip ? SIZE - 1 - p % SIZE : p % SIZE;
        lab(im.rgb + 3 * ((top + p / SIZE) * im.w + left + column), expected);
        cr_assert_float_eq(x[p], expected[0] / 50 - 1, 1e-5);
        cr_assert_float_eq(y[p], expected[1] / 110, 1e-5);
        cr_assert_float_eq(y[PIXELS + p], expected[2] / 110, 1e-5);
    }
    gan_image_release(&whole);
    gan_image_release(&im);
}

Test(loader, batches_are_the_shuffled_augmented_normalised_photographs)
{
    static float batch[FLOATS];
    uint32_t order[COUNT];
    put_photos(folder, COUNT);
    open_data();
    gan_loader *l = new_loader(options(1));
    cr_expect_eq(gan_loader_steps_per_epoch(l), 3);
    for (uint64_t step = 0; step < STEPS; step++) {
        get_batch(l, step, batch);
        gan_rng_shuffle(gan_rng_at(6, GAN_STREAM_SHUFFLE, step / 3), order, COUNT);
        for (int k = 0; k < BATCH; k++)
            expect_sample(batch, step * BATCH + (uint64_t)k, k, order[step % 3 * BATCH + (uint64_t)k]);
    }
    gan_loader_free(l);
}

/* By name; the truth the other tests of put_mixed rest on. */
static int is_good(size_t i, int skip_gray)
{
    return i != 4 && i != 5 && i != 9 && !(skip_gray && (i == 2 || i == 7));
}

static gan_loader_stats expect_replacements(int skip_gray)
{
    static float batch[FLOATS];
    uint32_t order[COUNT];
    int replaced = 0;
    gan_loader_opt opt = options(1);
    opt.skip_gray = skip_gray;
    gan_loader *l = new_loader(opt);
    for (uint64_t step = 0; step < STEPS; step++) {
        get_batch(l, step, batch);
        gan_rng_shuffle(gan_rng_at(6, GAN_STREAM_SHUFFLE, step / 3), order, COUNT);
        for (int k = 0; k < BATCH; k++) {
            uint64_t sample = step * BATCH + (uint64_t)k;
            size_t i = order[step % 3 * BATCH + (uint64_t)k];
            gan_rng r = gan_rng_at(6, GAN_STREAM_REPLACE, sample);
            for (uint64_t attempt = 0; !is_good(i, skip_gray); attempt++, replaced++)
                i = gan_rng_below(r, attempt, COUNT);
            expect_sample(batch, sample, k, i);
        }
    }
    cr_expect_gt(replaced, 0);
    gan_loader_stats s = gan_loader_get_stats(l);
    cr_expect_eq(s.unreadable, 3);
    cr_expect_eq(s.gray, 2);
    cr_expect_eq(s.decoded, COUNT);
    gan_loader_free(l);
    return s;
}

Test(loader, unreadable_and_gray_photographs_are_replaced_and_counted)
{
    put_mixed();
    gan_loader_stats skipped = expect_replacements(1);
    cr_expect_eq(warnings, 3);
    gan_loader_stats used = expect_replacements(0);
    cr_expect_lt(skipped.cache_bytes, used.cache_bytes, "what is left out takes no memory");
}

Test(loader, warnings_name_the_file_and_the_reason)
{
    put_photos(folder, 2);
    put_text(folder, "bad.png", "no picture");
    open_data();
    gan_loader *l = new_loader(options(1));
    static float batch[FLOATS];
    for (uint64_t step = 0; step < STEPS; step++) get_batch(l, step, batch);
    cr_expect_eq(warnings, 1);
    cr_expect(strstr(last_warning, "skipping 'bad.png': "), "%s", last_warning);
    cr_expect(strstr(last_warning, "not a PNG or JPEG"), "%s", last_warning);
    gan_loader_free(l);
}

/* Samples first .. first + count - 1 of every batch, into their places. */
static void get_part(gan_loader_opt opt, int first, int count, float out[STEPS][FLOATS])
{
    opt.first = first;
    opt.count = count;
    gan_loader *l = new_loader(opt);
    for (uint64_t step = 0; step < STEPS; step++) {
        gan_batch b;
        cr_assert_eq(gan_loader_batch(l, step, &b), 0, "%s", gan_error_message());
        cr_assert_eq(b.n, count);
        memcpy(out[step] + PIXELS * first, b.x, (size_t)(PIXELS * count) * sizeof **out);
        memcpy(out[step] + PIXELS * BATCH + 2 * PIXELS * first, b.y, (size_t)(2 * PIXELS * count) * sizeof **out);
    }
    gan_loader_free(l);
}

Test(loader, parts_of_batches_make_the_batches)
{
    static float whole[STEPS][FLOATS], parts[STEPS][FLOATS];
    put_mixed();
    get_run(options(64), whole);
    get_part(options(64), 0, 2, parts);
    get_part(options(64), 2, 1, parts);
    cr_expect_arr_eq(parts, whole, sizeof whole);
}

Test(loader, threads_and_caches_change_nothing)
{
    static float expected[STEPS][FLOATS];
    put_mixed();
    get_run(options(1), expected);
    int before = gan_parallel_threads();
    for (int threads = 1; threads <= 3; threads++) {
        gan_parallel_use(threads);
        expect_run("no cache", options(0), expected);
        expect_run("all in the cache", options(1), expected);
        expect_run("more than there is memory", options(SIZE_MAX), expected);
    }
    omp_set_num_threads(before);
}

/* A budget that holds some of the pictures: 1 MiB for 13 of about 90 KiB. */
Test(loader, a_tiny_cache_changes_nothing_and_keeps_its_budget)
{
    static float cached[FLOATS], uncached[FLOATS];
    gan_loader_opt opt = options(1);
    put_photos(folder, 13);
    open_data();
    opt.load_size = 150;
    gan_loader *a = new_loader(opt);
    opt.cache_mib = 0;
    gan_loader *b = new_loader(opt);
    for (uint64_t step = 0; step < 12; step++) {
        get_batch(a, step, cached);
        get_batch(b, step, uncached);
        cr_expect_arr_eq(cached, uncached, sizeof cached);
    }
    gan_loader_stats s = gan_loader_get_stats(a), none = gan_loader_get_stats(b);
    cr_expect_leq(s.cache_bytes, 1 << 20);
    cr_expect_geq(s.cache_bytes, (1 << 20) * 8 / 10);
    cr_expect_eq(none.cache_bytes, 0);
    cr_expect_lt(s.decoded, none.decoded);
    gan_loader_free(a);
    gan_loader_free(b);
}

Test(loader, steps_may_be_asked_in_any_order)
{
    static float expected[STEPS][FLOATS], batch[FLOATS];
    put_mixed();
    get_run(options(1), expected);
    for (size_t cache = 0; cache < 2; cache++) {
        gan_loader *l = new_loader(options(cache));
        for (uint64_t i = 0; i < 3 * STEPS; i++) {
            uint64_t step = i * 7 % STEPS;
            get_batch(l, step, batch);
            cr_expect_arr_eq(batch, expected[step], sizeof batch);
            get_batch(l, step, batch);
            cr_expect_arr_eq(batch, expected[step], sizeof batch);
        }
        get_batch(l, UINT64_MAX, batch);
        gan_loader_free(l);
    }
}

Test(loader, an_index_saves_decoding_and_warnings_and_changes_nothing)
{
    static float expected[STEPS][FLOATS], batch[FLOATS];
    put_mixed();
    get_run(options(1), expected);
    cr_expect_eq(warnings, 3);
    gan_loader_opt opt = options(1);
    opt.index = index_path;
    expect_run("cold index", opt, expected);
    cr_expect_eq(warnings, 6);
    expect_run("warm index", opt, expected);
    opt.cache_mib = 0;
    expect_run("warm index, no cache", opt, expected);
    cr_expect_eq(warnings, 6);
    opt.cache_mib = 1;
    gan_loader *l = new_loader(opt);
    for (uint64_t step = 0; step < STEPS; step++) get_batch(l, step, batch);
    gan_loader_stats s = gan_loader_get_stats(l);
    cr_expect_eq(s.decoded, COUNT - 5);
    cr_expect_eq(s.unreadable, 3);
    cr_expect_eq(s.gray, 2);
    gan_loader_free(l);
}

Test(loader, the_index_is_there_before_the_loader_goes)
{
    static float batch[FLOATS];
    put_mixed();
    gan_loader_opt opt = options(1);
    opt.index = index_path;
    gan_loader *l = new_loader(opt);
    for (uint64_t step = 0; step < STEPS; step++) get_batch(l, step, batch);
    FILE *f = fopen(index_path, "r");
    cr_expect(f);
    if (f) fclose(f);
    gan_loader_free(l);
}

Test(loader, an_index_that_cannot_be_kept_is_a_warning)
{
    char path[PATH_BYTES];
    static float expected[STEPS][FLOATS];
    put_photos(folder, COUNT);
    open_data();
    get_run(options(1), expected);
    join(path, index_folder, "missing/index");
    gan_loader_opt opt = options(1);
    opt.index = path;
    expect_run("no index", opt, expected);
    cr_expect_gt(warnings, 0);
    cr_expect(strstr(last_warning, "cannot keep the index"), "%s", last_warning);
}

/* A file that the index calls good, and that went bad without changing its size or time. */
Test(loader, an_index_is_not_trusted_about_good_files)
{
    static float expected[STEPS][FLOATS];
    char path[PATH_BYTES], good[PATH_BYTES];
    struct stat s;
    gan_loader_opt opt = options(1);
    opt.index = index_path;
    put_photos(folder, COUNT);
    open_data();
    get_run(opt, expected);
    join(path, folder, "03.png");
    join(good, index_folder, "good.png");
    cr_assert_eq(stat(path, &s), 0);
    cr_assert_eq(rename(path, good), 0);
    put_text(folder, "03.png", "");
    cr_assert_eq(truncate(path, s.st_size), 0);
    const struct timespec times[2] = { s.st_atim, s.st_mtim };
    cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    opt.index = NULL;
    get_run(opt, expected);
    opt.index = index_path;
    warnings = 0;
    expect_run("lying index", opt, expected);
    cr_expect_eq(warnings, 1);
    expect_run("index put right", opt, expected);
    cr_expect_eq(warnings, 1);
}

/* What was found out about a file does not hold for the one that takes its place before the index is written. */
Test(loader, files_that_change_during_a_run_are_judged_anew)
{
    static float expected[STEPS][FLOATS], batch[FLOATS];
    uint32_t order[COUNT];
    char name[32];
    gan_loader_opt opt = options(1);
    put_photos(folder, COUNT);
    open_data();
    opt.index = index_path;
    int threads = gan_parallel_threads();
    gan_parallel_use(1);
    gan_loader *l = new_loader(opt);
    get_batch(l, 0, batch);
    gan_rng_shuffle(gan_rng_at(6, GAN_STREAM_SHUFFLE, 0), order, COUNT);
    snprintf(name, sizeof name, "%02u.png", order[0]);
    put_photo(folder, name, 33, 41, 3, 1);
    gan_loader_free(l);
    get_run(options(1), expected);
    expect_run("index of the files before", opt, expected);
    omp_set_num_threads(threads);
}

Test(loader, a_set_smaller_than_a_batch_is_one_step)
{
    static float batch[FLOATS];
    put_photos(folder, 2);
    open_data();
    gan_loader *l = new_loader(options(0));
    cr_expect_eq(gan_loader_steps_per_epoch(l), 1);
    for (uint64_t step = 0; step < 4; step++) {
        uint32_t order[2];
        get_batch(l, step, batch);
        gan_rng_shuffle(gan_rng_at(6, GAN_STREAM_SHUFFLE, step), order, 2);
        for (int k = 0; k < BATCH; k++) expect_sample(batch, step * BATCH + (uint64_t)k, k, order[k % 2]);
    }
    gan_loader_free(l);
}

Test(loader, nothing_usable_is_an_error)
{
    gan_batch b;
    for (int i = 0; i < 70; i++) {
        char name[32];
        snprintf(name, sizeof name, "gray%d.png", i);
        put_photo(folder, name, 24, 24, 1, 1);
        snprintf(name, sizeof name, "bad%d.jpg", i);
        put_text(folder, name, "no picture");
    }
    open_data();
    gan_loader *l = new_loader(options(1));
    cr_expect_eq(gan_loader_batch(l, 0, &b), -1);
    cr_expect(strstr(gan_error_message(), "no usable photographs in '/tmp/"), "%s", gan_error_message());
    cr_expect(strstr(gan_error_message(), "70 unreadable, 70 gray"), "%s", gan_error_message());
    cr_expect_eq(warnings, 70);
    cr_expect_null(b.x);
    gan_loader_free(l);
}

Test(loader, one_good_photograph_is_found_among_many_bad)
{
    static float batch[FLOATS];
    for (int i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof name, "%03d.jpg", i);
        put_text(folder, name, "no picture");
    }
    put_photo(folder, "150.png", 24, 24, 1, 0);
    open_data();
    gan_loader *l = new_loader(options(1));
    for (uint64_t step = 0; step < 3; step++) {
        get_batch(l, step, batch);
        for (int k = 0; k < BATCH; k++) expect_sample(batch, step * BATCH + (uint64_t)k, k, 151);
    }
    gan_loader_free(l);
}

Test(loader, pictures_are_decoded_ahead_in_groups)
{
    gan_batch b;
    int groups = 0;
    uint64_t before = 0;
    gan_loader_opt opt = options(0);
    put_photos(folder, 40);
    open_data();
    opt.batch = 1;
    int threads = gan_parallel_threads();
    gan_parallel_use(2);
    gan_loader *l = new_loader(opt);
    for (uint64_t step = 0; step < 40; step++) {
        cr_assert_eq(gan_loader_batch(l, step, &b), 0);
        uint64_t decoded = gan_loader_get_stats(l).decoded;
        if (decoded != before) {
            cr_expect_eq(decoded - before, 8);
            groups++;
        }
        before = decoded;
    }
    cr_expect_eq(groups, 5);
    gan_loader_free(l);
    omp_set_num_threads(threads);
}

Test(loader, warm_batches_allocate_nothing)
{
    gan_batch b;
    gan_loader_opt opt = options(1);
    opt.index = index_path;
    put_mixed();
    gan_loader *l = new_loader(opt);
    for (uint64_t step = 0; step < 2 * STEPS; step++) cr_assert_eq(gan_loader_batch(l, step, &b), 0);
    uint64_t count = gan_mem_count();
    for (uint64_t step = 0; step < 5 * STEPS; step++) cr_assert_eq(gan_loader_batch(l, step, &b), 0);
    cr_expect_eq(gan_mem_count(), count);
    cr_expect_eq(gan_loader_get_stats(l).decoded, COUNT);
    gan_loader_free(l);
}

Test(loader, procedural_pictures_need_no_files)
{
    static float expected[STEPS][FLOATS];
    gan_loader_opt opt = options(1);
    opt.skip_gray = 0;
    opt.index = index_path;
    data = gan_dataset_synthetic(COUNT, 24, 1);
    cr_assert(data);
    get_run(opt, expected);
    opt.cache_mib = 0;
    expect_run("again", opt, expected);
    cr_expect_arr_neq(expected[0], expected[1], sizeof expected[0]);
}

Test(loader, senseless_options_are_refused)
{
    const gan_loader_opt bad[] = {
        { .size = 0, .load_size = 20, .batch = 1 },
        { .size = -5, .load_size = 20, .batch = 1 },
        { .size = 16, .load_size = 15, .batch = 1 },
        { .size = 16, .load_size = 20, .batch = 0 },
        { .size = 65500, .load_size = 70000, .batch = 1 },
        { .size = 70000, .load_size = 70000, .batch = 1 },
        { .size = 65500, .load_size = 65500, .batch = INT32_MAX },
        { .size = 16, .load_size = 20, .batch = 4, .first = -1 },
        { .size = 16, .load_size = 20, .batch = 4, .first = 4 },
        { .size = 16, .load_size = 20, .batch = 4, .count = -1 },
        { .size = 16, .load_size = 20, .batch = 4, .first = 2, .count = 3 },
    };
    put_photos(folder, 2);
    open_data();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_null(gan_loader_new(data, &bad[i]), "%zu", i);
        cr_expect_str_not_empty(gan_error_message());
    }
    gan_loader_free(NULL);
}

/* Lack of memory fails the step, and is never taken for a fault of a file. */
static void expect_walk(gan_loader_opt opt, const float expected[FLOATS])
{
    static float batch[FLOATS];
    int failed = 1;
    uint64_t n = 0;
    while (failed) {
        gan_batch b;
        gan_mem_fail_at(++n);
        gan_loader *l = gan_loader_new(data, &opt);
        failed = !l || gan_loader_batch(l, 0, &b);
        gan_mem_fail_at(0);
        if (l) {
            get_batch(l, 0, batch);
            cr_expect_arr_eq(batch, expected, sizeof batch);
        }
        gan_loader_free(l);
    }
    cr_expect_gt(n, 20);
}

Test(loader, survives_every_failing_allocation)
{
    static float expected[STEPS][FLOATS];
    gan_loader_opt opt = options(1);
    put_mixed();
    get_run(opt, expected);
    expect_walk(opt, expected[0]);
    opt.index = index_path;
    expect_walk(opt, expected[0]);
}
