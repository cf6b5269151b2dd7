#define _GNU_SOURCE
#include "data/index.h"

#include <fcntl.h>
#include <unistd.h>

#include "gan/error.h"
#include "gan/mem.h"
#include "photos.h"

enum { SIDE = 72, FILES = 4 };

static char folder[PATH_BYTES], path[PATH_BYTES];
static gan_dataset *data;
static struct gan_verdicts written, found;

static const enum gan_verdict truth[FILES] = { GAN_COLOUR, GAN_GRAY, GAN_UNREADABLE, GAN_UNKNOWN };

static void setup(void)
{
    make_folder(folder);
    join(path, folder, "index");
    put_text(folder, "a b.png", "1");
    put_text(folder, "b.png", "22");
    put_text(folder, "c.png", "333");
    put_text(folder, "d.png", "4444");
    data = gan_dataset_open(folder);
    cr_assert(data);
    cr_assert_eq(gan_verdicts_init(&written, data), 0);
    cr_assert_eq(gan_verdicts_init(&found, data), 0);
    for (size_t i = 0; i < FILES; i++) gan_verdict_set(&written, i, truth[i]);
    cr_assert_eq(gan_index_write(path, SIDE, &written), 0, "%s", gan_error_message());
    cr_expect_eq(written.changed, 0);
    warnings = 0;
    gan_log_to(count_warnings);
}

static void teardown(void)
{
    gan_log_to(NULL);
    gan_verdicts_release(&written);
    gan_verdicts_release(&found);
    gan_dataset_free(data);
    remove_folder(folder);
}

TestSuite(index, .init = setup, .fini = teardown);

static void expect_nothing_known(int expected_warnings)
{
    cr_assert_eq(gan_index_read(path, SIDE, &found), 0);
    cr_expect_eq(found.total[GAN_UNKNOWN], FILES);
    for (size_t i = 0; i < FILES; i++) cr_expect_eq(gan_verdict_of(&found, i), GAN_UNKNOWN);
    cr_expect_eq(warnings, expected_warnings);
}

static char *contents(size_t *n)
{
    static char text[4096];
    FILE *f = fopen(path, "rb");
    cr_assert(f);
    *n = fread(text, 1, sizeof text - 1, f);
    text[*n] = '\0';
    fclose(f);
    return text;
}

static void replace(const char *text, size_t n)
{
    FILE *f = fopen(path, "wb");
    cr_assert(f);
    cr_assert_eq(fwrite(text, 1, n, f), n);
    fclose(f);
}

/* A text with the end line that makes it whole. */
static void forge(const char *text)
{
    char whole[1024];
    uint64_t h = 0xcbf29ce484222325u;
    for (const char *at = text; *at; at++) h = (h ^ (uint8_t)*at) * 0x100000001b3u;
    int n = snprintf(whole, sizeof whole, "%send %016llx\n", text, (unsigned long long)h);
    replace(whole, (size_t)n);
}

Test(index, gives_back_what_was_written)
{
    cr_assert_eq(gan_index_read(path, SIDE, &found), 0);
    for (size_t i = 0; i < FILES; i++) cr_expect_eq(gan_verdict_of(&found, i), truth[i]);
    for (int v = 0; v < GAN_NVERDICT; v++) cr_expect_eq(found.total[v], 1);
    cr_expect_eq(found.changed, 0);
    cr_expect_eq(warnings, 0);
}

Test(index, a_missing_index_is_no_matter)
{
    cr_assert_eq(remove(path), 0);
    expect_nothing_known(0);
}

Test(index, another_side_is_another_index)
{
    cr_assert_eq(gan_index_read(path, SIDE + 1, &found), 0);
    cr_expect_eq(found.total[GAN_UNKNOWN], FILES);
    cr_expect_eq(warnings, 0);
}

static void set_time(const char *name, long ns)
{
    char file[PATH_BYTES];
    const struct timespec times[2] = { { .tv_sec = 7, .tv_nsec = ns }, { .tv_sec = 7, .tv_nsec = ns } };
    join(file, folder, name);
    cr_assert_eq(utimensat(AT_FDCWD, file, times, 0), 0);
}

/* Judges the files as they are now, and writes that down. */
static void write_again(void)
{
    gan_verdicts_release(&written);
    cr_assert_eq(gan_verdicts_init(&written, data), 0);
    for (size_t i = 0; i < FILES; i++) gan_verdict_set(&written, i, truth[i]);
    cr_assert_eq(gan_index_write(path, SIDE, &written), 0);
}

Test(index, changed_files_are_judged_anew)
{
    set_time("b.png", 0);
    set_time("c.png", 0);
    write_again();
    set_time("b.png", 1); /* the same size, one nanosecond later */
    put_text(folder, "c.png", "longer");
    set_time("c.png", 0);
    cr_assert_eq(gan_index_read(path, SIDE, &found), 0);
    cr_expect_eq(gan_verdict_of(&found, 0), GAN_COLOUR);
    cr_expect_eq(gan_verdict_of(&found, 1), GAN_UNKNOWN);
    cr_expect_eq(gan_verdict_of(&found, 2), GAN_UNKNOWN);
}

