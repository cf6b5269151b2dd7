/* The plain C runtime as its users see it: opening, sizes, batches, metadata, pictures, memory that cannot be had. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <unistd.h>

static _Atomic long allocations, fail_at; /* fail_at 0: never */

static void *counted_malloc(size_t n)
{
    return ++allocations == fail_at ? NULL : malloc(n);
}

#define GAN_INFER_MALLOC(n) counted_malloc(n)
#define GAN_INFER_FREE(p) free(p)
#include "runtime/gan_infer.c"

#include <criterion/criterion.h>
#include <pthread.h>

#include "gan/colour.h"
#include "gan/rng.h"
#include "support/onnx_bytes.h"

/* Takes even sides, and looks at neighbours. */
static onnx_bytes model_of(int in, int out, const char *io)
{
    float weights[8 * 4 * 4 * 3];
    gan_rng r = gan_rng_at(4, GAN_STREAM_TEST, 0);
    for (uint64_t i = 0; i < sizeof weights / sizeof *weights; i++) weights[i] = (float)gan_rng_normal(r, i) * 0.3f;
    onnx_bytes graph = { 0 };
    onnx_floats(&graph, "down", 4, (int64_t[]){ 8, in, 4, 4 }, weights);
    onnx_floats(&graph, "up", 4, (int64_t[]){ 8, out, 4, 4 }, weights);
    onnx_node(&graph, "Conv a x down strides=2,2 pads=1,1,1,1");
    onnx_node(&graph, "LeakyRelu b a alpha=0.2");
    onnx_node(&graph, "ConvTranspose c b up strides=2,2 pads=1,1,1,1");
    onnx_node(&graph, strcmp(io, "rgb") ? "Tanh y c" : "Sigmoid y c");
    onnx_bytes file = onnx_model(&graph, in);
    onnx_metadata(&file, "gan.io", io);
    onnx_metadata(&file, "gan.multiple", "2");
    return file;
}

static gan_infer *open_model(int in, int out, const char *io)
{
    char why[GAN_INFER_ERROR_BYTES];
    onnx_bytes file = model_of(in, out, io);
    gan_infer *m = gan_infer_open_memory(file.at, file.n, why, sizeof why);
    cr_assert(m, "%s", why);
    onnx_release(&file);
    return m;
}

Test(runtime_infer, tells_what_it_opened)
{
    gan_infer *m = open_model(1, 2, "lab");
    const gan_infer_info *i = gan_infer_get_info(m);
    cr_expect(i->in_channels == 1 && i->out_channels == 2 && i->multiple == 2 && !i->height && !i->width);
    cr_expect_eq(i->io, GAN_INFER_LAB);
    cr_expect_str_eq(gan_infer_metadata(m, "gan.multiple"), "2");
    cr_expect_null(gan_infer_metadata(m, "gan.nothing"));
    cr_expect_str_eq(gan_infer_error(m), "");
    gan_infer_close(m);
    gan_infer_close(NULL);
}

Test(runtime_infer, files_are_opened_by_path)
{
    char path[] = "/tmp/gan-infer-XXXXXX", why[GAN_INFER_ERROR_BYTES], expected[128], cut[8];
    onnx_bytes file = model_of(1, 2, "lab");
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_expect_null(gan_infer_open(path, why, sizeof why));
    snprintf(expected, sizeof expected, "cannot open '%s': it is empty", path);
    cr_expect_str_eq(why, expected);
    cr_assert_eq(write(fd, file.at, file.n), (ssize_t)file.n);
    close(fd);
    gan_infer *m = gan_infer_open(path, why, sizeof why);
    cr_expect(m, "%s", why);
    gan_infer_close(m);
    remove(path);
    cr_expect_null(gan_infer_open(path, cut, sizeof cut));
    cr_expect_str_eq(cut, "cannot ");
    cr_expect_null(gan_infer_open(path, NULL, 0));
    cr_expect_null(gan_infer_open("/", why, sizeof why));
    cr_expect_str_eq(why, "cannot open '/': Is a directory");
    onnx_release(&file);
}

enum { H = 6, W = 10, N = 3 };

