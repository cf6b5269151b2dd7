/* Colouring with a small generator of random weights, and the joining of chroma and luminance. */
#define _GNU_SOURCE
#include "gan/colorize.h"

#include <math.h>

#include "colorize/join.h"
#include "colorize/models.h"
#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/parallel.h"

enum { SIZE = 16, MULTIPLE = 8 };

static char folder[PATH_BYTES], model[PATH_BYTES];

static const char config[] = "[data]\nsize = 16\n"
                             "[generator]\nfilters = 4\nlevels = 3\ninit = 0.15\n"
                             "[train]\nrecipe = regression\nbatch = 1\n";

static void setup(void)
{
    make_folder(folder);
    join(model, folder, "model.safetensors");
    save_model(model, config);
}

static void teardown(void)
{
    gan_mem_fail_at(0);
    remove_folder(folder);
}

TestSuite(colorizer, .init = setup, .fini = teardown);

static gan_colorizer *open_it(void)
{
    gan_colorizer *c = gan_colorizer_open(model);
    cr_assert(c, "%s", gan_error_message());
    return c;
}

static gan_image photo(int w, int h, int gray)
{
    gan_image im;
    cr_assert_eq(gan_image_init(&im, w, h), 0);
    paint(&im, 3, gray);
    return im;
}

static gan_image colour(gan_colorizer *c, const gan_image *in)
{
    gan_image out;
    cr_assert_eq(gan_colorizer_image(c, in, &out), 0, "%s", gan_error_message());
    cr_assert(out.w == in->w && out.h == in->h);
    return out;
}

static double mean_chroma(const gan_image *im)
{
    return gan_lab_mean_chroma(im->rgb, (size_t)im->w * (size_t)im->h);
}

static double mean_l_difference(const gan_image *a, const gan_image *b)
{
    double sum = 0;
    size_t n = (size_t)a->w * (size_t)a->h;
    for (size_t i = 0; i < n; i++) {
        float l, k;
        gan_lab_from_rgb(a->rgb + 3 * i, 1, &l, NULL, NULL);
        gan_lab_from_rgb(b->rgb + 3 * i, 1, &k, NULL, NULL);
        sum += fabs(l - k);
    }
    return sum / (double)n;
}

Test(colorizer, tells_what_it_was_trained_as)
{
    gan_colorizer *c = open_it();
    cr_assert_eq(gan_colorizer_config(c)->data.size, SIZE);
    cr_assert_eq(gan_colorizer_multiple(c), MULTIPLE);
    cr_assert_eq(gan_graph_outputs(gan_colorizer_graph(c)), 1);
    gan_colorizer_free(c);
    gan_colorizer_free(NULL);
}

Test(colorizer, colours_any_size_and_keeps_luminance)
{
    static const int sizes[][2] = {
        { 1, 1 }, { 2, 1 }, { 17, 33 }, { 16, 16 }, { 300, 200 }, { 1, 500 }, { GAN_IMAGE_MAX_SIDE, 1 }
    };
    gan_colorizer *c = open_it();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int gray = 0; gray < 2; gray++) {
            gan_image in = photo(sizes[i][0], sizes[i][1], gray), out = colour(c, &in);
            cr_assert_gt(mean_chroma(&out), 3, "%d %d", in.w, in.h);
            cr_assert_lt(mean_l_difference(&in, &out), 2, "%d %d: %f", in.w, in.h, mean_l_difference(&in, &out));
            gan_image_release(&in);
            gan_image_release(&out);
        }
    gan_colorizer_free(c);
}

Test(colorizer, the_colours_of_the_picture_are_not_looked_at)
{
    gan_colorizer *c = open_it();
    gan_image in = photo(50, 40, 0), gray = photo(50, 40, 0);
    size_t n = (size_t)in.w * (size_t)in.h;
    float *x = gan_mem_alloc(n, sizeof *x), *none = gan_mem_alloc(n, 2 * sizeof *none);
    gan_lab_normalise(in.rgb, n, x, NULL);
    gan_lab_restore(x, none, n, gray.rgb);
    gan_image a = colour(c, &in), b = colour(c, &gray);
    for (size_t i = 0; i < 3 * n; i++) cr_assert_leq(abs(a.rgb[i] - b.rgb[i]), 8, "%zu", i); /* gray was rounded */
    gan_image *images[] = { &in, &gray, &a, &b };
    for (size_t i = 0; i < 4; i++) gan_image_release(images[i]);
    gan_mem_free(x);
    gan_mem_free(none);
    gan_colorizer_free(c);
}

