#include "gan/option.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/edit_distance.h"
#include "base/utf8.h"
#include "gan/error.h"
#include "support/comma.h"

struct sample {
    int64_t whole;
    double real;
    int flag, choice;
    char text[GAN_TEXT_BYTES];
};

static const gan_option rows[] = {
    { "whole", offsetof(struct sample, whole), GAN_INT, 64, -5, 1024, NULL, "" },
    { "real", offsetof(struct sample, real), GAN_FLOAT, 0.5, -1e300, 1e300, NULL, "" },
    { "flag", offsetof(struct sample, flag), GAN_BOOL, 1, 0, 1, NULL, "" },
    { "choice", offsetof(struct sample, choice), GAN_CHOICE, 1, 0, 0, "batch|instance|none", "" },
    { "text", offsetof(struct sample, text), GAN_TEXT, 0, 0, 0, "hello", "" },
    { 0 },
};

static int set(struct sample *s, const char *name, const char *value)
{
    return gan_option_set(gan_option_find(rows, name), s, value);
}

static void expect_value(const struct sample *s, const char *name, const char *value)
{
    char text[GAN_TEXT_BYTES];
    gan_option_get(gan_option_find(rows, name), s, text);
    cr_expect_str_eq(text, value);
}

/* libgan runs in programs that have chosen their user's locale. */
Test(option, numbers_have_a_point_in_every_locale)
{
    struct sample s;
    char text[8];
    if (!set_comma_locale()) cr_skip_test("no locale writes numbers with a comma");
    snprintf(text, sizeof text, "%.1f", 0.5);
    cr_assert_str_eq(text, "0,5");
    cr_expect(!set(&s, "real", "0.25"), "%s", gan_error_message());
    cr_expect_float_eq(s.real, 0.25, 0);
    expect_value(&s, "real", "0.25");
    cr_expect(set(&s, "real", "0,25"));
    snprintf(text, sizeof text, "%.1f", 0.5);
    cr_assert_str_eq(text, "0,5");
}

static void expect_refused(const char *name, const char *value, const char *sentence)
{
    struct sample s, before;
    memset(&s, 0, sizeof s); /* padding and the tails of texts are compared too */
    gan_option_defaults(rows, &s);
    memcpy(&before, &s, sizeof s);
    cr_expect_eq(set(&s, name, value), -1, "%s = '%s'", name, value);
    cr_expect_str_eq(gan_error_message(), sentence);
    cr_expect_eq(memcmp(&s, &before, sizeof s), 0, "a refused value changes nothing");
}

Test(option, defaults)
{
    struct sample s;
    memset(&s, 0xff, sizeof s);
    gan_option_defaults(rows, &s);
    cr_expect_eq(s.whole, 64);
    cr_expect_eq(s.real, 0.5);
    cr_expect_eq(s.flag, 1);
    cr_expect_eq(s.choice, 1);
    cr_expect_str_eq(s.text, "hello");
}

Test(option, set_and_get)
{
    struct sample s;
    gan_option_defaults(rows, &s);
    static const char *const pairs[][2] = {
        { "whole", "-5" },
        { "whole", "1024" },
        { "real", "0.0002" },
        { "real", "100" },
        { "real", "1e-08" },
        { "real", "-1e+300" },
        { "flag", "no" },
        { "flag", "yes" },
        { "choice", "none" },
        { "choice", "instance" },
        { "choice", "batch" },
        { "text", "" },
        { "text", "a = b; c # d \xc3\xa4" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        cr_expect_eq(set(&s, pairs[i][0], pairs[i][1]), 0, "%s", gan_error_message());
        expect_value(&s, pairs[i][0], pairs[i][1]);
    }
    cr_expect_eq(set(&s, "real", "2e-4"), 0);
    cr_expect_eq(s.real, 2e-4);
    cr_expect_eq(set(&s, "whole", "+7"), 0);
    cr_expect_eq(s.whole, 7);
}

Test(option, doubles_read_back_to_the_same_bits)
{
    struct sample s, back;
    gan_option_defaults(rows, &s);
    gan_option_defaults(rows, &back);
    static const double values[] = { 0.1,        1.0 / 3, 2.0 / 3,  -0.0,   0x1p-1074,         0x1.fffffffffffffp-2,
                                     0x1.1p-700, 1e22,    1e23 / 7, 5e-324, 9007199254740993.0 };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[GAN_TEXT_BYTES];
        s.real = values[i];
        gan_option_get(gan_option_find(rows, "real"), &s, text);
        cr_expect_eq(set(&back, "real", text), 0, "%s", gan_error_message());
        cr_expect_eq(memcmp(&s.real, &back.real, sizeof s.real), 0, "%s", text);
    }
}

