#define _GNU_SOURCE
#include "gan/data.h"

#include <unistd.h>

#include "gan/error.h"
#include "gan/mem.h"
#include "photos.h"

static char folder[PATH_BYTES];

static void setup(void)
{
    make_folder(folder);
}

static void teardown(void)
{
    remove_folder(folder);
}

TestSuite(dataset, .init = setup, .fini = teardown);

static void expect_paths(size_t n, const char *const *paths)
{
    gan_dataset *d = gan_dataset_open(folder);
    cr_assert(d, "%s", gan_error_message());
    cr_expect_eq(gan_dataset_count(d), n);
    for (size_t i = 0; i < n && i < gan_dataset_count(d); i++) cr_expect_str_eq(gan_dataset_path(d, i), paths[i]);
    gan_dataset_free(d);
}

static void expect_refused(const char *path, const char *message)
{
    gan_dataset *d = gan_dataset_open(path);
    cr_assert_null(d);
    cr_expect(strstr(gan_error_message(), message), "%s", gan_error_message());
    cr_expect(strstr(gan_error_message(), path), "%s", gan_error_message());
}

static void link_to(const char *target, const char *name)
{
    char path[PATH_BYTES];
    join(path, folder, name);
    cr_assert_eq(symlink(target, path), 0);
}

/* The files are empty: listing must not look into them. */
Test(dataset, lists_by_ending_below_all_folders_in_order_of_bytes)
{
    make_subfolder(folder, "b");
    make_subfolder(folder, "b/deep");
    const char *const files[] = { "z.jpg",        "A.PNG",        "b/x.JpEg",     "b/deep/y.png", "b.jpg",
                                  "notes.txt",    "jpg",          "picture.jpgx", ".jpg",         "._z.jpg",
                                  "\xc3\xa9.png", "b/.cache.png", "b-1.jpeg",     "x.png.part",   "new\nline.png" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) put_text(folder, files[i], "");
    const char *const paths[] = { "A.PNG",    "b-1.jpeg",      "b.jpg", "b/deep/y.png",
                                  "b/x.JpEg", "new\nline.png", "z.jpg", "\xc3\xa9.png" };
    expect_paths(8, paths);
}

Test(dataset, slashes_at_the_end_of_the_folder_do_not_matter)
{
    char path[PATH_BYTES];
    put_text(folder, "a.png", "");
    join(path, folder, "//");
    gan_dataset *d = gan_dataset_open(path);
    cr_assert(d);
    cr_expect_str_eq(gan_dataset_path(d, 0), "a.png");
    gan_dataset_free(d);
}

Test(dataset, follows_links_once)
{
    char outside[PATH_BYTES];
    make_folder(outside);
    put_text(outside, "o.png", "");
    make_subfolder(folder, "real");
    put_text(folder, "real/r.png", "");
    link_to(".", "loop");
    link_to("real", "again");
    for (int i = 8; i > 0; i--) {
        char name[] = "outside0";
        name[7] = (char)('0' + i);
        link_to(outside, name);
    }
    link_to("real/r.png", "file.png");
    link_to("nowhere", "broken.png");
    link_to("nowhere", "broken.txt");
    const char *const paths[] = { "broken.png", "file.png", "outside1/o.png", "real/r.png" };
    expect_paths(4, paths);
    remove_folder(outside);
}

Test(dataset, pipes_are_no_photographs, .timeout = 10)
{
    char path[PATH_BYTES];
    join(path, folder, "pipe.png");
    cr_assert_eq(mkfifo(path, 0600), 0);
    put_text(folder, "a.png", "");
    expect_paths(1, (const char *const[]){ "a.png" });
}

Test(dataset, says_what_is_wrong_with_a_folder)
{
    char path[PATH_BYTES];
    expect_refused(folder, "no PNG or JPEG files in '");
    put_text(folder, "file.png", "");
    join(path, folder, "file.png");
    expect_refused(path, "Not a directory");
    join(path, folder, "missing");
    expect_refused(path, "No such file or directory");
    cr_assert_null(gan_dataset_open(""));
    cr_expect_str_eq(gan_error_message(), "cannot open folder '': No such file or directory");
}

Test(dataset, unreadable_folders_are_errors)
{
    char path[PATH_BYTES];
    if (!geteuid()) cr_skip("root may read every folder");
    put_text(folder, "a.png", "");
    make_subfolder(folder, "locked");
    join(path, folder, "locked");
    cr_assert_eq(chmod(path, 0), 0);
    cr_expect_null(gan_dataset_open(folder));
    cr_expect(strstr(gan_error_message(), "locked': Permission denied"), "%s", gan_error_message());
    cr_assert_eq(chmod(path, 0700), 0);
}

