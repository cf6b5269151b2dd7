/* ZIP archives: written and read back, by other programs too; damaged ones are refused. */
#define _GNU_SOURCE
#include "export/zip.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "data/photos.h"
#include "export/bytes.h"
#include "export/zip_parts.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "support/damage.h"

static char folder[PATH_BYTES], path[PATH_BYTES];

static void setup(void)
{
    make_folder(folder);
    join(path, folder, "a.zip");
}

static void teardown(void)
{
    gan_mem_fail_at(0);
    remove_folder(folder);
}

TestSuite(zip, .init = setup, .fini = teardown);

static const struct {
    const char *name, *bytes;
} entries[] = { { "top/second", "two" }, { "top/first", "one, and more" }, { "top/empty", "" } };
enum { ENTRIES = sizeof entries / sizeof *entries };

static int write_archive(void)
{
    gan_zip_writer w;
    if (gan_zip_create(&w, path)) return -1;
    for (int i = 0; i < ENTRIES; i++)
        if (gan_zip_add(&w, entries[i].name, entries[i].bytes, strlen(entries[i].bytes))) {
            gan_zip_abandon(&w);
            return -1;
        }
    return gan_zip_finish(&w);
}

static int read_entry(gan_zip *z, const char *name, const char *want)
{
    char got[64] = "";
    const gan_zip_entry *e = gan_zip_find(z, name);
    if (!e) return gan_error("no '%s'", name);
    if (e->bytes >= sizeof got || gan_zip_read(z, e, got)) return -1;
    return strcmp(got, want) ? gan_error("'%s' for '%s'", got, want) : 0;
}

/* All entries are there and hold what was written. */
static int read_archive(void)
{
    gan_zip *z = gan_zip_open(path);
    int bad = !z || gan_zip_count(z) != ENTRIES;
    for (int i = 0; !bad && i < ENTRIES; i++) bad = read_entry(z, entries[i].name, entries[i].bytes);
    gan_zip_close(z);
    return bad ? -1 : 0;
}

Test(zip, what_is_written_is_read)
{
    cr_assert_eq(write_archive(), 0, "%s", gan_error_message());
    cr_assert_eq(read_archive(), 0, "%s", gan_error_message());
    gan_zip *z = gan_zip_open(path);
    cr_expect_null(gan_zip_find(z, "top"));
    cr_expect_null(gan_zip_find(z, "top/first2"));
    gan_zip_close(z);
}

Test(zip, data_lie_at_multiples_of_64)
{
    size_t n;
    cr_assert_eq(write_archive(), 0);
    unsigned char *bytes = file_bytes(path, &n);
    for (int i = 0; i < 2; i++) {
        unsigned char *at = memmem(bytes, n, entries[i].bytes, strlen(entries[i].bytes));
        cr_assert(at);
        cr_expect_eq((at - bytes) % 64, 0);
    }
    free(bytes);
}

static void expect_refused(void *ctx, size_t at)
{
    (void)ctx;
    cr_expect_eq(read_archive(), -1, "%zu", at);
}

static void expect_same_or_refused(void *changes, size_t at)
{
    (void)at;
    *(int *)changes += read_archive() == 0;
}

Test(zip, every_shorter_file_is_refused)
{
    size_t n;
    cr_assert_eq(write_archive(), 0);
    unsigned char *bytes = file_bytes(path, &n);
    damage_shorten(path, bytes, n, expect_refused, NULL);
    free(bytes);
}

/* What no reader looks at (dates, names in front of the data) may change. */
Test(zip, changed_bytes_are_refused_or_change_nothing)
{
    size_t n;
    int unnoticed = 0;
    cr_assert_eq(write_archive(), 0);
    unsigned char *bytes = file_bytes(path, &n);
    damage_flip(path, bytes, n, expect_same_or_refused, &unnoticed);
    cr_expect_lt((size_t)unnoticed, 3 * n * 7 / 8);
    free(bytes);
}

/* Changes bytes of the end record, or of the first record of the directory, and expects the message. */
static void expect_patched(uint32_t signature, size_t offset, size_t width, uint64_t value, const char *why)
{
    size_t n;
    unsigned char mark[4];
    cr_assert_eq(write_archive(), 0);
    unsigned char *bytes = file_bytes(path, &n);
    gan_put_le(mark, 4, signature);
    unsigned char *at = memmem(bytes, n, mark, sizeof mark);
    cr_assert(at);
    gan_put_le(at + offset, width, value);
    put_bytes(path, bytes, n);
    cr_expect_eq(read_archive(), -1, "not: %s", why);
    cr_expect(strstr(gan_error_message(), why), "'%s' for '%s'", gan_error_message(), why);
    free(bytes);
}

Test(zip, absurd_numbers_are_refused)
{
    expect_patched(GAN_ZIP_END, 10, 2, 65535, "its directory is damaged");
    expect_patched(GAN_ZIP_END, 12, 4, 0xfffffff0, "its directory is damaged");
    expect_patched(GAN_ZIP_END, 16, 4, 0xfffffff0, "its directory is damaged");
    expect_patched(GAN_ZIP_CENTRAL, 10, 2, 8, "compressed or encrypted");
    expect_patched(GAN_ZIP_CENTRAL, 8, 2, 1, "compressed or encrypted");
    expect_patched(GAN_ZIP_CENTRAL, 20, 4, 0xfffffff0, "has a damaged size");
    expect_patched(GAN_ZIP_CENTRAL, 24, 4, 1, "has a damaged size");
    expect_patched(GAN_ZIP_CENTRAL, 28, 2, 65535, "its directory is cut off");
    expect_patched(GAN_ZIP_CENTRAL, 42, 4, 0xfffffff0, "the file ends early");
    expect_patched(GAN_ZIP_CENTRAL, 16, 4, 0, "its checksum differs");
}

Test(zip, a_name_that_is_there_twice_is_refused)
{
    gan_zip_writer w;
    cr_assert_eq(gan_zip_create(&w, path), 0);
    for (int i = 0; i < 2; i++) cr_assert_eq(gan_zip_add(&w, "a", "x", 1), 0);
    cr_assert_eq(gan_zip_finish(&w), 0);
    cr_expect_null(gan_zip_open(path));
    cr_expect(strstr(gan_error_message(), "it has 'a' twice"), "%s", gan_error_message());
}

Test(zip, every_allocation_may_fail)
{
    for (uint64_t nth = 1;; nth++) {
        gan_mem_fail_at(nth);
        int failed = write_archive() || read_archive();
        gan_mem_fail_at(0);
        if (!failed) {
            cr_expect_gt(nth, 6);
            break;
        }
        cr_assert_lt(nth, 1000);
    }
}