Test(option, wrong_values_are_refused)
{
    static const char *const not_whole[] = { "",
                                             " 1",
                                             "1 ",
                                             "x",
                                             "1.5",
                                             "1e2",
                                             "0x10",
                                             "-6",
                                             "1025",
                                             "+",
                                             "--1",
                                             "9223372036854775808",
                                             "-99999999999999999999" };
    static const char *const not_real[] = { "",      " 1",    "1 ",    "x",      "nan", "inf", "-inf",
                                            "0x1p3", "1e301", "1e999", "-1e999", "1,5", "1e",  "." };
    for (size_t i = 0; i < sizeof not_whole / sizeof *not_whole; i++) {
        char sentence[256];
        snprintf(sentence, sizeof sentence, "'%s' is not a whole number of -5 to 1024", not_whole[i]);
        expect_refused("whole", not_whole[i], sentence);
    }
    for (size_t i = 0; i < sizeof not_real / sizeof *not_real; i++) {
        char sentence[256];
        snprintf(sentence, sizeof sentence, "'%s' is not a number of -1e+300 to 1e+300", not_real[i]);
        expect_refused("real", not_real[i], sentence);
    }
    expect_refused("flag", "", "'' is not yes or no");
    expect_refused("flag", "Yes", "'Yes' is not yes or no");
    expect_refused("choice", "", "'' is not one of batch|instance|none");
    expect_refused("choice", "batc", "'batc' is not one of batch|instance|none");
    expect_refused("choice", "batch|instance", "'batch|instance' is not one of batch|instance|none");
    expect_refused("text", "a\nb", "'a\nb' holds a control character");
    expect_refused("text", "\x7f", "'\x7f' holds a control character");
    expect_refused("text", "caf\xe9", "'caf\xe9' is not UTF-8");
}

Test(option, texts_have_a_longest_length)
{
    struct sample s;
    char text[GAN_TEXT_BYTES + 1];
    memset(text, 'a', sizeof text);
    text[GAN_TEXT_BYTES - 1] = '\0';
    cr_expect_eq(set(&s, "text", text), 0);
    cr_expect_str_eq(s.text, text);
    text[GAN_TEXT_BYTES - 1] = 'a';
    text[GAN_TEXT_BYTES] = '\0';
    cr_expect_eq(set(&s, "text", text), -1);
    cr_expect(strstr(gan_error_message(), "longer than 1023 bytes"));
}

Test(option, long_wrong_values_make_short_messages)
{
    struct sample s;
    char text[5000];
    memset(text, '1', sizeof text);
    text[sizeof text - 1] = '\0';
    for (const gan_option *row = rows; row->name; row++) {
        cr_expect_eq(gan_option_set(row, &s, text), -1);
        cr_expect_lt(strlen(gan_error_message()), 200);
    }
}

Test(option, nearest_name)
{
    cr_expect_str_eq(gan_option_nearest(rows, "chioce"), "choice");
    cr_expect_str_eq(gan_option_nearest(rows, "TEXT"), "text");
    cr_expect_str_eq(gan_option_nearest(rows, "flags"), "flag");
    cr_expect_null(gan_option_nearest(rows, "learning_rate"));
    cr_expect_null(gan_option_nearest(rows, ""));
    cr_expect_null(gan_option_find(rows, "tex"));
}

Test(option, edit_distance)
{
    static const struct {
        const char *a, *b;
        int distance;
    } cases[] = {
        { "", "", 0 },         { "abc", "", 3 },        { "kitten", "sitting", 3 }, { "filtres", "filters", 1 },
        { "Size", "size", 0 }, { "batch", "bacth", 1 }, { "ca", "abc", 3 },         { "lr", "l1", 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_eq(gan_edit_distance(cases[i].a, cases[i].b), cases[i].distance, "%s", cases[i].a);
        cr_expect_eq(gan_edit_distance(cases[i].b, cases[i].a), cases[i].distance, "%s", cases[i].a);
    }
    char longest[65];
    memset(longest, 'a', sizeof longest);
    longest[64] = '\0';
    cr_expect_eq(gan_edit_distance(longest, "a"), GAN_FAR);
    cr_expect_eq(gan_edit_distance("a", longest), GAN_FAR);
    longest[63] = '\0';
    cr_expect_eq(gan_edit_distance(longest, longest), 0);
}

Test(option, utf8)
{
    static const char *const good[] = { "",
                                        "a",
                                        "\xc2\x80",
                                        "\xdf\xbf",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xef\xbf\xbf",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf" };
    static const char *const bad[] = { "\x80",
                                       "\xc0\x80",
                                       "\xc1\xbf",
                                       "\xc2",
                                       "\xc2\x41",
                                       "\xe0\x9f\x80",
                                       "\xed\xa0\x80",
                                       "\xe2\x82",
                                       "\xf0\x8f\x80\x80",
                                       "\xf4\x90\x80\x80",
                                       "\xf5\x80\x80\x80",
                                       "\xff",
                                       "a\xe9z" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) cr_expect(gan_utf8_valid(good[i]), "good %zu", i);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) cr_expect_not(gan_utf8_valid(bad[i]), "bad %zu", i);
}