/* A picture of the trained size goes through the network as it is. */
Test(colorizer, a_picture_of_the_trained_size_is_the_network_itself)
{
    gan_colorizer *c = open_it();
    gan_image in = photo(SIZE, SIZE, 0), out = colour(c, &in);
    float x[SIZE * SIZE], y[2 * SIZE * SIZE];
    uint8_t rgb[3 * SIZE * SIZE];
    gan_lab_normalise(in.rgb, SIZE * SIZE, x, NULL);
    cr_assert_eq(gan_colorizer_run(c, 1, SIZE, SIZE, x, y), 0);
    gan_lab_restore(x, y, SIZE * SIZE, rgb);
    for (size_t i = 0; i < sizeof rgb; i++) cr_assert_leq(abs(rgb[i] - out.rgb[i]), 1);
    gan_image_release(&in);
    gan_image_release(&out);
    gan_colorizer_free(c);
}

/* One whose long side is no multiple is mirrored there, without its last column twice, and the result cut off again. */
Test(colorizer, a_side_that_is_no_multiple_is_mirrored)
{
    enum { W = 20, PADDED = 24 };
    gan_colorizer *c = open_it();
    gan_image in = photo(W, SIZE, 0), out = colour(c, &in);
    float x[W * SIZE], padded[PADDED * SIZE], y[2 * PADDED * SIZE], cut[2 * W * SIZE];
    uint8_t rgb[3 * W * SIZE];
    gan_lab_normalise(in.rgb, W * SIZE, x, NULL);
    for (int row = 0; row < SIZE; row++)
        for (int col = 0; col < PADDED; col++)
            padded[row * PADDED + col] = x[row * W + (col < W ? col : 2 * (W - 1) - col)];
    cr_assert_eq(gan_colorizer_run(c, 1, SIZE, PADDED, padded, y), 0);
    for (int row = 0; row < 2 * SIZE; row++) memcpy(cut + row * W, y + row * PADDED, W * sizeof *cut);
    gan_lab_restore(x, cut, W * SIZE, rgb);
    for (size_t i = 0; i < sizeof rgb; i++) cr_assert_leq(abs(rgb[i] - out.rgb[i]), 1);
    gan_image_release(&in);
    gan_image_release(&out);
    gan_colorizer_free(c);
}

Test(colorizer, pictures_of_a_batch_do_not_depend_on_each_other)
{
    enum { N = 3, H = 24, W = 16, EACH = H * W };
    static float x[N * EACH], y[N * 2 * EACH], alone[2 * EACH];
    gan_colorizer *c = open_it();
    for (int i = 0; i < N * EACH; i++) x[i] = sinf((float)(i * i % 101));
    cr_assert_eq(gan_colorizer_run(c, 1, H, W, x, alone), 0);
    cr_assert_eq(gan_colorizer_run(c, N, H, W, x, y), 0);
    for (int k = 0; k < N; k++) {
        cr_assert_eq(gan_colorizer_run(c, 1, H, W, x + k * EACH, alone), 0);
        for (int i = 0; i < 2 * EACH; i++) cr_assert_float_eq(alone[i], y[k * 2 * EACH + i], 1e-5);
    }
    gan_colorizer_free(c);
}