static void fill_random(float *x, size_t n, uint64_t step)
{
    gan_rng r = gan_rng_at(5, GAN_STREAM_TEST, step);
    for (size_t i = 0; i < n; i++) x[i] = (float)(2 * gan_rng_uniform(r, i) - 1);
}

Test(runtime_infer, images_of_a_batch_do_not_depend_on_each_other)
{
    float x[N * H * W], all[N * 2 * H * W], one[2 * H * W];
    gan_infer *m = open_model(1, 2, "lab");
    fill_random(x, N * H * W, 0);
    cr_assert_eq(gan_infer_run(m, N, H, W, x, all), 0, "%s", gan_infer_error(m));
    for (int i = 0; i < N; i++) {
        cr_assert_eq(gan_infer_run(m, 1, H, W, x + i * H * W, one), 0);
        cr_expect_arr_eq(one, all + i * 2 * H * W, sizeof one);
    }
    gan_infer_close(m);
}

Test(runtime_infer, a_size_that_was_planned_is_run_without_allocating)
{
    float x[H * W] = { 0 }, y[2 * H * W];
    gan_infer *m = open_model(1, 2, "lab");
    cr_assert_eq(gan_infer_run(m, 1, H, W, x, y), 0);
    long before = allocations;
    for (int i = 0; i < 3; i++) cr_assert_eq(gan_infer_run(m, 1, H, W, x, y), 0);
    cr_expect_eq(allocations, before);
    cr_assert_eq(gan_infer_run(m, 1, W, H, x, y), 0);
    cr_expect_gt(allocations, before);
    gan_infer_close(m);
}

Test(runtime_infer, sizes_that_do_not_fit_are_refused)
{
    static const struct {
        int n, h, w;
        const char *sentence;
    } cases[] = {
        { 1, 6, 7, "7 x 6 is not a multiple of 2 in both directions" },
        { 1, 5, 8, "8 x 5 is not a multiple of 2 in both directions" },
        { 0, 6, 6, "0 images are none" },
        { 1, 0, 6, "a picture of 6 x 0 is none" },
        { 1, -2, 6, "a picture of 6 x -2 is none" },
        { 1, 1 << 25, 2, "a picture of 2 x 33554432 is none" },
        { 1, 1 << 24, 1 << 24, "Conv 'a': its result of 8 x 8388608 x 8388608 is too large" },
    };
    gan_infer *m = open_model(1, 2, "lab");
    float x[4 * 4] = { 0 }, y[2 * 4 * 4];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_eq(gan_infer_run(m, cases[i].n, cases[i].h, cases[i].w, x, y), -1);
        cr_expect_str_eq(gan_infer_error(m), cases[i].sentence);
    }
    cr_expect_eq(gan_infer_run(m, 1, 4, 4, x, y), 0, "nothing is broken by that");
    gan_infer_close(m);
}

Test(runtime_infer, a_file_of_one_size_takes_that_size)
{
    char why[GAN_INFER_ERROR_BYTES];
    unsigned char rgb[3 * 10 * 10] = { 0 };
    float x[3 * 6 * 8] = { 0 }, y[3 * 6 * 8];
    onnx_bytes graph = { 0 };
    onnx_node(&graph, "Relu y x");
    onnx_end(&graph, 11, "x", 3, 6, 8);
    onnx_end(&graph, 12, "y", 3, 6, 8);
    onnx_bytes file = onnx_file(&graph, 13);
    onnx_metadata(&file, "gan.io", "rgb");
    gan_infer *m = gan_infer_open_memory(file.at, file.n, why, sizeof why);
    cr_assert(m, "%s", why);
    cr_expect(gan_infer_get_info(m)->height == 6 && gan_infer_get_info(m)->width == 8);
    cr_expect_eq(gan_infer_run(m, 1, 6, 8, x, y), 0);
    cr_expect_eq(gan_infer_run(m, 1, 8, 6, x, y), -1);
    cr_expect_str_eq(gan_infer_error(m), "it takes pictures of 8 x 6, not 6 x 8");
    cr_expect_eq(gan_infer_run_rgb8(m, 5, 3, rgb, rgb), 0, "smaller pictures are reflected");
    cr_expect_eq(gan_infer_run_rgb8(m, 9, 3, rgb, rgb), -1);
    cr_expect_str_eq(gan_infer_error(m), "it takes pictures up to 8 x 6, not 9 x 3");
    gan_infer_close(m);
    onnx_release(&file);
}

