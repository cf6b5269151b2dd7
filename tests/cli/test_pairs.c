/* Where gan colorize writes what, and what it refuses to overwrite. */
#define _GNU_SOURCE
#include "cli/pairs.h"

#include <unistd.h>

#include "data/photos.h"
#include "gan/error.h"
#include "gan/mem.h"

static char folder[PATH_BYTES], before[PATH_BYTES];

/* in/a.png in/b.JPG in/sub/a.png in/sub/deep/c.jpeg in/text.txt, and the tests are inside the folder. */
static void setup(void)
{
    make_folder(folder);
    cr_assert(getcwd(before, sizeof before));
    cr_assert_eq(chdir(folder), 0);
    make_subfolder(".", "in");
    make_subfolder("in", "sub");
    make_subfolder("in/sub", "deep");
    static const char *const files[] = { "a.png", "b.JPG", "sub/a.png", "sub/deep/c.jpeg", "text.txt" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) put_text("in", files[i], "x");
}

static void teardown(void)
{
    gan_mem_fail_at(0);
    cr_assert_eq(chdir(before), 0);
    remove_folder(folder);
}

TestSuite(pairs, .init = setup, .fini = teardown);

/* Up to three inputs; NULL ends them. */
static int make(gan_pairs *p, const char *a, const char *b, const char *c, const char *output)
{
    char text[3][64], *inputs[3];
    const char *const given[] = { a, b, c };
    int n = 0;
    for (; n < 3 && given[n]; n++) {
        snprintf(text[n], sizeof text[n], "%s", given[n]);
        inputs[n] = text[n];
    }
    *p = (gan_pairs){ 0 };
    return gan_pairs_make(p, n, inputs, output);
}

static void expect(const gan_pairs *p, size_t i, const char *in, const char *out)
{
    cr_assert_lt(i, p->count);
    cr_assert_str_eq(p->item[i].in, in);
    cr_assert_str_eq(p->item[i].out, out);
}

static void expect_one(const char *in, const char *output, const char *out, int into_folder)
{
    gan_pairs p;
    cr_assert_eq(make(&p, in, NULL, NULL, output), 0, "%s", gan_error_message());
    cr_assert_eq(p.count, 1);
    expect(&p, 0, in, out);
    cr_assert_eq(p.into_folder, into_folder);
    gan_pairs_release(&p);
}

Test(pairs, one_file)
{
    make_subfolder(".", "out");
    expect_one("in/a.png", "b.png", "b.png", 0);
    expect_one("in/a.png", "b.jpg", "b.jpg", 0);
    expect_one("in/a.png", "out", "out/a.png", 1);
    expect_one("in/a.png", "out/", "out/a.png", 1);
    expect_one("in/a.png", "new/", "new/a.png", 1);
    expect_one("in/text.txt", "out", "out/text.txt.png", 1);
    expect_one("absent.png", "out", "out/absent.png", 1);
    expect_one("in/a.png", "/", "//a.png", 1);
}

Test(pairs, a_folder_keeps_its_structure)
{
    static const char *const spelled[] = { "in", "in/", "in//" };
    for (size_t i = 0; i < 3; i++) {
        gan_pairs p;
        cr_assert_eq(make(&p, spelled[i], NULL, NULL, "out"), 0);
        cr_assert_eq(p.count, 4);
        expect(&p, 0, "in/a.png", "out/a.png");
        expect(&p, 1, "in/b.JPG", "out/b.JPG");
        expect(&p, 2, "in/sub/a.png", "out/sub/a.png");
        expect(&p, 3, "in/sub/deep/c.jpeg", "out/sub/deep/c.jpeg");
        cr_assert(p.into_folder && !p.unusable);
        gan_pairs_release(&p);
    }
}

Test(pairs, many_inputs_go_into_a_folder)
{
    gan_pairs p;
    cr_assert_eq(make(&p, "in/a.png", "in/sub/deep", "in/b.JPG", "out"), 0);
    cr_assert_eq(p.count, 3);
    expect(&p, 0, "in/a.png", "out/a.png");
    expect(&p, 1, "in/sub/deep/c.jpeg", "out/c.jpeg");
    expect(&p, 2, "in/b.JPG", "out/b.JPG");
    gan_pairs_release(&p);
}

static void expect_error(const char *a, const char *b, const char *output, const char *why)
{
    gan_pairs p;
    cr_assert_eq(make(&p, a, b, NULL, output), -1, "%s", output);
    cr_assert(strstr(gan_error_message(), why), "%s", gan_error_message());
    gan_pairs_release(&p);
}

Test(pairs, one_output_for_two_inputs_is_an_error)
{
    expect_error("in/a.png", "in/sub/a.png", "out",
                 "'in/a.png' and 'in/sub/a.png' would both be written to 'out/a.png'");
    expect_error("in/a.png", "in/a.png", "out", "both");
    expect_error("in", "in/sub", "out", "both");
}

Test(pairs, an_input_is_never_overwritten)
{
    expect_error("in/a.png", NULL, "in/a.png", "'in/a.png' would overwrite an input");
    expect_error("in/a.png", NULL, "in", "overwrite");
    expect_error("in/a.png", NULL, "in/sub/../a.png", "overwrite");
    expect_error("in", NULL, "in", "overwrite");
    expect_error("in", NULL, "./in/sub/..", "overwrite");
    cr_assert_eq(symlink("in/a.png", "link.png"), 0);
    expect_error("in/a.png", NULL, "link.png", "overwrite");
    cr_assert_eq(link("in/a.png", "twin.png"), 0);
    expect_error("in/a.png", NULL, "twin.png", "overwrite");
    expect_error("twin.png", "in/b.JPG", "in", "overwrite");
}

Test(pairs, a_name_that_cannot_be_written_is_an_error)
{
    expect_error("in/a.png", NULL, "out.gif", "cannot write 'out.gif'");
    expect_error("in/a.png", NULL, "out", "cannot write 'out'");
    expect_error("in/a.png", NULL, "", "cannot write ''");
}

Test(pairs, folders_without_pictures_are_warned_of)
{
    gan_pairs p;
    make_subfolder(".", "empty");
    gan_log_to(count_warnings);
    cr_assert_eq(make(&p, "empty", "in/a.png", NULL, "out"), 0);
    cr_assert_eq(p.count, 1);
    cr_assert_eq(p.unusable, 1);
    cr_assert_eq(warnings, 1);
    cr_assert_str_eq(last_warning, "no PNG or JPEG files in 'empty'");
    gan_pairs_release(&p);
}

Test(pairs, lack_of_memory_anywhere_is_an_error)
{
    gan_pairs p;
    int failed = -1;
    uint64_t n = 0;
    gan_log_to(count_warnings);
    while (failed) {
        gan_mem_fail_at(++n);
        failed = make(&p, "in", NULL, NULL, "out");
        gan_mem_fail_at(0);
        cr_assert(!failed || strstr(gan_error_message(), "out of memory"), "%s", gan_error_message());
        cr_assert(failed || p.count == 4);
        gan_pairs_release(&p);
    }
    cr_assert_gt(n, 8);
    cr_assert_eq(warnings, 0);
}
