#include "gan/space.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "gan/colour.h"
#include "gan/rng.h"

enum { STEP = 15, SIDE = 255 / STEP + 1, COLOURS = SIDE * SIDE * SIDE, SPACES = GAN_RGB + 1 };

static void paint(uint8_t *rgb)
{
    for (int i = 0; i < COLOURS; i++) {
        rgb[3 * i] = (uint8_t)(i / SIDE / SIDE * STEP);
        rgb[3 * i + 1] = (uint8_t)(i / SIDE % SIDE * STEP);
        rgb[3 * i + 2] = (uint8_t)(i % SIDE * STEP);
    }
}

static const gan_space *at(int i)
{
    return gan_space_of((enum gan_colour_space)i);
}

Test(space, a_configuration_knows_every_space_by_name_and_planes)
{
    gan_config c;
    for (int i = 0; i < SPACES; i++) {
        char set[64];
        const char *sets[] = { set };
        snprintf(set, sizeof set, "data.colour_space=%s", at(i)->name);
        cr_assert_eq(gan_config_parse(&c, "x", "", 1, sets), 0);
        cr_expect_eq(c.data.colour_space, i);
        cr_expect_eq(gan_config_outputs(&c), at(i)->planes);
    }
}

Test(space, colours_come_back)
{
    static uint8_t rgb[3 * COLOURS], back[3 * COLOURS];
    static float x[COLOURS], y[3 * COLOURS];
    paint(rgb);
    for (int i = 0; i < SPACES; i++) {
        int worst = 0;
        at(i)->split(rgb, COLOURS, x, y);
        at(i)->join(x, y, COLOURS, back);
        for (int k = 0; k < 3 * COLOURS; k++) worst = abs(rgb[k] - back[k]) > worst ? abs(rgb[k] - back[k]) : worst;
        cr_expect_leq(worst, 1, "%s: %d levels", at(i)->name, worst);
    }
}

Test(space, what_networks_see_lies_about_within_one)
{
    static uint8_t rgb[3 * COLOURS];
    static float x[COLOURS], y[3 * COLOURS];
    paint(rgb);
    for (int i = 0; i < SPACES; i++) {
        at(i)->split(rgb, COLOURS, x, y);
        for (int k = 0; k < COLOURS; k++) cr_assert_leq(fabsf(x[k]), 1.0001f);
        for (int k = 0; k < at(i)->planes * COLOURS; k++) cr_assert_leq(fabsf(y[k]), 1.0001f, "%s", at(i)->name);
    }
}

Test(space, parts_may_be_left_out)
{
    enum { N = 1000 };
    static uint8_t rgb[3 * COLOURS];
    static float x[N], y[3 * N], only[3 * N];
    paint(rgb);
    for (int i = 0; i < SPACES; i++) {
        at(i)->split(rgb, N, x, y);
        at(i)->split(rgb, N, only, NULL);
        cr_expect_arr_eq(only, x, sizeof x);
        at(i)->split(rgb, N, NULL, only);
        cr_expect_arr_eq(only, y, (size_t)at(i)->planes * N * sizeof *y);
    }
}

/* A gray photograph must look to the network as a colour photograph's gray does. */
Test(space, grays_have_the_tone_and_no_chroma)
{
    uint8_t rgb[3 * 256];
    float x[256], y[3 * 256];
    for (int v = 0; v < 256; v++) rgb[3 * v] = rgb[3 * v + 1] = rgb[3 * v + 2] = (uint8_t)v;
    for (int i = 0; i < SPACES; i++) {
        at(i)->split(rgb, 256, x, y);
        for (int v = 0; v < 256; v++) cr_expect_float_eq(x[v], at(i)->tone(v / 255.0), 2e-5, "%s %d", at(i)->name, v);
        for (int k = 0; i != GAN_RGB && k < 2 * 256; k++) cr_expect_float_eq(y[k], 0, 2e-5);
    }
}

/* ITU-R BT.601, 2.5 and BT.709, 3.3: E'Pb of red, and the luma of the primaries. */
Test(space, yuv_is_that_of_the_recommendations)
{
    const uint8_t red[] = { 255, 0, 0 };
    float x, y[2];
    at(GAN_YUV601)->split(red, 1, &x, y);
    cr_expect_float_eq(x, 2 * 0.299 - 1, 1e-6);
    cr_expect_float_eq(y[0], 2 * -0.168736, 1e-5);
    cr_expect_float_eq(y[1], 1, 1e-6);
    at(GAN_YUV709)->split(red, 1, &x, y);
    cr_expect_float_eq(x, 2 * 0.2126 - 1, 1e-6);
    cr_expect_float_eq(y[0], 2 * -0.114572, 1e-5);
}

Test(space, hue_is_an_angle)
{
    const uint8_t rgb[] = { 255, 0, 2, 255, 2, 0, 0, 255, 0 };
    float x[3], y[6];
    at(GAN_HSV)->split(rgb, 3, x, y);
    cr_expect_lt(hypotf(y[0] - y[1], y[3] - y[4]), 0.02, "two reds are neighbours");
    cr_expect_float_eq(y[2], cos(2 * acos(-1.0) / 3), 1e-5);
    cr_expect_float_eq(y[5], sin(2 * acos(-1.0) / 3), 1e-5);
}

Test(space, hsv_keeps_the_luma_whatever_the_answer)
{
    enum { N = 5000 };
    static float x[N], y[2 * N], again[N];
    static uint8_t rgb[3 * N];
    gan_rng r = gan_rng_at(1, GAN_STREAM_TEST, 0);
    for (int i = 0; i < N; i++) x[i] = (float)(2 * gan_rng_uniform(r, (uint64_t)i) - 1);
    for (int i = 0; i < 2 * N; i++) y[i] = (float)(2 * gan_rng_uniform(r, (uint64_t)(N + i)) - 1);
    at(GAN_HSV)->join(x, y, N, rgb);
    at(GAN_HSV)->split(rgb, N, again, NULL);
    for (int i = 0; i < N; i++) cr_assert_float_eq(again[i], x[i], 2.0 / 255);
}

Test(space, relighting_gives_the_wanted_luminance)
{
    uint8_t rgb[] = { 120, 100, 90, 20, 40, 30, 200, 180, 210 }, lit[9];
    float x[] = { 0.2f, -0.3f, 0.1f }, got[3], y[6], before[6];
    for (int i = 0; i < 9; i++) lit[i] = rgb[i];
    gan_space_relight(x, 3, lit);
    gan_lab_normalise(rgb, 3, NULL, before);
    gan_lab_normalise(lit, 3, got, y);
    for (int i = 0; i < 3; i++) cr_expect_float_eq(got[i], x[i], 0.01);
    for (int i = 0; i < 6; i++) cr_expect_float_eq(y[i], before[i], 0.02);
}

Test(space, answers_that_are_no_numbers_make_pictures_all_the_same)
{
    const float odd[] = { NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 0 };
    for (int i = 0; i < SPACES; i++)
        for (size_t a = 0; a < 6; a++)
            for (size_t b = 0; b < 6; b++) {
                float x[] = { odd[a] }, y[] = { odd[b], odd[a], odd[b] };
                uint8_t rgb[3];
                at(i)->join(x, y, 1, rgb);
            }
}