Test(index, files_that_may_not_be_read_today_are_not_remembered)
{
    char file[PATH_BYTES];
    if (!geteuid()) cr_skip("root may read every file");
    join(file, folder, "c.png");
    cr_assert_eq(chmod(file, 0), 0);
    write_again();
    cr_assert_eq(chmod(file, 0600), 0);
    cr_assert_eq(gan_index_read(path, SIDE, &found), 0);
    cr_expect_eq(gan_verdict_of(&found, 2), GAN_UNKNOWN);
}

Test(index, files_come_and_go)
{
    char file[PATH_BYTES];
    join(file, folder, "b.png");
    cr_assert_eq(remove(file), 0);
    put_text(folder, "0.png", "");
    gan_dataset *now = gan_dataset_open(folder);
    struct gan_verdicts v;
    cr_assert(now);
    cr_assert_eq(gan_verdicts_init(&v, now), 0);
    cr_assert_eq(gan_index_read(path, SIDE, &v), 0);
    const enum gan_verdict expected[FILES] = { GAN_UNKNOWN, GAN_COLOUR, GAN_UNREADABLE, GAN_UNKNOWN };
    for (size_t i = 0; i < FILES; i++) cr_expect_eq(gan_verdict_of(&v, i), expected[i]);
    gan_verdicts_release(&v);
    gan_dataset_free(now);
}

/* Whatever byte is damaged and wherever the file ends, nothing of it is believed. */
Test(index, damage_is_found)
{
    char text[4096];
    size_t n;
    memcpy(text, contents(&n), sizeof text);
    int damaged = 0;
    for (size_t i = 0; i < n; i++) {
        text[i] ^= 4;
        replace(text, n);
        text[i] ^= 4;
        expect_nothing_known(++damaged);
    }
    for (size_t length = 0; length < n; length++) {
        replace(text, length);
        expect_nothing_known(++damaged);
    }
    cr_expect(strstr(last_warning, "is damaged"), "%s", last_warning);
}

Test(index, whole_but_senseless_lines_are_damage)
{
    const char *const lines[] = { "",
                                  "colour",
                                  "colour 1",
                                  "colour 1 2",
                                  "unknown 1 2 b.png",
                                  "blue 1 2 b.png",
                                  "gray x 2 b.png",
                                  "gray 1 2x b.png",
                                  "gray  1 b.png",
                                  "gray -1 1 b.png",
                                  "gray 99999999999999999999999 1 b.png" };
    for (int i = 0; i < (int)(sizeof lines / sizeof *lines); i++) {
        char text[256];
        snprintf(text, sizeof text, "gan-index 1 side 72 gray 4\n%s\n", lines[i]);
        forge(text);
        expect_nothing_known(i + 1);
    }
    forge("gan-index 1 side 72 gray 4\ngray 1 1 b.png");
    expect_nothing_known((int)(sizeof lines / sizeof *lines) + 1);
}

Test(index, nothing_is_believed_before_a_senseless_line)
{
    size_t n;
    write_again();
    char *text = contents(&n);
    char *end = strstr(text, "\nend ");
    cr_assert(end);
    snprintf(end, 4096 - n, "\nnonsense\n");
    forge(text);
    expect_nothing_known(1);
}

Test(index, lines_about_other_files_are_no_matter)
{
    forge("gan-index 1 side 72 gray 4\ngray 18446744073709551615 1 b.png\ngray 1 1 nowhere.png\n");
    expect_nothing_known(0);
}

Test(index, folders_and_pipes_are_no_indexes, .timeout = 10)
{
    cr_assert_eq(remove(path), 0);
    cr_assert_eq(mkfifo(path, 0600), 0);
    expect_nothing_known(1);
    cr_assert_eq(remove(path), 0);
    cr_assert_eq(mkdir(path, 0700), 0);
    expect_nothing_known(2);
}

Test(index, what_no_line_can_hold_is_left_out)
{
    char file[PATH_BYTES];
    put_text(folder, "new\nline.png", "1");
    gan_dataset *now = gan_dataset_open(folder);
    struct gan_verdicts v;
    cr_assert(now);
    cr_assert_eq(gan_verdicts_init(&v, now), 0);
    for (size_t i = 0; i <= FILES; i++) gan_verdict_set(&v, i, GAN_GRAY);
    join(file, folder, "b.png");
    cr_assert_eq(remove(file), 0);
    cr_assert_eq(gan_index_write(path, SIDE, &v), 0);
    cr_assert_eq(gan_index_read(path, SIDE, &found), 0);
    cr_expect_eq(found.total[GAN_GRAY], 3);
    cr_expect_eq(gan_verdict_of(&found, 1), GAN_UNKNOWN);
    gan_verdicts_release(&v);
    gan_dataset_free(now);
}

Test(index, an_index_that_cannot_be_written_says_so)
{
    char missing[PATH_BYTES];
    join(missing, folder, "missing/index");
    cr_expect_eq(gan_index_write(missing, SIDE, &written), -1);
    cr_expect(strstr(gan_error_message(), "missing/index"), "%s", gan_error_message());
}

Test(index, survives_every_failing_allocation)
{
    uint64_t n = 0;
    int failed = -1;
    while (failed) {
        gan_mem_fail_at(++n);
        failed = gan_index_write(path, SIDE, &written) || gan_index_read(path, SIDE, &found);
        gan_mem_fail_at(0);
        if (failed) cr_expect(strstr(gan_error_message(), "out of memory"), "%s", gan_error_message());
    }
    cr_expect_gt(n, 2);
    cr_expect_eq(gan_verdict_of(&found, 1), GAN_GRAY);
}