/* ---- pictures ---- */

static int mirrored_at(int i, int n)
{
    while (n > 1 && i >= n) i = i >= 2 * (n - 1) ? i - 2 * (n - 1) : 2 * (n - 1) - i;
    return n > 1 ? i : 0;
}

static void fill_picture(unsigned char *rgb, size_t n)
{
    gan_rng r = gan_rng_at(6, GAN_STREAM_TEST, 0);
    for (size_t i = 0; i < n; i++) rgb[i] = (unsigned char)gan_rng_below(r, i, 256);
}

enum { SIDE = 32 };

/* What the library computes of the same network: the picture reflected to h x w, through Lab, and back. */
static void colour_by_library(gan_infer *m, int w, int h, const unsigned char *rgb, unsigned char *out)
{
    static unsigned char padded[3 * SIDE * SIDE], result[3 * SIDE * SIDE];
    static float x[SIDE * SIDE], y[2 * SIDE * SIDE];
    int high = (h < 16 ? 16 : h + 1) / 2 * 2, wide = (w < 16 ? 16 : w + 1) / 2 * 2;
    for (int i = 0; i < high * wide; i++)
        memcpy(padded + 3 * i, rgb + 3 * (mirrored_at(i / wide, h) * w + mirrored_at(i % wide, w)), 3);
    gan_lab_normalise(padded, (size_t)(high * wide), x, NULL);
    cr_assert_eq(gan_infer_run(m, 1, high, wide, x, y), 0);
    gan_lab_restore(x, y, (size_t)(high * wide), result);
    for (int i = 0; i < h; i++) memcpy(out + 3 * i * w, result + 3 * i * wide, (size_t)(3 * w));
}

Test(runtime_infer, pictures_of_any_size_go_through_lab)
{
    static const int sides[][2] = { { 1, 1 }, { 2, 1 }, { 3, 7 }, { 16, 16 }, { 17, 30 }, { 31, 5 } };
    unsigned char rgb[3 * SIDE * SIDE], out[3 * SIDE * SIDE], expected[3 * SIDE * SIDE];
    gan_infer *m = open_model(1, 2, "lab");
    for (size_t k = 0; k < sizeof sides / sizeof *sides; k++) {
        int w = sides[k][0], h = sides[k][1], different = 0;
        fill_picture(rgb, sizeof rgb);
        colour_by_library(m, w, h, rgb, expected);
        cr_assert_eq(gan_infer_run_rgb8(m, w, h, rgb, out), 0, "%s", gan_infer_error(m));
        cr_assert_eq(gan_infer_run_rgb8(m, w, h, rgb, rgb), 0);
        cr_expect_arr_eq(rgb, out, (size_t)(3 * w * h), "in place");
        for (int i = 0; i < 3 * w * h; i++) {
            cr_expect_leq(abs(out[i] - expected[i]), 1, "%d x %d at %d: %d, not %d", w, h, i, out[i], expected[i]);
            different += out[i] != expected[i];
        }
        cr_expect_leq(different, w * h / 100, "rounding differs rarely");
    }
    gan_infer_close(m);
}

/* A network that changes nothing shows that nothing else does. */
Test(runtime_infer, rgb_networks_get_rgb)
{
    char why[GAN_INFER_ERROR_BYTES];
    unsigned char rgb[3 * 256], out[3 * 256];
    onnx_bytes graph = { 0 };
    onnx_node(&graph, "Relu y x");
    onnx_bytes file = onnx_model(&graph, 3);
    onnx_metadata(&file, "gan.io", "rgb");
    gan_infer *m = gan_infer_open_memory(file.at, file.n, why, sizeof why);
    cr_assert(m, "%s", why);
    for (int i = 0; i < 3 * 256; i++) rgb[i] = (unsigned char)i;
    cr_expect_eq(gan_infer_run_rgb8(m, 128, 2, rgb, out), 0);
    cr_expect_arr_eq(out, rgb, sizeof out);
    gan_infer_close(m);
    onnx_release(&file);
}

