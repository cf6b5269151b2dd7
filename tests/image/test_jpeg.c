/* JPEG, compared with the pixels that Pillow gets from the same files (tests/golden/image.py). */
#include "image/golden.h"

#include "gan/mem.h"
#include "image/exif.h"

Test(jpeg, pixels_are_pillows)
{
    static const char *const names[] = { "420",           "422",           "444",           "gray",
                                         "progressive",   "orientation_1", "orientation_2", "orientation_3",
                                         "orientation_4", "orientation_5", "orientation_6", "orientation_7",
                                         "orientation_8" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char file[64], pixels[64];
        snprintf(file, sizeof file, "jpeg/%s.jpg", names[i]);
        snprintf(pixels, sizeof pixels, "jpeg/%s.png", names[i]);
        gan_image got = golden_image(file), wanted = golden_image(pixels);
        assert_same_picture(&got, &wanted, names[i]);
        gan_image_release(&got);
        gan_image_release(&wanted);
    }
}

/* 125 x 101: the short side is 51, 26 or 13 when reduced, and must stay at twice least_side or more. */
Test(jpeg, reductions_keep_twice_the_least_side)
{
    static const struct {
        int least_side;
        const char *pixels;
    } cases[] = { { 1, "jpeg/reduced_8.png" },  { 6, "jpeg/reduced_8.png" },  { 7, "jpeg/reduced_4.png" },
                  { 13, "jpeg/reduced_4.png" }, { 14, "jpeg/reduced_2.png" }, { 25, "jpeg/reduced_2.png" } };
    struct bytes file = golden_bytes("jpeg/reduced.jpg");
    gan_image got;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gan_image wanted = golden_image(cases[i].pixels);
        cr_assert_eq(gan_image_decode(&got, "file", file.at, file.n, cases[i].least_side), 0);
        assert_same_picture(&got, &wanted, cases[i].pixels);
        gan_image_release(&got);
        gan_image_release(&wanted);
    }
    static const int whole[] = { 0, 26, 1000, 2147483647 };
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        cr_assert_eq(gan_image_decode(&got, "file", file.at, file.n, whole[i]), 0);
        cr_assert(got.w == 125 && got.h == 101, "%d", whole[i]);
        gan_image_release(&got);
    }
    free(file.at);
}

Test(jpeg, cmyk_is_refused_by_name)
{
    struct bytes file = golden_bytes("jpeg/cmyk.jpg");
    gan_image im;
    assert_fails(decode_exactly(&im, file.at, file.n), &im, "CMYK");
    free(file.at);
}

Test(jpeg, early_end_is_an_error_wherever_it_is)
{
    static const char *const names[] = { "jpeg/420.jpg", "jpeg/gray.jpg", "jpeg/progressive.jpg",
                                         "jpeg/orientation_6.jpg" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct bytes file = golden_bytes(names[i]);
        assert_no_beginning_decodes(file);
        free(file.at);
    }
}

Test(jpeg, early_end_is_named)
{
    struct bytes file = golden_bytes("jpeg/420.jpg");
    gan_image im;
    assert_fails(decode_exactly(&im, file.at, file.n / 2), &im, "'file': Premature end of JPEG file");
    free(file.at);
}

Test(jpeg, damaged_files_do_no_harm)
{
    static const char *const names[] = { "jpeg/422.jpg", "jpeg/gray.jpg", "jpeg/progressive.jpg",
                                         "jpeg/orientation_6.jpg", "jpeg/cmyk.jpg" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct bytes file = golden_bytes(names[i]);
        decode_damaged(file, 300);
        free(file.at);
    }
}

/* Where the bytes FF marker begin, the nth time; a marker cannot stand inside entropy-coded data. */
static size_t find(struct bytes file, uint8_t marker, int nth)
{
    for (size_t i = 0; i + 1 < file.n; i++)
        if (file.at[i] == 0xff && file.at[i + 1] == marker && !nth--) return i;
    cr_assert_fail("marker %02x is missing", marker);
    return 0;
}

static void set_size(struct bytes file, uint8_t frame, int w, int h)
{
    uint8_t *at = file.at + find(file, frame, 0) + 5;
    at[0] = (uint8_t)(h >> 8);
    at[1] = (uint8_t)h;
    at[2] = (uint8_t)(w >> 8);
    at[3] = (uint8_t)w;
}

