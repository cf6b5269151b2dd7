#include "gan/task.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "data/lines.h"
#include "gan/error.h"
#include "gan/rng.h"

enum { SIDE = 32, PIXELS = SIDE * SIDE };

static gan_task task(const char *text)
{
    gan_config c;
    cr_assert_eq(gan_config_parse(&c, "x", text, 0, NULL), 0, "%s", gan_error_message());
    return gan_task_of(&c);
}

static void fill(uint8_t *rgb, uint64_t number)
{
    gan_rng r = gan_rng_at(number, GAN_STREAM_TEST, 0);
    for (uint64_t i = 0; i < 3 * PIXELS; i++) rgb[i] = (uint8_t)gan_rng_below(r, i, 256);
}

Test(task, channels_follow_from_the_configuration)
{
    static const struct {
        const char *text;
        int inputs, outputs;
    } cases[] = { { "", 1, 2 },
                  { "[data]\nhints = yes", 4, 2 },
                  { "[data]\ncolour_space = rgb", 1, 3 },
                  { "[data]\ncolour_space = rgb\ninput = rgb\nhints = yes", 7, 3 },
                  { "[data]\ncolour_space = rgb\ninput = lines", 1, 3 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gan_task t = task(cases[i].text);
        cr_expect_eq(t.inputs, cases[i].inputs);
        cr_expect_eq(t.outputs, cases[i].outputs);
    }
}

Test(task, keys_that_do_not_go_together_are_errors)
{
    static const char *const bad[] = { "[data]\ninput = lines",
                                       "[data]\ninput = rgb",
                                       "[data]\nlayout = unpaired",
                                       "[data]\nlayout = unpaired\ncolour_space = rgb\nhints = yes",
                                       "[data]\nlayout = folders\ntrain = a",
                                       "[data]\nlayout = folders\nval = a",
                                       "[data]\ndirection = b_to_a",
                                       "[data]\nrestore_luminance = yes",
                                       "[data]\nlayout = halves\n[augment]\njitter = 0.1",
                                       "[data]\ninput = lines\ncolour_space = rgb\n[augment]\nnoise = 0.1" };
    gan_config c;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_eq(gan_config_parse(&c, "x", bad[i], 0, NULL), -1, "%s", bad[i]);
}

Test(task, pairs_show_the_source_and_want_the_target)
{
    static uint8_t source[3 * PIXELS], target[3 * PIXELS];
    static float x[3 * PIXELS], y[3 * PIXELS], expected[3 * PIXELS];
    gan_task t = task("[data]\nlayout = halves\ninput = rgb\ncolour_space = rgb");
    gan_sight s = { target, source, NULL };
    fill(source, 1);
    fill(target, 2);
    gan_task_show(&t, &s, SIDE, SIDE, NULL, x, y);
    t.space->split(source, PIXELS, NULL, expected);
    cr_expect_arr_eq(x, expected, sizeof x);
    t.space->split(target, PIXELS, NULL, expected);
    cr_expect_arr_eq(y, expected, sizeof y);
}

/* What 8 bits cannot tell apart, 16 can. */
Test(task, sixteen_bits_of_gray_reach_the_network)
{
    static uint8_t target[3 * PIXELS];
    static uint16_t deep[PIXELS];
    static float x[PIXELS];
    gan_task t = task("[data]\nlayout = halves\ncolour_space = rgb");
    for (int i = 0; i < PIXELS; i++) deep[i] = (uint16_t)(30000 + i % 200);
    gan_sight s = { target, target, deep };
    gan_task_show(&t, &s, SIDE, SIDE, NULL, x, NULL);
    for (int i = 1; i < 200; i++) cr_expect_gt(x[i], x[i - 1]);
    cr_expect_float_eq(x[0], t.space->tone(30000 / 65535.0), 1e-6);
}

Test(task, lines_are_ink_on_paper)
{
    static uint8_t rgb[3 * PIXELS];
    static float scratch[GAN_LINES_SCRATCH * PIXELS], x[PIXELS];
    memset(rgb, 90, sizeof rgb); /* a flat dark gray is paper: lines are edges, not shades */
    gan_lines_draw(rgb, SIDE, SIDE, scratch, x);
    for (int i = 0; i < PIXELS; i++) cr_assert_float_eq(x[i], 1, 1e-6);
    for (int y = 0; y < SIDE; y++) memset(rgb + 3 * (y * SIDE + SIDE / 2), 200, 3 * SIDE / 2);
    gan_lines_draw(rgb, SIDE, SIDE, scratch, x);
    for (int y = 0; y < SIDE; y++) {
        const float *row = x + y * SIDE;
        float darkest = 1;
        for (int k = SIDE / 2 - 2; k < SIDE / 2 + 2; k++) darkest = fminf(darkest, row[k]);
        cr_expect_lt(darkest, 0, "ink along the edge");
        cr_expect_float_eq(row[2], 1, 1e-6);
        cr_expect_float_eq(row[SIDE - 3], 1, 1e-6);
    }
}

struct hinted {
    float y[2 * PIXELS], out[3 * PIXELS];
};

static void make_chroma(float *y)
{
    for (int i = 0; i < PIXELS; i++) {
        y[i] = (float)(i % SIDE) / SIDE;
        y[PIXELS + i] = -(float)(i / SIDE) / SIDE;
    }
}

static int shown(const struct hinted *h)
{
    int n = 0;
    for (int i = 0; i < PIXELS; i++) n += h->out[2 * PIXELS + i] > 0;
    return n;
}

Test(task, hints_show_the_mean_of_y_where_the_mask_is_set)
{
    static struct hinted h;
    gan_task t = task("[data]\nhints = yes");
    make_chroma(h.y);
    for (uint64_t sample = 0; sample < 50; sample++) {
        gan_task_hint(&t, 3, sample, 5, SIDE, h.y, h.out);
        cr_expect_gt(shown(&h), 0);
        for (int i = 0; i < PIXELS; i++) {
            int set = h.out[2 * PIXELS + i] > 0;
            for (int c = 0; c < 2; c++) {
                float hint = h.out[c * PIXELS + i], truth = h.y[c * PIXELS + i];
                cr_assert_float_eq(hint, set ? truth : 0, set ? 9.0 / SIDE : 0); /* a patch is at most 9 wide */
            }
        }
    }
}

Test(task, more_hints_keep_those_there_were)
{
    static struct hinted few, many;
    gan_task t = task("[data]\nhints = yes");
    make_chroma(few.y);
    gan_task_hint(&t, 3, 8, 3, SIDE, few.y, few.out);
    gan_task_hint(&t, 3, 8, 12, SIDE, few.y, many.out);
    for (int i = 0; i < PIXELS; i++) cr_expect(many.out[2 * PIXELS + i] >= few.out[2 * PIXELS + i]);
    cr_expect_gt(shown(&many), shown(&few));
    gan_task_hint(&t, 3, 8, 0, SIDE, few.y, few.out);
    for (int i = 0; i < 3 * PIXELS; i++) cr_expect_eq(few.out[i], 0);
}

/* Mean of a geometric count with p = 1/8 is 7; one picture of a hundred shows everything. */
Test(task, drawn_hints_are_many_and_few)
{
    enum { SAMPLES = 4000 };
    static struct hinted h;
    int none = 0, all = 0;
    gan_task t = task("[data]\nhints = yes");
    make_chroma(h.y);
    for (uint64_t sample = 0; sample < SAMPLES; sample++) {
        gan_task_hint(&t, 7, sample, GAN_HINTS_DRAWN, SIDE, h.y, h.out);
        none += !shown(&h);
        all += shown(&h) == PIXELS;
    }
    cr_expect_float_eq(none, SAMPLES * 0.99 / 8, 5 * sqrt(SAMPLES / 8.0));
    cr_expect_float_eq(all, SAMPLES * 0.01, 5 * sqrt(SAMPLES * 0.01));
}

Test(task, floors_are_the_source_without_colours)
{
    static uint8_t source[3 * PIXELS], target[3 * PIXELS], out[3 * PIXELS];
    static float x[3 * PIXELS];
    gan_task t = task("[data]\nlayout = halves\ninput = rgb\ncolour_space = rgb"), gray = task("");
    gan_sight s = { target, source, NULL };
    fill(source, 1);
    gan_task_show(&t, &s, SIDE, SIDE, NULL, x, NULL);
    gan_task_floor(&t, &s, x, PIXELS, out);
    cr_expect_arr_eq(out, source, sizeof out);
    s.target = source;
    gan_task_show(&gray, &s, SIDE, SIDE, NULL, x, NULL);
    gan_task_floor(&gray, &s, x, PIXELS, out);
    for (int i = 0; i < PIXELS; i++) cr_expect(out[3 * i] == out[3 * i + 1] && out[3 * i] == out[3 * i + 2]);
}
