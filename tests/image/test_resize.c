/* Resizing, compared with Pillow's results on the same picture and plane (tests/golden/image.py). */
#include "image/golden.h"

#include <math.h>

#include "gan/mem.h"
#include "gan/parallel.h"

static const enum gan_filter filters[] = { GAN_BICUBIC, GAN_LANCZOS };

static gan_image noise(int w, int h)
{
    gan_image im;
    gan_rng r = gan_rng_at(5, GAN_STREAM_TEST, 0);
    cr_assert_eq(gan_image_init(&im, w, h), 0);
    for (int i = 0; i < 3 * w * h; i++) im.rgb[i] = (uint8_t)gan_rng_bits(r, (uint64_t)i);
    return im;
}

Test(resize, bytes_are_pillows)
{
    static const int sizes[][2] = { { 20, 27 }, { 45, 30 }, { 23, 61 }, { 64, 87 },
                                    { 1, 1 },   { 5, 7 },   { 90, 11 }, { 45, 61 } };
    gan_image source = golden_image("source.png"), out;
    struct bytes golden = golden_bytes("resize.rgb");
    uint8_t *next = golden.at;
    for (size_t f = 0; f < 2; f++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            gan_image wanted = { sizes[i][0], sizes[i][1], next };
            char what[64];
            snprintf(what, sizeof what, "filter %zu to %dx%d", f, wanted.w, wanted.h);
            cr_assert_eq(gan_image_resize(&out, &source, wanted.w, wanted.h, filters[f]), 0);
            assert_same_picture(&out, &wanted, what);
            next += 3 * wanted.w * wanted.h;
            gan_image_release(&out);
        }
    cr_assert_eq((size_t)(next - golden.at), golden.n);
    gan_image_release(&source);
    free(golden.at);
}

Test(resize, planes_are_pillows)
{
    enum { W = 31, H = 23 };
    static const int sizes[][2] = { { 12, 9 }, { 50, 37 }, { 31, 46 }, { 1, 1 } };
    struct bytes golden = golden_bytes("plane.f32");
    float source[W * H], out[50 * 46], wanted[50 * 46];
    memcpy(source, golden.at, sizeof source);
    size_t at = sizeof source;
    for (size_t f = 0; f < 2; f++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            int w = sizes[i][0], h = sizes[i][1];
            size_t bytes = (size_t)(w * h) * sizeof *wanted;
            memcpy(wanted, golden.at + at, bytes);
            at += bytes;
            cr_assert_eq(gan_plane_resize(out, w, h, source, W, H, filters[f]), 0);
            for (int s = 0; s < w * h; s++)
                cr_assert_leq(fabsf(out[s] - wanted[s]), 1e-4f, "filter %zu to %dx%d, sample %d: %f, not %f", f, w, h,
                              s, (double)out[s], (double)wanted[s]);
        }
    cr_assert_eq(at, golden.n);
    free(golden.at);
}

Test(resize, one_colour_stays_as_it_is)
{
    gan_image im, out;
    cr_assert_eq(gan_image_init(&im, 37, 23), 0);
    for (int value = 0; value < 256; value += 51) {
        memset(im.rgb, value, 3 * 37 * 23);
        for (int size = 1; size < 90; size += 8) {
            cr_assert_eq(gan_image_resize(&out, &im, size, 91 - size, filters[size / 8 % 2]), 0);
            for (int i = 0; i < 3 * size * (91 - size); i++) cr_assert_eq(out.rgb[i], value, "%d wide", size);
            gan_image_release(&out);
        }
    }
    gan_image_release(&im);
}

Test(resize, same_size_changes_nothing)
{
    gan_image im = noise(19, 13), out;
    for (int f = 0; f < 2; f++) {
        cr_assert_eq(gan_image_resize(&out, &im, 19, 13, filters[f]), 0);
        assert_same_picture(&out, &im, "same size");
        gan_image_release(&out);
    }
    gan_image_release(&im);
}

