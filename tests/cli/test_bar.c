/* The command line is no part of the library, so its source is included. */
#include "cli/bar.c"

#include <criterion/criterion.h>

static double now_s;

static double clock_of_test(void)
{
    return now_s;
}

/* What was printed since the last call. */
static const char *printed(gan_bar *b)
{
    static char text[8192];
    rewind(b->out);
    text[fread(text, 1, sizeof text - 1, b->out)] = '\0';
    rewind(b->out);
    cr_assert_eq(ftruncate(fileno(b->out), 0), 0);
    return text;
}

static void start(gan_bar *b, int terminal, int width)
{
    gan_bar_init(b, tmpfile());
    b->clock_s = clock_of_test;
    b->terminal = terminal;
    b->width = width;
    now_s = 1000;
}

static void report(gan_bar *b, double at_s, uint64_t done, uint64_t total, const char *text)
{
    now_s = at_s;
    gan_bar_show(b, &(gan_progress){ .task = "epoch 3/12", .text = text, .done = done, .total = total });
}

Test(bar, a_file_is_no_terminal)
{
    gan_bar b;
    gan_bar_init(&b, tmpfile());
    cr_expect_not(b.terminal);
    fclose(b.out);
}

Test(bar, one_line_on_a_terminal)
{
    gan_bar b;
    start(&b, 1, 100);
    report(&b, 1000, 0, 100, "12 images/s");
    cr_expect_str_eq(printed(&b), "\r\033[Kepoch 3/12  [---------------------]   0%  12 images/s  -:--:-- left");
    report(&b, 1010, 50, 100, "12 images/s");
    cr_expect_str_eq(printed(&b), "\r\033[Kepoch 3/12  [##########-----------]  50%  12 images/s  0:00:10 left");
    report(&b, 1020, 100, 100, "");
    cr_expect_str_eq(printed(&b), "\r\033[Kepoch 3/12  [#####################] 100%  0:00:00 left");
    gan_bar_finish(&b);
    cr_expect_str_eq(printed(&b), "\r\033[K");
    fclose(b.out);
}

Test(bar, at_most_ten_times_a_second)
{
    gan_bar b;
    int lines = 0;
    start(&b, 1, 100);
    for (int i = 0; i < 1000; i++) {
        report(&b, 1000 + 0.001 * i, (uint64_t)i, 1000, "");
        lines += *printed(&b) != '\0';
    }
    cr_expect_leq(lines, 10);
    cr_expect_geq(lines, 9);
    fclose(b.out);
}

Test(bar, narrow_terminals_lose_the_bar_and_then_figures_but_not_the_time_left)
{
    static const struct {
        int width;
        const char *line;
    } cases[] = {
        { 63, "epoch 3/12  [##---]  50%  12 images/s  g_l1 0.05  0:00:10 left" },
        { 56, "epoch 3/12   50%  12 images/s  g_l1 0.05  0:00:10 left" },
        { 47, "epoch 3/12   50%  12 images/s  g  0:00:10 left" },
        { 33, "epoch 3/12   50%  0:00:10 left" },
        { 12, "epoch 3/12 " },
        { 1, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gan_bar b;
        start(&b, 1, cases[i].width);
        report(&b, 1000, 0, 100, "");
        report(&b, 1010, 50, 100, "12 images/s  g_l1 0.05");
        printed(&b);
        cr_expect_leq((int)strlen(b.line), cases[i].width - 1);
        cr_expect_str_eq(b.line, cases[i].line);
        fclose(b.out);
    }
}

Test(bar, any_width_and_any_length_of_text)
{
    char text[2000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    for (int width = 1; width < 700; width += 3) {
        gan_bar b;
        start(&b, 1, width);
        report(&b, 1000, 7, 100, text);
        cr_expect_lt((int)strlen(b.line), width);
        b.terminal = 0;
        report(&b, 1100, 200, 100, text);
        cr_expect_lt(strlen(b.line), sizeof b.line);
        fclose(b.out);
    }
}

Test(bar, plain_lines_elsewhere)
{
    gan_bar b;
    start(&b, 0, 0);
    report(&b, 1000, 0, 100, "");
    cr_expect_str_eq(printed(&b), "epoch 3/12    0%  -:--:-- left\n");
    report(&b, 1009, 45, 100, "");
    cr_expect_str_eq(printed(&b), "");
    report(&b, 1010, 50, 100, "d 0.6");
    cr_expect_str_eq(printed(&b), "epoch 3/12   50%  d 0.6  0:00:10 left\n");
    report(&b, 1015, 100, 100, "d 0.5");
    cr_expect_str_eq(printed(&b), "");
    gan_bar_finish(&b);
    cr_expect(strstr(printed(&b), "epoch 3/12  100%  d 0.5  0:00:00 left\n"), "the end is told");
    gan_bar_finish(&b);
    cr_expect_str_eq(printed(&b), "", "but once");
    fclose(b.out);
}

Test(bar, an_unknown_total_is_counted)
{
    gan_bar b;
    start(&b, 1, 80);
    report(&b, 1000, 1234, 0, "2 unreadable");
    cr_expect_str_eq(printed(&b), "\r\033[Kepoch 3/12  1234  2 unreadable");
    fclose(b.out);
}

Test(bar, clearing_is_silent_elsewhere)
{
    gan_bar b;
    start(&b, 0, 0);
    gan_bar_clear(&b);
    cr_expect_str_eq(printed(&b), "");
    b.terminal = 1;
    gan_bar_clear(&b);
    cr_expect_str_eq(printed(&b), "\r\033[K");
    fclose(b.out);
}