Test(jpeg, sizes_are_refused_before_memory_is_asked_for)
{
    struct bytes file = golden_bytes("jpeg/420.jpg");
    gan_image im;
    set_size(file, 0xc0, 12000, 9000);
    assert_fails(decode_exactly(&im, file.at, file.n), &im, "cannot hold 12000x9000 pixels");
    set_size(file, 0xc0, 20000, 10001);
    assert_fails(decode_exactly(&im, file.at, file.n), &im, "at most");
    set_size(file, 0xc0, 65535, 8);
    assert_fails(decode_exactly(&im, file.at, file.n), &im, "65500");
    free(file.at);
}

/* A progressive file's coefficients are all kept: those of 192 million pixels in three full planes are too many. */
Test(jpeg, memory_for_coefficients_is_bounded)
{
    struct bytes file = golden_bytes("jpeg/progressive.jpg");
    gan_image im;
    set_size(file, 0xc2, 16000, 12000);
    memset(file.at + find(file, 0xc2, 0) + 11, 0x11, 1); /* luminance sampled as chrominance is */
    memset(file.at + file.n, 0, FILE_BYTES - file.n);    /* long enough to be plausible */
    assert_fails(decode_exactly(&im, file.at, FILE_BYTES), &im, "memory");
    free(file.at);
}

/* The first scan over and over: valid, and slow without end. */
Test(jpeg, scans_are_counted)
{
    enum { TIMES = 150 };
    struct bytes file = golden_bytes("jpeg/progressive.jpg"), bomb = { 0, malloc(FILE_BYTES) };
    size_t scan = find(file, 0xda, 0), next = find(file, 0xc4, 2);
    cr_assert(bomb.at && next > scan && scan + TIMES * (next - scan) < FILE_BYTES);
    memcpy(bomb.at, file.at, scan);
    bomb.n = scan;
    for (int i = 0; i < TIMES; i++, bomb.n += next - scan) memcpy(bomb.at + bomb.n, file.at + scan, next - scan);
    memcpy(bomb.at + bomb.n, "\xff\xd9", 2);
    bomb.n += 2;
    gan_image im;
    assert_fails(decode_exactly(&im, bomb.at, bomb.n), &im, "scans");
    free(bomb.at);
    free(file.at);
}

Test(jpeg, lack_of_memory_leaves_nothing_behind)
{
    struct bytes file = golden_bytes("jpeg/orientation_6.jpg");
    gan_image im = { 0 };
    uint64_t n = 0;
    int failed = -1;
    while (failed && n < 100) {
        gan_mem_fail_at(++n);
        failed = gan_image_decode(&im, "file", file.at, file.n, 0);
        gan_mem_fail_at(0);
        cr_assert_eq(!failed, im.rgb != NULL);
    }
    cr_assert_eq(failed, 0);
    cr_assert_gt(n, 1);
    gan_image_release(&im);
    free(file.at);
}

/* A directory with one entry, Orientation. */
static const uint8_t exif[] = "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
enum { EXIF_BYTES = sizeof exif - 1 };

static int orientation_with(size_t at, uint8_t value)
{
    uint8_t copy[EXIF_BYTES];
    memcpy(copy, exif, sizeof copy);
    copy[at] = value;
    return gan_exif_orientation(copy, sizeof copy);
}

Test(exif, orientation_is_found_or_upright)
{
    cr_assert_eq(gan_exif_orientation(exif, EXIF_BYTES), 6);
    for (size_t n = 0; n < EXIF_BYTES - 1; n++) {
        uint8_t *exact = malloc(n ? n : 1);
        cr_assert(exact);
        memcpy(exact, exif, n);
        int wanted = n == 0 ? 1 : gan_exif_orientation(exact, n);
        cr_assert_eq(wanted, 1, "%zu bytes", n);
        free(exact);
    }
    static const struct {
        size_t at;
        uint8_t value;
    } damages[] = { { 0, 'e' },   { 6, 'M' }, { 8, 'x' }, { 10, 200 }, { 13, 0xff }, { 14, 0 },
                    { 16, 0x13 }, { 18, 4 },  { 24, 0 },  { 24, 9 },   { 25, 1 } };
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++)
        cr_assert_eq(orientation_with(damages[i].at, damages[i].value), 1, "byte %zu", damages[i].at);
    cr_assert_eq(orientation_with(15, 1), 6, "a count of entries beyond the end");
}