/* Large enough to be dealt out to threads in bands: enlarged, reduced, and higher than wide. */
Test(resize, number_of_threads_does_not_matter)
{
    static const int sizes[][4] = { { 700, 500, 1100, 900 }, { 1500, 900, 401, 301 }, { 3, 60000, 40, 20011 } };
    for (int i = 0; i < 3; i++) {
        gan_image im = noise(sizes[i][0], sizes[i][1]), one, several;
        gan_parallel_use(1);
        cr_assert_eq(gan_image_resize(&one, &im, sizes[i][2], sizes[i][3], GAN_LANCZOS), 0);
        gan_parallel_use(3);
        cr_assert_eq(gan_image_resize(&several, &im, sizes[i][2], sizes[i][3], GAN_LANCZOS), 0);
        assert_same_picture(&several, &one, "three threads");
        gan_image_release(&im);
        gan_image_release(&one);
        gan_image_release(&several);
    }
}

Test(resize, a_value_that_is_no_number_stays_near_its_place)
{
    float in[100] = { 0 }, out[400];
    in[55] = NAN;
    cr_assert_eq(gan_plane_resize(out, 20, 20, in, 10, 10, GAN_BICUBIC), 0);
    int spoilt = 0;
    for (int i = 0; i < 400; i++) spoilt += isnan(out[i]);
    cr_assert(spoilt > 0 && spoilt <= 10 * 10, "%d", spoilt);
    cr_assert_eq(out[399], 0);
}

Test(resize, short_side_decides_and_aspect_stays)
{
    static const int cases[][5] = {
        { 160, 213, 72, 72, 96 }, { 213, 160, 72, 96, 72 }, { 50, 50, 7, 7, 7 }, { 3, 2, 5, 8, 5 }, { 2, 3, 3, 3, 5 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int *c = cases[i];
        gan_image im = noise(c[0], c[1]), out;
        cr_assert_eq(gan_image_resize_short(&out, &im, c[2], GAN_BICUBIC), 0);
        cr_assert(out.w == c[3] && out.h == c[4], "%dx%d to %d: %dx%d", c[0], c[1], c[2], out.w, out.h);
        gan_image_release(&im);
        gan_image_release(&out);
    }
}

Test(resize, impossible_sizes_are_refused)
{
    static const int sizes[][2] = { { 0, 5 }, { 5, 0 }, { -3, 5 }, { 65501, 5 }, { 65500, 65500 } };
    gan_image im = noise(1, 40), out;
    float plane[1] = { 0 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_fails(gan_image_resize(&out, &im, sizes[i][0], sizes[i][1], GAN_BICUBIC), &out, "cannot make");
    static const int sides[] = { 0, -1, 2000, 2147483647 };
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        assert_fails(gan_image_resize_short(&out, &im, sides[i], GAN_BICUBIC), &out, "cannot resize");
    cr_assert_eq(gan_plane_resize(plane, 1, 0, plane, 1, 1, GAN_BICUBIC), -1);
    cr_assert_eq(gan_plane_resize(plane, 1, 1, plane, -1, 1, GAN_BICUBIC), -1);
    cr_assert_eq(gan_plane_resize(plane, 65501, 1, plane, 1, 1, GAN_BICUBIC), -1);
    gan_image_release(&im);
}

Test(resize, lack_of_memory_leaves_nothing_behind)
{
    gan_image im = noise(30, 20), out;
    uint64_t n = 0;
    int failed = -1;
    while (failed && n < 100) {
        gan_mem_fail_at(++n);
        failed = gan_image_resize(&out, &im, 17, 33, GAN_LANCZOS);
        gan_mem_fail_at(0);
        cr_assert_eq(!failed, out.rgb != NULL);
    }
    cr_assert_eq(failed, 0);
    cr_assert_gt(n, 3);
    gan_image_release(&im);
    gan_image_release(&out);
}
