/* Scribbles from pictures with and without transparency, and from the truth. */
#define _GNU_SOURCE
#include "gan/scribbles.h"

#include <criterion/criterion.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "gan/colour.h"
#include "gan/error.h"
#include "gan/image.h"
#include "gan/mem.h"

enum { W = 6, H = 5, N = W * H };

static char path[64];

static void setup(void)
{
    strcpy(path, "/tmp/gan-scribbles-XXXXXX.png");
    int fd = mkstemps(path, 4);
    cr_assert(fd >= 0);
    close(fd);
}

static void teardown(void)
{
    gan_mem_fail_at(0);
    unlink(path);
}

TestSuite(scribbles, .init = setup, .fini = teardown);

/* channels: 3 or 4 */
static void save(const uint8_t *pixels, int channels)
{
    png_image png = { .version = PNG_IMAGE_VERSION,
                      .width = W,
                      .height = H,
                      .format = channels == 4 ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB };
    cr_assert(png_image_write_to_file(&png, path, 0, pixels, 0, NULL));
}

static void check(const gan_scribbles *s, int pixel, const uint8_t *rgb)
{
    float ab[2];
    cr_assert_eq(s->known[pixel], 1);
    gan_lab_from_rgb(rgb, 1, NULL, &ab[0], &ab[1]);
    for (int c = 0; c < 2; c++) cr_assert_float_eq(110 * s->ab[c * N + pixel], ab[c], 1e-3);
}

Test(scribbles, what_is_not_transparent_is_known)
{
    uint8_t rgba[4 * N] = { 0 };
    gan_scribbles s;
    memcpy(rgba + 4 * 7, (const uint8_t[]){ 200, 30, 40, 255 }, 4);
    memcpy(rgba + 4 * 9, (const uint8_t[]){ 90, 90, 90, 20 }, 4); /* gray is a colour too; alpha does not mix */
    save(rgba, 4);
    cr_assert_eq(gan_scribbles_load(&s, path), 0, "%s", gan_error_message());
    cr_assert(s.w == W && s.h == H && s.count == 2);
    check(&s, 7, rgba + 4 * 7);
    check(&s, 9, rgba + 4 * 9);
    cr_assert(!s.known[8] && s.ab[8] == 0);
    gan_scribbles_release(&s);
}

Test(scribbles, without_transparency_what_has_colour_is_known)
{
    for (int channels = 3; channels <= 4; channels++) {
        uint8_t pixels[4 * N];
        gan_scribbles s;
        memset(pixels, 255, sizeof pixels);
        for (int i = 0; i < N; i++) memset(pixels + channels * i, 8 * i, 3);
        memcpy(pixels + channels * 11, (const uint8_t[]){ 40, 200, 30 }, 3);
        pixels[channels * 12] += 20; /* JPEG's noise */
        save(pixels, channels);
        cr_assert_eq(gan_scribbles_load(&s, path), 0, "%s", gan_error_message());
        cr_assert_eq(s.count, 1);
        check(&s, 11, pixels + channels * 11);
        gan_scribbles_release(&s);
    }
}

static void refuses(const char *words)
{
    gan_scribbles s;
    cr_assert_eq(gan_scribbles_load(&s, path), -1);
    cr_assert(strstr(gan_error_message(), words), "'%s' does not say '%s'", gan_error_message(), words);
    cr_assert(!s.known && !s.ab);
}

Test(scribbles, pictures_without_any_and_damaged_ones_are_refused)
{
    uint8_t gray[3 * N];
    static uint8_t bytes[4096];
    memset(gray, 77, sizeof gray);
    save(gray, 3);
    refuses("holds no scribbles");
    memcpy(gray, (const uint8_t[]){ 255, 0, 0 }, 3);
    save(gray, 3);
    FILE *f = fopen(path, "rb");
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    for (size_t k = 0; k < n - 12; k++) { /* the last 12 bytes say nothing but that it ends */
        f = fopen(path, "wb");
        fwrite(bytes, 1, k, f);
        fclose(f);
        refuses("scribbles '");
    }
    unlink(path);
    refuses("cannot open");
}

Test(scribbles, a_header_of_absurd_size_is_refused)
{
    uint8_t huge[] = { 137, 'P',  'N', 'G', 13, 10,   26, 10, 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0,
                       0,   0x7f, 0,   0,   0,  0x7f, 0,  8,  6, 0, 0, 0,  0,   0,   0,   0 };
    uint32_t crc = (uint32_t)crc32(0, huge + 12, 17);
    for (int i = 0; i < 4; i++) huge[29 + i] = (uint8_t)(crc >> (24 - 8 * i));
    FILE *f = fopen(path, "wb");
    fwrite(huge, 1, sizeof huge, f);
    fclose(f);
    refuses("scribbles '");
}

Test(scribbles, points_are_drawn_from_seed_and_picture)
{
    float truth[2 * N];
    gan_scribbles few, more, other, all;
    int differ = 0;
    for (int i = 0; i < 2 * N; i++) truth[i] = (float)i / 100;
    cr_assert_eq(gan_scribbles_draw(&few, W, H, truth, 5, 1, 0) || gan_scribbles_draw(&more, W, H, truth, 12, 1, 0) ||
                     gan_scribbles_draw(&other, W, H, truth, 5, 1, 1) ||
                     gan_scribbles_draw(&all, W, H, truth, 999, 1, 0),
                 0);
    cr_assert(few.count == 5 && more.count == 12 && all.count == N);
    for (int i = 0; i < N; i++) {
        cr_assert(!few.known[i] || more.known[i]);
        cr_assert(all.known[i] && all.ab[N + i] == truth[N + i]);
        cr_assert_eq(few.ab[i], few.known[i] ? truth[i] : 0);
        differ |= few.known[i] != other.known[i];
    }
    cr_assert(differ);
    gan_scribbles *made[] = { &few, &more, &other, &all };
    for (int i = 0; i < 4; i++) gan_scribbles_release(made[i]);
}

Test(scribbles, lack_of_memory_anywhere_is_an_error)
{
    uint8_t rgba[4 * N] = { 200, 0, 0, 9 };
    gan_scribbles s;
    int failed = -1;
    uint64_t n = 0;
    save(rgba, 4);
    while (failed) {
        gan_mem_fail_at(++n);
        failed = gan_scribbles_load(&s, path);
        gan_mem_fail_at(0);
        cr_assert(!failed || strstr(gan_error_message(), "out of memory"), "%s", gan_error_message());
    }
    cr_assert_geq(n, 4);
    gan_scribbles_release(&s);
}
