/* Tiles against one pass over the whole picture. */
#define _GNU_SOURCE
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "colorize/models.h"
#include "gan/colour.h"
#include "gan/mem.h"

static const char *const unet = "[data]\nsize = 16\n"
                                "[generator]\nfilters = 8\nlevels = 3\ninit = 0.3\n"
                                "[train]\nrecipe = regression\nbatch = 1\n";
static const char *const resnet = "[data]\nsize = 16\n"
                                  "[generator]\nmodel = resnet\nfilters = 4\nblocks = 1\ninit = 0.15\n"
                                  "[train]\nrecipe = regression\nbatch = 1\n";
static const char *const with_instance_norm = "[data]\nsize = 16\n"
                                              "[generator]\nfilters = 4\nlevels = 3\nnorm = instance\n"
                                              "[train]\nrecipe = regression\nbatch = 1\n";

static char folder[PATH_BYTES];

static void setup(void)
{
    make_folder(folder);
}

static void teardown(void)
{
    gan_mem_fail_at(0);
    remove_folder(folder);
}

TestSuite(tile, .init = setup, .fini = teardown);

static gan_photo photo(int w, int h)
{
    gan_photo p;
    cr_assert_eq(gan_photo_init(&p, w, h, 16), 0, "%s", gan_error_message());
    for (size_t i = 0; i < 3 * (size_t)w * (size_t)h; i++)
        p.rgb16[i] = (uint16_t)(32000 + 20000 * sin((double)(i * i % 1009)));
    return p;
}

/* The whole picture in one pass, without tiles: mirrored to what the network takes. */
static void colour_plainly(gan_colorizer *c, gan_photo *p)
{
    int m = gan_colorizer_multiple(c), w = (p->w + m - 1) / m * m, h = (p->h + m - 1) / m * m;
    size_t n = (size_t)w * (size_t)h, pixels = (size_t)p->w * (size_t)p->h;
    float *l = gan_mem_alloc(pixels, sizeof *l), *x = gan_mem_alloc(n, sizeof *x);
    float *y = gan_mem_alloc(n, 2 * sizeof *y), *ab = gan_mem_alloc(pixels, 2 * sizeof *ab);
    gan_lab_normalise16(p->rgb16, pixels, l, NULL);
    for (int i = 0; i < h; i++)
        for (int k = 0; k < w; k++)
            x[i * w + k] = l[(i < p->h ? i : 2 * (p->h - 1) - i) * p->w + (k < p->w ? k : 2 * (p->w - 1) - k)];
    cr_assert_eq(gan_colorizer_run(c, 1, h, w, x, y), 0, "%s", gan_error_message());
    for (int plane = 0; plane < 2; plane++)
        for (int i = 0; i < p->h; i++)
            memcpy(ab + (size_t)plane * pixels + (size_t)i * (size_t)p->w, y + (size_t)plane * n + (size_t)(i * w),
                   (size_t)p->w * sizeof *ab);
    gan_lab_restore16(l, ab, pixels, p->rgb16);
    float *all[] = { l, x, y, ab };
    for (size_t i = 0; i < 4; i++) gan_mem_free(all[i]);
}

static void expect_same(const gan_photo *a, const gan_photo *b, const char *what, int tile)
{
    for (size_t i = 0; i < 3 * (size_t)a->w * (size_t)a->h; i++)
        cr_assert_leq(abs(a->rgb16[i] - b->rgb16[i]), 4, "%s, %d, sample %zu of width %d: %d, not %d", what, tile, i,
                      a->w, a->rgb16[i], b->rgb16[i]);
}

/* To four steps of 65535; 1e-5 of chroma are up to two. */
Test(tile, tiles_are_the_whole)
{
    static const int sizes[][2] = { { 120, 90 }, { 33, 150 }, { 7, 9 }, { 95, 24 } }, tiles[] = { 1, 16, 40, 4096 };
    const char *const configs[] = { unet, resnet };
    for (size_t k = 0; k < 2; k++) {
        gan_colorizer *c = open_model(folder, configs[k]);
        for (size_t i = 0; i < 4; i++)
            for (size_t j = 0; j < 4; j++) {
                gan_photo p = photo(sizes[i][0], sizes[i][1]), whole = photo(sizes[i][0], sizes[i][1]);
                gan_colouring o = gan_colouring_default();
                o.tile = tiles[j];
                cr_assert_eq(gan_colorize_photo(c, &p, &o), 0, "%s", gan_error_message());
                colour_plainly(c, &whole);
                expect_same(&p, &whole, k ? "resnet" : "unet", tiles[j]);
                gan_photo_release(&p);
                gan_photo_release(&whole);
            }
        gan_colorizer_free(c);
    }
}

