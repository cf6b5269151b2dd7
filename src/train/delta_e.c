/* CIEDE2000 by Sharma, Wu and Dalal 2005, "The CIEDE2000 color-difference formula: implementation notes", whose numbers
 * of equations are given below. */
#include <math.h>

#include "gan/colour.h"
#include "gan/metrics.h"
#include "gan/parallel.h"

#define RADIANS (3.14159265358979323846 / 180)

static double power7(double v)
{
    double cube = v * v * v;
    return cube * cube * v;
}

/* The share of a chroma to the 7th power that makes blue turn and gray stretch. */
static double steep(double chroma)
{
    const double power25 = 6103515625.0;
    return sqrt(power7(chroma) / (power7(chroma) + power25));
}

/* Degrees, 0 to 360; 0 for gray (7). */
static double hue(double a, double b)
{
    double h = a != 0 || b != 0 ? atan2(b, a) / RADIANS : 0;
    return h < 0 ? h + 360 : h;
}

/* Of two hues, the difference the short way round (10) and the mean (14). */
static double hue_difference(double first, double second)
{
    double d = second - first;
    return d > 180 ? d - 360 : d < -180 ? d + 360 : d;
}

static double mean_hue(double first, double second)
{
    double sum = first + second;
    if (fabs(first - second) <= 180) return sum / 2;
    return sum < 360 ? (sum + 360) / 2 : (sum - 360) / 2;
}

/* A hue's weight (15). */
static double hue_weight(double h)
{
    return 1 - 0.17 * cos((h - 30) * RADIANS) + 0.24 * cos(2 * h * RADIANS) + 0.32 * cos((3 * h + 6) * RADIANS) -
           0.20 * cos((4 * h - 63) * RADIANS);
}

double gan_delta_e2000(const double first[3], const double second[3])
{
    double stretch = 1.5 - 0.5 * steep((hypot(first[1], first[2]) + hypot(second[1], second[2])) / 2); /* (4) */
    double a1 = stretch * first[1], a2 = stretch * second[1];
    double c1 = hypot(a1, first[2]), c2 = hypot(a2, second[2]);
    double h1 = hue(a1, first[2]), h2 = hue(a2, second[2]);

    int gray = c1 * c2 == 0;
    double dl = second[0] - first[0], dc = c2 - c1;
    double dh = gray ? 0 : 2 * sqrt(c1 * c2) * sin(hue_difference(h1, h2) / 2 * RADIANS); /* (11) */

    double c = (c1 + c2) / 2, h = gray ? h1 + h2 : mean_hue(h1, h2);
    double off = (first[0] + second[0]) / 2 - 50, bump = (h - 275) / 25;
    double by_l = dl / (1 + 0.015 * off * off / sqrt(20 + off * off));   /* (18) */
    double by_c = dc / (1 + 0.045 * c);                                  /* (19) */
    double by_h = dh / (1 + 0.015 * c * hue_weight(h));                  /* (20) */
    double turn = -2 * steep(c) * sin(60 * exp(-bump * bump) * RADIANS); /* (16), (17), (21) */
    return sqrt(fmax(by_l * by_l + by_c * by_c + by_h * by_h + turn * by_c * by_h, 0));
}

struct pictures {
    const uint8_t *a, *b;
    double linear[256]; /* of a sample */
};

/* In double, since the hue of a gray that is not quite gray would count. */
static void to_lab(const struct pictures *p, const uint8_t *rgb, double lab[3])
{
    double linear[] = { p->linear[rgb[0]], p->linear[rgb[1]], p->linear[rgb[2]] }, xyz[3];
    gan_xyz_from_linear(linear, xyz);
    for (int i = 0; i < 3; i++) xyz[i] = gan_cie_f(xyz[i]);
    lab[0] = 116 * xyz[1] - 16;
    lab[1] = 500 * (xyz[0] - xyz[1]);
    lab[2] = 200 * (xyz[1] - xyz[2]);
}

static double sum_pixels(void *ctx, size_t begin, size_t end)
{
    const struct pictures *p = ctx;
    double sum = 0, first[3], second[3];
    for (size_t i = begin; i < end; i++) {
        to_lab(p, p->a + 3 * i, first);
        to_lab(p, p->b + 3 * i, second);
        sum += gan_delta_e2000(first, second);
    }
    return sum;
}

double gan_metric_delta_e(const uint8_t *a, const uint8_t *b, size_t pixels)
{
    struct pictures p = { .a = a, .b = b };
    for (int v = 0; v < 256; v++) p.linear[v] = gan_srgb_linear(v / 255.0);
    return pixels ? gan_parallel_sum(pixels, sum_pixels, &p) / (double)pixels : 0;
}
