/* The committed pictures of tests/golden/image, and what the tests of pictures share. GAN_SOURCE_DIR is defined by the
 * build. */
#ifndef TESTS_IMAGE_GOLDEN_H
#define TESTS_IMAGE_GOLDEN_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gan/error.h"
#include "gan/image.h"
#include "gan/rng.h"

enum { PATH_BYTES = 512, FILE_BYTES = 1 << 20 };

struct bytes {
    size_t n;
    uint8_t *at; /* free() */
};

static inline void golden_path(char path[PATH_BYTES], const char *name)
{
    cr_assert_lt(snprintf(path, PATH_BYTES, "%s/tests/golden/image/%s", GAN_SOURCE_DIR, name), PATH_BYTES);
}

static inline struct bytes read_bytes(const char *path)
{
    struct bytes b = { 0, malloc(FILE_BYTES) };
    FILE *f = fopen(path, "rb");
    cr_assert(f && b.at, "cannot open '%s'", path);
    b.n = fread(b.at, 1, FILE_BYTES, f);
    cr_assert(b.n > 0 && b.n < FILE_BYTES);
    fclose(f);
    return b;
}

static inline struct bytes golden_bytes(const char *name)
{
    char path[PATH_BYTES];
    golden_path(path, name);
    return read_bytes(path);
}

static inline gan_image golden_image(const char *name)
{
    char path[PATH_BYTES];
    gan_image im;
    golden_path(path, name);
    cr_assert_eq(gan_image_load(&im, path, 0), 0, "%s", gan_error_message());
    return im;
}

/* The bytes in a block of their own size, so that AddressSanitizer sees a read beyond them. */
static inline int decode_exactly(gan_image *im, const uint8_t *bytes, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    cr_assert(exact);
    if (n) memcpy(exact, bytes, n);
    int failed = gan_image_decode(im, "file", exact, n, 0);
    free(exact);
    return failed;
}

static inline void assert_same_picture(const gan_image *got, const gan_image *wanted, const char *what)
{
    cr_assert(got->w == wanted->w && got->h == wanted->h, "%s: %dx%d, not %dx%d", what, got->w, got->h, wanted->w,
              wanted->h);
    for (int i = 0; i < 3 * got->w * got->h; i++)
        cr_assert_eq(got->rgb[i], wanted->rgb[i], "%s: sample %d is %d, not %d", what, i, got->rgb[i], wanted->rgb[i]);
}

static inline void assert_fails(int status, const gan_image *out, const char *words)
{
    cr_assert_eq(status, -1, "expected: %s", words);
    cr_assert(strstr(gan_error_message(), words), "'%s' does not say '%s'", gan_error_message(), words);
    cr_assert(!out->rgb && !out->w && !out->h);
}

/* Decodes every beginning of a file: all but the whole one must fail and leave nothing. */
static inline void assert_no_beginning_decodes(struct bytes file)
{
    gan_image im;
    for (size_t n = 0; n < file.n; n++) {
        cr_assert_eq(decode_exactly(&im, file.at, n), -1, "%zu of %zu bytes are accepted", n, file.n);
        cr_assert_null(im.rgb);
    }
    cr_assert_eq(decode_exactly(&im, file.at, file.n), 0, "%s", gan_error_message());
    gan_image_release(&im);
}

/* Decodes a file with one to eight bytes changed, many times: any answer will do, as long as it is one. */
static inline void decode_damaged(struct bytes file, int times)
{
    for (int k = 0; k < times; k++) {
        gan_rng r = gan_rng_at(1, GAN_STREAM_TEST, (uint64_t)k);
        struct bytes copy = { file.n, malloc(file.n) };
        gan_image im;
        cr_assert(copy.at);
        memcpy(copy.at, file.at, file.n);
        for (uint64_t i = 0; i <= gan_rng_below(r, 99, 8); i++)
            copy.at[gan_rng_below(r, 2 * i, file.n)] = (uint8_t)gan_rng_bits(r, 2 * i + 1);
        int failed = decode_exactly(&im, copy.at, copy.n);
        cr_assert_eq(!failed, im.rgb != NULL);
        gan_image_release(&im);
        free(copy.at);
    }
}

#endif
