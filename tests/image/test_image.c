/* Pictures in memory, and as files: making, cutting, loading, saving. */
#define _GNU_SOURCE
#include "image/golden.h"

#include <sys/stat.h>
#include <unistd.h>

#include "gan/mem.h"
#include "image/format.h"

static gan_image make_picture(int w, int h, uint64_t seed)
{
    gan_image im;
    gan_rng r = gan_rng_at(seed, GAN_STREAM_TEST, 0);
    cr_assert_eq(gan_image_init(&im, w, h), 0);
    for (int i = 0; i < 3 * w * h; i++) im.rgb[i] = (uint8_t)gan_rng_bits(r, (uint64_t)i);
    return im;
}

Test(image, is_black_when_made_and_empty_when_released)
{
    gan_image im;
    cr_assert_eq(gan_image_init(&im, 3, 2), 0);
    for (int i = 0; i < 18; i++) cr_assert_eq(im.rgb[i], 0);
    gan_image_release(&im);
    cr_assert(!im.rgb && !im.w && !im.h);
    gan_image_release(&im);
}

Test(image, impossible_sizes_are_refused)
{
    static const int sizes[][2] = { { 0, 1 }, { 1, 0 }, { -1, 5 }, { 65501, 1 }, { 1, 65501 }, { 65500, 65500 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        gan_image im;
        assert_fails(gan_image_init(&im, sizes[i][0], sizes[i][1]), &im, "cannot make a picture of");
    }
}

Test(image, crop_takes_what_is_inside)
{
    gan_image im = make_picture(7, 5, 1), cut;
    cr_assert_eq(gan_image_crop(&cut, &im, 2, 1, 4, 3), 0);
    cr_assert(cut.w == 4 && cut.h == 3);
    for (int y = 0; y < 3; y++) cr_assert_arr_eq(cut.rgb + y * 12, im.rgb + ((y + 1) * 7 + 2) * 3, 12);
    gan_image_release(&cut);
    static const int outside[][4] = {
        { -1, 0, 2, 2 }, { 0, -1, 2, 2 }, { 6, 0, 2, 2 },          { 0, 4, 2, 2 },
        { 0, 0, 8, 1 },  { 0, 0, 0, 1 },  { 2147483647, 0, 2, 2 }, { 0, 0, 1, 2147483647 }
    };
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        const int *o = outside[i];
        assert_fails(gan_image_crop(&cut, &im, o[0], o[1], o[2], o[3]), &cut, "cannot cut");
    }
    gan_image_release(&im);
}

struct folder {
    char path[64], file[128];
};

static struct folder make_folder(const char *name)
{
    struct folder f;
    snprintf(f.path, sizeof f.path, "/tmp/gan-image-XXXXXX");
    cr_assert(mkdtemp(f.path));
    snprintf(f.file, sizeof f.file, "%s/%s", f.path, name);
    return f;
}

static void write_bytes(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    cr_assert(f);
    cr_assert(fputs(text, f) >= 0);
    cr_assert_eq(fclose(f), 0);
}

Test(file, png_comes_back_exactly_and_always_in_the_same_bytes)
{
    static const int sizes[][2] = { { 1, 1 }, { 1, 9 }, { 61, 45 }, { 200, 3 } };
    for (int i = 0; i < 4; i++) {
        struct folder f = make_folder("a.png");
        gan_image im = make_picture(sizes[i][0], sizes[i][1], 2), back;
        cr_assert_eq(gan_image_save(&im, f.file), 0, "%s", gan_error_message());
        cr_assert_eq(gan_image_load(&back, f.file, 0), 0, "%s", gan_error_message());
        assert_same_picture(&back, &im, "PNG");
        struct bytes first = read_bytes(f.file);
        cr_assert_eq(gan_image_save(&im, f.file), 0);
        struct bytes second = read_bytes(f.file);
        cr_assert(first.n == second.n && !memcmp(first.at, second.at, first.n));
        free(first.at);
        free(second.at);
        gan_image_release(&im);
        gan_image_release(&back);
        unlink(f.file);
        rmdir(f.path);
    }
}