Test(dataset, loads_what_image_load_loads)
{
    gan_image a, b;
    char path[PATH_BYTES];
    put_photo(folder, "a.png", 31, 17, 1, 0);
    join(path, folder, "a.png");
    gan_dataset *d = gan_dataset_open(folder);
    cr_assert(d);
    cr_assert_eq(gan_dataset_load(d, 0, 0, &a), 0);
    cr_assert_eq(gan_image_load(&b, path, 0), 0);
    cr_expect(a.w == 31 && a.h == 17);
    cr_expect_arr_eq(a.rgb, b.rgb, 3 * 31 * 17);
    gan_image_release(&a);
    gan_image_release(&b);
    gan_dataset_free(d);
}

static void expect_centre(int w, int h, int size)
{
    gan_image whole, small, square;
    uint8_t *rgb = gan_mem_alloc((size_t)(size * size), 3);
    cr_assert(rgb);
    put_photo(folder, "a.png", w, h, 5, 0);
    gan_dataset *d = gan_dataset_open(folder);
    cr_assert(d);
    cr_assert_eq(gan_dataset_centre(d, 0, size, rgb), 0, "%s", gan_error_message());
    cr_assert_eq(gan_dataset_load(d, 0, 0, &whole), 0);
    cr_assert_eq(gan_image_resize_short(&small, &whole, size, GAN_BICUBIC), 0);
    cr_assert_eq(gan_image_crop(&square, &small, (small.w - size) / 2, (small.h - size) / 2, size, size), 0);
    cr_expect_arr_eq(rgb, square.rgb, (size_t)(size * size * 3));
    gan_image_release(&whole);
    gan_image_release(&small);
    gan_image_release(&square);
    gan_dataset_free(d);
    gan_mem_free(rgb);
}

Test(dataset, centre_is_resized_and_cropped)
{
    expect_centre(50, 40, 16);
    expect_centre(40, 53, 16);
    expect_centre(33, 33, 33);
    expect_centre(9, 7, 16);
}

Test(dataset, extreme_shapes_are_refused)
{
    uint8_t rgb[3 * 64 * 64];
    put_photo(folder, "a.png", 2, 65, 1, 0);
    put_photo(folder, "b.png", 64, 2, 1, 0);
    gan_dataset *d = gan_dataset_open(folder);
    cr_assert(d);
    cr_expect_eq(gan_dataset_centre(d, 0, 64, rgb), -1);
    cr_expect(strstr(gan_error_message(), "2 times 65 pixels"), "%s", gan_error_message());
    cr_expect_eq(gan_dataset_centre(d, 1, 64, rgb), 0);
    gan_dataset_free(d);
}

Test(dataset, procedural_pictures_have_titles_and_pixels)
{
    gan_image a, b;
    gan_dataset *d = gan_dataset_synthetic(3, 32, 7);
    cr_assert(d);
    cr_expect_eq(gan_dataset_count(d), 3);
    cr_expect_str_eq(gan_dataset_path(d, 2), "scene 0000000002");
    cr_assert_eq(gan_dataset_load(d, 1, 0, &a), 0);
    cr_assert_eq(gan_dataset_load(d, 2, 0, &b), 0);
    cr_expect(a.w == 32 && a.h == 32);
    cr_expect_arr_neq(a.rgb, b.rgb, 3 * 32 * 32);
    gan_image_release(&a);
    gan_image_release(&b);
    gan_dataset_free(d);
    cr_expect_null(gan_dataset_synthetic(0, 32, 7));
    cr_expect_null(gan_dataset_synthetic(3, 0, 7));
    cr_expect_null(gan_dataset_synthetic(3, 100000, 7));
    gan_dataset_free(NULL);
}

/* Leaks are the sanitizer's to find. */
Test(dataset, survives_every_failing_allocation)
{
    make_subfolder(folder, "sub");
    link_to("sub", "link");
    put_photos(folder, 5);
    put_photo(folder, "sub/a.png", 30, 30, 9, 0);
    uint8_t rgb[3 * 16 * 16];
    int done = 0;
    uint64_t n = 0;
    while (!done) {
        uint64_t refused = gan_mem_failures();
        gan_mem_fail_at(++n);
        gan_dataset *d = gan_dataset_open(folder);
        done = d && !gan_dataset_centre(d, 2, 16, rgb);
        gan_mem_fail_at(0);
        cr_expect(done || gan_mem_failures() > refused, "%s", gan_error_message());
        gan_dataset_free(d);
    }
    cr_expect_gt(n, 10);
}
