#define _GNU_SOURCE
#include "gan/survey.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "data/photos.h"
#include "gan/error.h"
#include "gan/mem.h"

static char folder[PATH_BYTES];

static void setup(void)
{
    make_folder(folder);
}

static void teardown(void)
{
    remove_folder(folder);
}

TestSuite(survey, .init = setup, .fini = teardown);

static void put_flat(const char *name, int w, int h, uint8_t r, uint8_t g, uint8_t b)
{
    char path[PATH_BYTES];
    gan_image im;
    join(path, folder, name);
    cr_assert_eq(gan_image_init(&im, w, h), 0);
    for (int i = 0; i < w * h; i++) memcpy(im.rgb + 3 * i, (uint8_t[]){ r, g, b }, 3);
    cr_assert_eq(gan_image_save(&im, path), 0);
    gan_image_release(&im);
}

Test(survey, adds_up_shapes_and_colours)
{
    gan_survey s;
    put_flat("1.png", 20, 30, 255, 0, 0); /* CIELAB chroma 104.55, hue 40.0 degrees */
    put_flat("2.png", 40, 10, 90, 90, 90);
    put_flat("3.png", 50, 60, 0, 0, 255); /* 133.81, 306.28 */
    gan_dataset *d = gan_dataset_open(folder);
    cr_assert_eq(gan_survey_make(d, NULL, NULL, &s), 0, "%s", gan_error_message());
    cr_expect(s.files == 3 && s.damaged == 0 && s.gray == 1 && s.duplicates == 0);
    cr_expect(s.short_least == 10 && s.short_median == 20 && s.short_most == 50);
    cr_expect_float_eq(s.aspect_most, 4, 1e-9);
    cr_expect_float_eq(s.chroma_mean, (104.55 + 133.81) / 3, 0.05);
    cr_expect_float_eq(s.chroma[0], 400.0 / 4000, 1e-9);
    cr_expect_float_eq(s.chroma[10], 600.0 / 4000, 1e-9);
    cr_expect_float_eq(s.chroma[11], 3000.0 / 4000, 1e-9);
    cr_expect_float_eq(s.hue[1], 600.0 / 3600, 1e-9);
    cr_expect_float_eq(s.hue[10], 3000.0 / 3600, 1e-9);
    gan_dataset_free(d);
}

static int found[3];

static void count_findings(void *ctx, enum gan_finding what, const char *path, const char *detail)
{
    (void)ctx, (void)path;
    found[what]++;
    if (what == GAN_FOUND_DUPLICATE) cr_expect_str_eq(detail, "00.png");
}

/* The same picture at another size and as JPEG is one; a different one of like colours is none. */
Test(survey, finds_what_repeats)
{
    static const gan_survey_listener listener = { count_findings, NULL };
    gan_survey s;
    put_photos(folder, 6);
    put_photo(folder, "big.png", 120, 112, 0, 0);
    put_photo(folder, "other.jpg", 30, 28, 0, 0);
    put_text(folder, "no.png", "text");
    gan_dataset *d = gan_dataset_open(folder);
    cr_assert_eq(gan_survey_make(d, &listener, NULL, &s), 0);
    cr_expect_eq(s.damaged, 1);
    cr_expect(found[GAN_FOUND_DAMAGED] == 1 && found[GAN_FOUND_GRAY] == 0);
    cr_expect_eq(s.duplicates, (size_t)found[GAN_FOUND_DUPLICATE]);
    cr_expect_geq(s.duplicates, 1);
    cr_expect_leq(s.duplicates, 2);
    gan_dataset_free(d);
}

Test(survey, survives_every_failing_allocation)
{
    gan_survey s;
    put_photos(folder, 3);
    gan_dataset *d = gan_dataset_open(folder);
    int done = 0;
    for (uint64_t n = 1; !done; n++) {
        gan_mem_fail_at(n);
        done = !gan_survey_make(d, NULL, NULL, &s);
        gan_mem_fail_at(0);
        cr_expect(done || *gan_error_message());
        cr_assert_lt(n, 1000);
    }
    gan_dataset_free(d);
}