/* In the network's own numbers: a window and what the whole picture has there. */
static void expect_window(const char *config)
{
    enum { SIDE = 160, FROM = 40, WINDOW = 88 };
    static float x[SIDE * SIDE], y[2 * SIDE * SIDE], cut[WINDOW * WINDOW], out[2 * WINDOW * WINDOW];
    gan_colorizer *c = open_model(folder, config);
    int halo;
    cr_assert_eq(gan_graph_halo(gan_colorizer_graph(c), &halo), 0);
    cr_assert_lt(2 * halo, WINDOW);
    for (int i = 0; i < SIDE * SIDE; i++) x[i] = sinf((float)(i * i % 1013));
    for (int i = 0; i < WINDOW; i++) memcpy(cut + i * WINDOW, x + (FROM + i) * SIDE + FROM, WINDOW * sizeof *cut);
    cr_assert_eq(gan_colorizer_run(c, 1, SIDE, SIDE, x, y), 0);
    cr_assert_eq(gan_colorizer_run(c, 1, WINDOW, WINDOW, cut, out), 0);
    for (int plane = 0; plane < 2; plane++)
        for (int i = halo; i < WINDOW - halo; i++)
            for (int k = halo; k < WINDOW - halo; k++)
                cr_assert_float_eq(out[(plane * WINDOW + i) * WINDOW + k],
                                   y[(plane * SIDE + FROM + i) * SIDE + FROM + k], 1e-5);
    gan_colorizer_free(c);
}

Test(tile, a_window_with_its_halo_is_the_whole_to_1e_5)
{
    expect_window(unet);
    expect_window(resnet);
}

Test(tile, strength_scales_chroma)
{
    gan_colorizer *c = open_model(folder, unet);
    gan_photo p = photo(40, 40), full = photo(40, 40);
    gan_colouring o = { .tile = 16, .strength = 0 };
    cr_assert_eq(gan_colorize_photo(c, &p, &o), 0);
    for (size_t i = 0; i < 40 * 40; i++)
        cr_assert(abs(p.rgb16[3 * i] - p.rgb16[3 * i + 1]) <= 8 && abs(p.rgb16[3 * i] - p.rgb16[3 * i + 2]) <= 8);
    o.strength = 1;
    cr_assert_eq(gan_colorize_photo(c, &full, &o), 0);
    cr_assert_neq(memcmp(full.rgb16, p.rgb16, 3 * 40 * 40 * sizeof *p.rgb16), 0);
    gan_photo_release(&p);
    gan_photo_release(&full);
    gan_colorizer_free(c);
}

Test(tile, cost_is_known_before)
{
    gan_colorizer *c = open_model(folder, unet);
    gan_tiling t;
    cr_assert_eq(gan_colorize_tiling(c, 1000, 500, 30, &t), 0, "%s", gan_error_message());
    cr_assert_eq(t.tile, 32);
    cr_assert_eq(t.halo % gan_colorizer_multiple(c), 0);
    cr_assert(t.window_w == t.tile + 2 * t.halo && t.window_h == t.window_w);
    cr_assert_eq(t.tiles, 32 * 16);
    double ratio = (double)t.tiles * t.window_w * t.window_h / (1000.0 * 504);
    cr_assert_float_eq(t.gflop / t.whole_gflop, ratio, 1e-3 * ratio);
    cr_assert(t.bytes > 0 && t.gflop > 0);
    gan_colorizer_free(c);
}

Test(tile, what_cannot_be_tiled_is_refused)
{
    gan_colorizer *c = open_model(folder, with_instance_norm);
    gan_photo p = photo(20, 20);
    gan_colouring o = { .tile = 16, .strength = 1 };
    cr_assert_eq(gan_colorize_photo(c, &p, &o), -1);
    cr_assert(strstr(gan_error_message(), "depends on the whole picture"), "%s", gan_error_message());
    gan_colorizer_free(c);
    c = open_model(folder, unet);
    o.tile = 1 << 20;
    cr_assert_eq(gan_colorize_photo(c, &p, &o), -1);
    o.tile = -3;
    cr_assert_eq(gan_colorize_photo(c, &p, &o), -1);
    cr_assert(strstr(gan_error_message(), "-3 pixels"), "%s", gan_error_message());
    gan_photo_release(&p);
    gan_colorizer_free(c);
}

Test(tile, lack_of_memory_anywhere_is_an_error)
{
    gan_colorizer *c = open_model(folder, unet);
    gan_colouring o = { .tile = 16, .strength = 1 };
    uint64_t n = 0;
    for (int failed = -1; failed;) {
        gan_photo p = photo(50, 40);
        gan_mem_fail_at(++n);
        failed = gan_colorize_photo(c, &p, &o);
        gan_mem_fail_at(0);
        cr_assert(!failed || *gan_error_message());
        gan_photo_release(&p);
    }
    cr_assert_gt(n, 5);
    gan_colorizer_free(c);
}