/* Quality 95 without subsampling: on a smooth picture no sample is off by more than a few levels. */
Test(file, jpeg_comes_back_nearly)
{
    static const char *const names[] = { "a.jpg", "a.jpeg", "a.JPG" };
    for (int i = 0; i < 3; i++) {
        struct folder f = make_folder(names[i]);
        gan_image im, back;
        cr_assert_eq(gan_image_init(&im, 40, 30), 0);
        for (int p = 0; p < 40 * 30; p++) {
            im.rgb[3 * p] = (uint8_t)(p % 40 * 6);
            im.rgb[3 * p + 1] = (uint8_t)(p / 40 * 8);
            im.rgb[3 * p + 2] = (uint8_t)(255 - p % 40 * 6);
        }
        cr_assert_eq(gan_image_save(&im, f.file), 0, "%s", gan_error_message());
        cr_assert_eq(gan_image_load(&back, f.file, 0), 0, "%s", gan_error_message());
        cr_assert(back.w == 40 && back.h == 30);
        for (int s = 0; s < 3600; s++) cr_assert_leq(abs(im.rgb[s] - back.rgb[s]), 6, "sample %d", s);
        struct bytes file = read_bytes(f.file);
        cr_assert(!memcmp(file.at, "\xff\xd8\xff", 3));
        free(file.at);
        gan_image_release(&im);
        gan_image_release(&back);
        unlink(f.file);
        rmdir(f.path);
    }
}

Test(file, what_cannot_be_read_says_why)
{
    gan_image im;
    struct folder f = make_folder("a.png");
    assert_fails(gan_image_load(&im, "/nowhere/a.png", 0), &im, "cannot open '/nowhere/a.png': No such file");
    assert_fails(gan_image_load(&im, f.path, 0), &im, f.path);
    write_bytes(f.file, "");
    assert_fails(gan_image_load(&im, f.file, 0), &im, "is empty");
    write_bytes(f.file, "GIF89a");
    assert_fails(gan_image_load(&im, f.file, 0), &im, "not a PNG or JPEG");
    write_bytes(f.file, "\x89PNG");
    assert_fails(gan_image_load(&im, f.file, 0), &im, "not a PNG or JPEG");
    unlink(f.file);
    cr_assert_eq(mkfifo(f.file, 0600), 0);
    assert_fails(gan_image_load(&im, f.file, 0), &im, f.file); /* and does not wait */
    unlink(f.file);
    rmdir(f.path);
}

Test(file, what_cannot_be_saved_says_why)
{
    gan_image im = make_picture(4, 3, 3);
    cr_assert_eq(gan_image_save(&im, "/nowhere/a.png"), -1);
    cr_assert(strstr(gan_error_message(), "/nowhere/a.png"));
    static const char *const names[] = { "a.gif", "png", ".png", "a.png.bak", "" };
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(gan_image_save(&im, names[i]), -1, "'%s'", names[i]);
        cr_assert(strstr(gan_error_message(), "does not end in"), "%s", gan_error_message());
    }
    gan_image_release(&im);
}

/* For both formats: whatever fails, the old file is still there, and nothing else. */
static void save_without_memory(const char *name)
{
    struct folder f = make_folder(name);
    gan_image old = make_picture(5, 5, 4), new = make_picture(9, 6, 5), back;
    cr_assert_eq(gan_image_save(&old, f.file), 0);
    uint64_t n = 0;
    int failed = -1;
    while (failed && n < 100) {
        gan_mem_fail_at(++n);
        failed = gan_image_save(&new, f.file);
        gan_mem_fail_at(0);
        cr_assert_eq(gan_image_load(&back, f.file, 0), 0, "%s", gan_error_message());
        cr_assert_eq(back.w, failed ? 5 : 9);
        gan_image_release(&back);
    }
    cr_assert_eq(failed, 0);
    cr_assert_gt(n, 2);
    gan_image_release(&old);
    gan_image_release(&new);
    unlink(f.file);
    cr_assert_eq(rmdir(f.path), 0, "a temporary file stayed");
}

Test(file, lack_of_memory_keeps_the_old_file)
{
    save_without_memory("a.png");
    save_without_memory("a.jpg");
}

Test(file, a_full_disk_is_noticed)
{
    static const gan_format *const formats[] = {
#define X(name) &gan_format_##name,
#include "image/list.h"
#undef X
    };
    if (access("/dev/full", W_OK)) cr_skip_test("there is no /dev/full");
    gan_image im = make_picture(64, 64, 6);
    gan_photo p = { .w = im.w, .h = im.h, .rgb = im.rgb };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        FILE *full = fopen("/dev/full", "wb");
        cr_assert(full && !setvbuf(full, NULL, _IONBF, 0));
        cr_assert_eq(formats[i]->encode(&p, &(gan_encoding){ "a", full, GAN_QUALITY }), -1, "%s", formats[i]->name);
        cr_assert(strstr(gan_error_message(), "cannot write 'a'"), "%s", gan_error_message());
        fclose(full);
    }
    gan_image_release(&im);
}
