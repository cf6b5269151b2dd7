/* Rules: what they do, and what is said about mistakes in them. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gan/classic.h"
#include "gan/colour.h"
#include "gan/error.h"

enum { W = 60, H = 80, N = W * H };

static char path[] = "/tmp/gan-rules-XXXXXX";

static gan_classic *open_rules(const char *text)
{
    char file[sizeof path];
    memcpy(file, path, sizeof path);
    int fd = mkstemp(file);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    gan_classic *c = gan_classic_open("rules", &(gan_classic_opt){ NULL, file });
    unlink(file);
    return c;
}

static void run(const gan_classic *c, float shade, float *y)
{
    float x[N];
    for (int i = 0; i < N; i++) x[i] = shade;
    cr_assert_eq(gan_classic_run(c, W, H, x, NULL, y), 0, "%s", gan_error_message());
}

Test(rules, colours_hold_inside_their_ranges_and_fade_outside)
{
    static float y[2 * N];
    static const uint8_t blue[] = { 0x40, 0x70, 0xc0 };
    float a, b;
    gan_lab_from_rgb(blue, 1, NULL, &a, &b);
    gan_classic *c = open_rules("[sky]\ny = 0 0.5\nbrightness = 40 100\nsoft = 0.3\ncolour = #4070c0\n");
    cr_assert(c, "%s", gan_error_message());
    run(c, 0.5f, y);
    for (int i = 0; i < N / 2; i++) cr_assert_float_eq(110 * y[N + i], b, 1e-3);
    for (int row = 1; row < H; row++) {
        float step = 110 * fabsf(y[N + row * W] - y[N + (row - 1) * W]);
        cr_assert_lt(step, fabsf(b) / 4, "a hard border in row %d", row);
    }
    cr_assert_lt(110 * fabsf(y[2 * N - 1]), 0.1f);
    run(c, -0.9f, y);
    cr_assert_lt(110 * fabsf(y[N]), 0.1f, "black is no sky");
    gan_classic_free(c);
}

Test(rules, where_two_hold_weights_decide)
{
    static float one[2 * N], two[2 * N], both[2 * N];
    gan_classic *c[] = { open_rules("[r]\ncolour = #a04040\n"), open_rules("[b]\ncolour = #4040a0\n"),
                         open_rules("; both\n[r]\ncolour = #a04040\nweight = 3 ; of 4\n\n[b]\ncolour = #4040a0\n") };
    float *y[] = { one, two, both };
    for (int i = 0; i < 3; i++) {
        cr_assert(c[i], "%s", gan_error_message());
        run(c[i], 0, y[i]);
        gan_classic_free(c[i]);
    }
    for (int i = 0; i < 2 * N; i++) cr_assert_float_eq(both[i], 0.75f * one[i] + 0.25f * two[i], 1e-5);
}

Test(rules, built_in_ones_are_those_of_the_file)
{
    static float built[2 * N], file[2 * N];
    gan_classic *a = gan_classic_open("rules", &(gan_classic_opt){ 0 });
    gan_classic *b = gan_classic_open("rules", &(gan_classic_opt){ NULL, GAN_SOURCE_DIR "/configs/rules.ini" });
    cr_assert(a && b, "%s", gan_error_message());
    run(a, 0.4f, built);
    run(b, 0.4f, file);
    cr_assert_eq(memcmp(built, file, sizeof built), 0);
    cr_assert_lt(built[N], -0.05f, "the sky is not blue");
    gan_classic_free(a);
    gan_classic_free(b);
}

Test(rules, mistakes_are_named_with_their_line)
{
    static const struct {
        const char *text, *words;
    } wrong[] = {
        { "", "no rules" },
        { "; nothing\n", "no rules" },
        { "y = 0 1\n", ":1: 'y' stands before any [rule]" },
        { "[sky]\ny = 0 1\n", "rule 'sky' has no colour" },
        { "[sky]\ncolour = blue\n", ":2: 'blue' is no colour" },
        { "[sky]\ncolour = #12345\n", ":2: '#12345' is no colour" },
        { "[sky]\ncolour = #12345g\n", "is no colour" },
        { "[sky]\n\ny = 1 0\n", ":3: '1 0' is no range" },
        { "[sky]\ny = 0\n", "is no range" },
        { "[sky]\ny = 0 1 2\n", "is no range" },
        { "[sky]\ny = nan 1\n", "is no range" },
        { "[sky]\ny = 0 inf\n", "is no range" },
        { "[sky]\nweight = 0\n", "is no number" },
        { "[sky]\nsoft = 1e9\n", "is no number" },
        { "[sky]\nhue = 3\n", ":2: a rule has no 'hue'" },
        { "[sky]\nnonsense\n", ":2: neither" },
        { "[]\ncolour = #123456\n", ":1: the name of a rule" },
        { "[sky\ncolour = #123456\n", ":1: " },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert_null(open_rules(wrong[i].text), "accepted: %s", wrong[i].text);
        cr_assert(strstr(gan_error_message(), wrong[i].words), "'%s' does not say '%s'", gan_error_message(),
                  wrong[i].words);
        cr_assert_null(strchr(gan_error_message(), '\n'));
    }
}

Test(rules, absurd_files_are_refused)
{
    static char text[1 << 17];
    memset(text, 'x', 1000);
    memcpy(text, "[sky]\n", 6);
    cr_assert_null(open_rules(text));
    cr_assert(strstr(gan_error_message(), "longer than"), "%s", gan_error_message());
    memset(text, ';', sizeof text - 1);
    cr_assert_null(open_rules(text));
    cr_assert(strstr(gan_error_message(), "larger than"), "%s", gan_error_message());
    text[0] = '\0';
    for (int i = 0; i < 300; i++) strcat(text, "[a]\ncolour=#123456\n");
    cr_assert_null(open_rules(text));
    cr_assert(strstr(gan_error_message(), "more than 256 rules"), "%s", gan_error_message());
    cr_assert_null(gan_classic_open("rules", &(gan_classic_opt){ NULL, "absent.ini" }));
    cr_assert(strstr(gan_error_message(), "cannot open 'absent.ini'"));
}