Test(runtime_infer, pictures_for_unknown_colours_are_refused)
{
    char why[GAN_INFER_ERROR_BYTES];
    unsigned char rgb[3] = { 0 };
    onnx_bytes graph = { 0 };
    onnx_node(&graph, "Relu y x");
    onnx_bytes file = onnx_model(&graph, 3);
    gan_infer *m = gan_infer_open_memory(file.at, file.n, why, sizeof why);
    cr_assert(m, "%s", why);
    cr_expect_eq(gan_infer_get_info(m)->io, GAN_INFER_PLAIN);
    cr_expect_eq(gan_infer_run_rgb8(m, 1, 1, rgb, rgb), -1);
    cr_expect_str_eq(gan_infer_error(m), "the file does not say which colours it takes");
    gan_infer_close(m);
    m = open_model(1, 2, "lab");
    cr_expect_eq(gan_infer_run_rgb8(m, 0, 1, rgb, rgb), -1);
    cr_expect_str_eq(gan_infer_error(m), "a picture of 0 x 1 is none");
    cr_expect_eq(gan_infer_run_rgb8(m, 1 << 24, 1 << 24, rgb, rgb), -1);
    cr_expect(strstr(gan_infer_error(m), "it needs more than"), "%s", gan_infer_error(m));
    gan_infer_close(m);
    onnx_release(&file);
}

/* ---- memory and threads ---- */

static int open_and_run(const onnx_bytes *file)
{
    char why[GAN_INFER_ERROR_BYTES] = "";
    unsigned char rgb[3 * 5 * 3] = { 0 };
    gan_infer *m = gan_infer_open_memory(file->at, file->n, why, sizeof why);
    if (!m) cr_assert(strstr(why, "out of memory"), "%s", why);
    if (!m) return -1;
    int result = gan_infer_run_rgb8(m, 5, 3, rgb, rgb);
    if (result) cr_assert(strstr(gan_infer_error(m), "out of memory"), "%s", gan_infer_error(m));
    if (result) cr_assert_eq(gan_infer_run_rgb8(m, 5, 3, rgb, rgb), 0, "the next time there is memory");
    gan_infer_close(m);
    return result;
}

Test(runtime_infer, every_allocation_may_fail)
{
    onnx_bytes file = model_of(1, 2, "lab");
    int bad = -1;
    for (fail_at = 1; bad && fail_at < 1000; fail_at++) {
        allocations = 0;
        bad = open_and_run(&file);
    }
    cr_expect_eq(bad, 0);
    cr_expect_gt(fail_at, 20);
    fail_at = 0;
    onnx_release(&file);
}

enum { HANDLES = 4 };
static float in[H * W], out_of[HANDLES][2 * H * W];

static void *run_alone(void *which)
{
    float *out = which;
    onnx_bytes file = model_of(1, 2, "lab");
    for (int i = 0; i < 20; i++) {
        gan_infer *m = gan_infer_open_memory(file.at, file.n, NULL, 0);
        if (!m || gan_infer_run(m, 1, H, W, in, out)) out[0] = NAN;
        gan_infer_close(m);
    }
    onnx_release(&file);
    return NULL;
}

Test(runtime_infer, handles_on_different_threads_do_not_meet)
{
    pthread_t thread[HANDLES];
    float alone[2 * H * W];
    fill_random(in, H * W, 7);
    run_alone(alone);
    for (int i = 0; i < HANDLES; i++) cr_assert_eq(pthread_create(&thread[i], NULL, run_alone, out_of[i]), 0);
    for (int i = 0; i < HANDLES; i++) {
        pthread_join(thread[i], NULL);
        cr_expect_arr_eq(out_of[i], alone, sizeof alone);
    }
}

/* The order of sums does not depend on how work is shared. */
Test(runtime_infer, any_number_of_threads_gives_the_same_bits)
{
    float y[2][2 * H * W];
    gan_infer *m = open_model(1, 2, "lab");
    fill_random(in, H * W, 8);
    for (int i = 0; i < 2; i++) {
#ifdef _OPENMP
        omp_set_num_threads(i ? 3 : 1);
#endif
        cr_assert_eq(gan_infer_run(m, 1, H, W, in, y[i]), 0);
    }
    cr_expect_arr_eq(y[0], y[1], sizeof y[0]);
    gan_infer_close(m);
}
