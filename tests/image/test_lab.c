/* CIELAB against the formulas in double, scikit-image (tests/golden/image.py), and itself. */
#include "image/golden.h"

#include <math.h>

#include "gan/colour.h"
#include "gan/parallel.h"

enum { SLICE = 256 * 256 };

struct lab {
    double l, a, b;
};

static double linear(int v)
{
    double x = v / 255.0;
    return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

static double f(double t)
{
    return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

static struct lab by_formula(const uint8_t *rgb)
{
    static double levels[256];
    if (levels[255] == 0)
        for (int v = 0; v < 256; v++) levels[v] = linear(v);
    double r = levels[rgb[0]], g = levels[rgb[1]], b = levels[rgb[2]];
    double x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
    double y = f(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
    double z = f((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
    return (struct lab){ 116 * y - 16, 500 * (x - y), 200 * (y - z) };
}

/* All colours of one red value. */
struct slice {
    uint8_t rgb[3 * SLICE], back[3 * SLICE];
    float l[SLICE], ab[2 * SLICE];
};

static void fill(struct slice *s, int red)
{
    for (int i = 0; i < SLICE; i++) {
        s->rgb[3 * i] = (uint8_t)red;
        s->rgb[3 * i + 1] = (uint8_t)(i / 256);
        s->rgb[3 * i + 2] = (uint8_t)i;
    }
}

static void assert_all_back(const struct slice *s, const char *what)
{
    cr_assert(!memcmp(s->rgb, s->back, sizeof s->rgb), "%s: a colour of red %d does not come back", what, s->rgb[0]);
}

Test(lab, is_within_1e_4_of_the_formulas)
{
    static struct slice s;
    for (int red = 0; red < 256; red += 5) {
        fill(&s, red);
        gan_lab_from_rgb(s.rgb, SLICE, s.l, s.ab, s.ab + SLICE);
        for (int i = 0; i < SLICE; i++) {
            struct lab wanted = by_formula(s.rgb + 3 * i);
            cr_assert(fabs(s.l[i] - wanted.l) < 1e-4 && fabs(s.ab[i] - wanted.a) < 1e-4 &&
                          fabs(s.ab[SLICE + i] - wanted.b) < 1e-4,
                      "%d %d %d: %f %f %f, not %f %f %f", red, i / 256, i % 256, (double)s.l[i], (double)s.ab[i],
                      (double)s.ab[SLICE + i], wanted.l, wanted.a, wanted.b);
        }
    }
}

Test(lab, every_colour_comes_back)
{
    static struct slice s;
    for (int red = 0; red < 256; red++) {
        fill(&s, red);
        gan_lab_from_rgb(s.rgb, SLICE, s.l, s.ab, s.ab + SLICE);
        gan_lab_to_rgb(s.l, s.ab, s.ab + SLICE, SLICE, s.back);
        assert_all_back(&s, "Lab");
        gan_lab_normalise(s.rgb, SLICE, s.l, s.ab);
        gan_lab_restore(s.l, s.ab, SLICE, s.back);
        assert_all_back(&s, "normalised");
    }
}

/* scikit-image's matrix has fewer digits: it gives grays an a of -0.0025 and a b of 0.0047. */
Test(lab, agrees_with_scikit_image)
{
    static const uint8_t levels[] = { 0, 1, 5, 10, 11, 40, 90, 128, 200, 255 };
    enum { N = sizeof levels, COLOURS = N * N * N };
    uint8_t rgb[3 * COLOURS];
    float lab[3][COLOURS], wanted[3 * COLOURS];
    struct bytes golden = golden_bytes("lab.f32");
    cr_assert_eq(golden.n, sizeof wanted);
    memcpy(wanted, golden.at, sizeof wanted);
    for (int i = 0; i < COLOURS; i++) {
        rgb[3 * i] = levels[i / N / N];
        rgb[3 * i + 1] = levels[i / N % N];
        rgb[3 * i + 2] = levels[i % N];
    }
    gan_lab_from_rgb(rgb, COLOURS, lab[0], lab[1], lab[2]);
    for (int i = 0; i < COLOURS; i++)
        for (int c = 0; c < 3; c++) cr_assert_leq(fabsf(lab[c][i] - wanted[3 * i + c]), 0.006f, "colour %d", i);
    free(golden.at);
}

Test(lab, grays_have_no_chroma)
{
    for (int v = 0; v < 256; v++) {
        uint8_t rgb[3] = { (uint8_t)v, (uint8_t)v, (uint8_t)v };
        float l, a, b;
        gan_lab_from_rgb(rgb, 1, &l, &a, &b);
        cr_assert(fabsf(a) < 1e-3f && fabsf(b) < 1e-3f, "%d: %g %g", v, (double)a, (double)b);
    }
}

Test(lab, networks_see_scaled_planes)
{
    static struct slice s, scaled;
    fill(&s, 100);
    gan_lab_from_rgb(s.rgb, SLICE, s.l, s.ab, s.ab + SLICE);
    gan_lab_normalise(s.rgb, SLICE, scaled.l, scaled.ab);
    for (int i = 0; i < SLICE; i++) cr_assert_leq(fabsf(scaled.l[i] - (s.l[i] / 50 - 1)), 1e-6f);
    for (int i = 0; i < 2 * SLICE; i++) cr_assert_leq(fabsf(scaled.ab[i] - s.ab[i] / GAN_AB_RANGE), 1e-6f);
}

Test(lab, planes_that_are_not_wanted_are_left_out)
{
    static struct slice s, all;
    enum { N = 1000 };
    fill(&s, 200);
    gan_lab_from_rgb(s.rgb, N, all.l, all.ab, all.ab + SLICE);
    gan_lab_from_rgb(s.rgb, N, s.l, NULL, NULL);
    gan_lab_from_rgb(s.rgb, N, NULL, s.ab, NULL);
    gan_lab_from_rgb(s.rgb, N, NULL, NULL, s.ab + SLICE);
    cr_assert(!memcmp(s.l, all.l, N * sizeof *s.l) && !memcmp(s.ab, all.ab, N * sizeof *s.ab));
    cr_assert(!memcmp(s.ab + SLICE, all.ab + SLICE, N * sizeof *s.ab));
    gan_lab_normalise(s.rgb, N, s.l, NULL);
    gan_lab_normalise(s.rgb, N, all.l, all.ab);
    cr_assert(!memcmp(s.l, all.l, N * sizeof *s.l));
}

Test(lab, colours_outside_the_gamut_are_clipped)
{
    static const float planes[][6] = { /* L, a, b; R, G, B */
                                       { 100, 0, 0, 255, 255, 255 },
                                       { 0, 0, 0, 0, 0, 0 },
                                       { 150, 0, 0, 255, 255, 255 },
                                       { -20, 0, 0, 0, 0, 0 },
                                       { 50, 500, 0, 255, 0, 117 }
    };
    for (size_t i = 0; i < sizeof planes / sizeof *planes; i++) {
        const float *p = planes[i];
        uint8_t rgb[3];
        gan_lab_to_rgb(p, p + 1, p + 2, 1, rgb);
        for (int c = 0; c < 2; c++) cr_assert_eq(rgb[c], (uint8_t)p[3 + c], "case %zu, channel %d: %d", i, c, rgb[c]);
    }
}

static double f_inverse(double t)
{
    return t > 6.0 / 29 ? t * t * t : (116 * t - 16) * 27 / 24389;
}

/* One channel, 0..255 before rounding, clipped. */
static double encoded(double linear_value)
{
    double v = fmin(fmax(linear_value, 0), 1);
    return 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * pow(v, 1 / 2.4) - 0.055);
}

static void back_by_formula(struct lab c, double rgb[3])
{
    double y = (c.l + 16) / 116, x = 0.95047 * f_inverse(y + c.a / 500), z = 1.08883 * f_inverse(y - c.b / 200);
    y = f_inverse(y);
    rgb[0] = encoded(3.2404542 * x - 1.5371385 * y - 0.4985314 * z);
    rgb[1] = encoded(-0.9692660 * x + 1.8760108 * y + 0.0415560 * z);
    rgb[2] = encoded(0.0556434 * x - 0.2040259 * y + 1.0572252 * z);
}

/* What the networks make lies between the 8-bit colours, and outside them. */
Test(lab, goes_back_to_the_nearest_colour)
{
    enum { N = 200000 };
    gan_rng r = gan_rng_at(2, GAN_STREAM_TEST, 0);
    for (uint64_t i = 0; i < N; i++) {
        float l = (float)(100 * gan_rng_uniform(r, 3 * i)), a = (float)(200 * gan_rng_uniform(r, 3 * i + 1) - 100);
        float b = (float)(200 * gan_rng_uniform(r, 3 * i + 2) - 100);
        double wanted[3];
        uint8_t rgb[3];
        gan_lab_to_rgb(&l, &a, &b, 1, rgb);
        back_by_formula((struct lab){ l, a, b }, wanted);
        for (int c = 0; c < 3; c++)
            cr_assert_leq(fabs(rgb[c] - wanted[c]), 0.501, "%f %f %f, channel %d: %d, not %f", (double)l, (double)a,
                          (double)b, c, rgb[c], wanted[c]);
    }
}

Test(lab, values_that_are_no_numbers_do_no_harm)
{
    static const float odd[] = { NAN, INFINITY, -INFINITY, 1e30f, -1e30f };
    for (int i = 0; i < 125; i++) {
        float l = odd[i % 5], a = odd[i / 5 % 5], b = odd[i / 25];
        uint8_t rgb[4] = { 0, 0, 0, 77 };
        gan_lab_to_rgb(&l, &a, &b, 1, rgb);
        cr_assert_eq(rgb[3], 77);
    }
}

/* Large enough to be dealt out to threads. */
Test(lab, number_of_threads_does_not_matter)
{
    enum { N = 700001 };
    static uint8_t rgb[3 * N], back[3 * N];
    static float one[3 * N], several[3 * N];
    gan_rng r = gan_rng_at(1, GAN_STREAM_TEST, 0);
    for (size_t i = 0; i < sizeof rgb; i++) rgb[i] = (uint8_t)gan_rng_bits(r, i);
    gan_parallel_use(1);
    gan_lab_normalise(rgb, N, one, one + N);
    gan_parallel_use(3);
    gan_lab_normalise(rgb, N, several, several + N);
    cr_assert(!memcmp(one, several, sizeof one));
    gan_lab_restore(several, several + N, N, back);
    cr_assert(!memcmp(rgb, back, sizeof rgb));
}

Test(lab, mean_chroma_tells_gray_from_colour)
{
    static struct slice s;
    fill(&s, 30);
    double sum = 0;
    for (int i = 0; i < 1001; i++) {
        struct lab c = by_formula(s.rgb + 3 * i);
        sum += hypot(c.a, c.b);
    }
    cr_assert_float_eq(gan_lab_mean_chroma(s.rgb, 1001), sum / 1001, 1e-4);
    for (int i = 0; i < 3 * 1001; i++) s.rgb[i] = (uint8_t)(i / 3);
    cr_assert_lt(gan_lab_mean_chroma(s.rgb, 1001), 1e-3);
    cr_assert_eq(gan_lab_mean_chroma(s.rgb, 0), 0);
}