Test(colorizer, sizes_the_network_cannot_take_are_refused)
{
    float x[1] = { 0 }, y[2];
    gan_colorizer *c = open_it();
    const int sizes[][3] = { { 1, 12, 16 }, { 1, 16, 9 }, { 0, 16, 16 }, { 1, 0, 16 }, { 1, 16, -8 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        cr_assert_eq(gan_colorizer_run(c, sizes[i][0], sizes[i][1], sizes[i][2], x, y), -1);
    cr_assert(strstr(gan_error_message(), "multiples of 8"), "%s", gan_error_message());
    gan_colorizer_free(c);
}

Test(colorizer, what_is_no_checkpoint_is_refused)
{
    char path[PATH_BYTES];
    join(path, folder, "absent");
    cr_assert_null(gan_colorizer_open(path));
    cr_assert(strstr(gan_error_message(), path));
    put_text(folder, "text", "no model");
    join(path, folder, "text");
    cr_assert_null(gan_colorizer_open(path));
    cr_assert(strstr(gan_error_message(), path));
    cr_assert_null(gan_colorizer_open(folder));
}

Test(colorizer, lack_of_memory_anywhere_is_an_error)
{
    gan_colorizer *c = NULL;
    gan_image in = photo(20, 30, 0), first = { 0 }, out;
    int failed = -1;
    uint64_t n = 0;
    while (!c) {
        gan_mem_fail_at(++n);
        c = gan_colorizer_open(model);
        gan_mem_fail_at(0);
        cr_assert(c || *gan_error_message());
    }
    cr_assert_gt(n, 10);
    for (n = 0; failed;) {
        gan_mem_fail_at(++n);
        failed = gan_colorizer_image(c, &in, &out);
        gan_mem_fail_at(0);
        cr_assert(!failed || (!out.rgb && *gan_error_message()));
    }
    cr_assert_gt(n, 10);
    first = colour(c, &in);
    cr_assert_arr_eq(first.rgb, out.rgb, 3 * 20 * 30);
    gan_image_release(&in);
    gan_image_release(&out);
    gan_image_release(&first);
    gan_colorizer_free(c);
}

/* Joining */

enum { CW = 13, CH = 9, STRIDE = 16, PLANE_H = 12 };

static void fill_chroma(float *ab)
{
    for (int p = 0; p < 2; p++)
        for (int y = 0; y < PLANE_H; y++)
            for (int x = 0; x < STRIDE; x++) {
                int inside = x < CW && y < CH; /* what is outside must not show */
                *ab++ = inside ? 0.3f * sinf((float)(x + 2 * y + 5 * p) / 4) : 9.0f;
            }
}

/* By whole planes, as gan_plane_resize makes them. */
static void join_plainly(const gan_image *in, const float *ab, uint8_t *rgb)
{
    size_t n = (size_t)in->w * (size_t)in->h;
    float *x = gan_mem_alloc(n, sizeof *x), *y = gan_mem_alloc(n, 2 * sizeof *y);
    for (size_t p = 0; p < 2; p++) {
        float cut[CW * CH];
        for (size_t row = 0; row < CH; row++)
            memcpy(cut + row * CW, ab + (p * PLANE_H + row) * STRIDE, CW * sizeof *cut);
        cr_assert_eq(gan_plane_resize(y + p * n, in->w, in->h, cut, CW, CH, GAN_BICUBIC), 0);
    }
    gan_lab_normalise(in->rgb, n, x, NULL);
    gan_lab_restore(x, y, n, rgb);
    gan_mem_free(x);
    gan_mem_free(y);
}

Test(chroma, joins_as_resizing_whole_planes_does)
{
    static const int sizes[][2] = { { 101, 67 }, { CW, CH }, { 5, 4 }, { 1, 1 }, { 300, 2 } };
    float ab[2 * STRIDE * PLANE_H];
    fill_chroma(ab);
    static const float x[STRIDE * PLANE_H];
    gan_chroma c = { { CW, CH, STRIDE, PLANE_H }, x, ab };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int threads = 1; threads <= 3; threads += 2) {
            gan_image in = photo(sizes[i][0], sizes[i][1], 0);
            size_t bytes = 3 * (size_t)in.w * (size_t)in.h;
            uint8_t *rgb = gan_mem_alloc(bytes, 1);
            gan_parallel_use(threads);
            join_plainly(&in, ab, rgb);
            gan_photo p = { .w = in.w, .h = in.h, .rgb = in.rgb };
            cr_assert_eq(gan_chroma_join(&p, &c, GAN_UPSAMPLE_BICUBIC), 0);
            for (size_t k = 0; k < bytes; k++) cr_assert_leq(abs(in.rgb[k] - rgb[k]), 1, "%zu of %d", k, in.w);
            gan_image_release(&in);
            gan_mem_free(rgb);
        }
}
