/* Metrics against scikit-image (tests/golden/image.py) and values that can be had by hand. */
#include "gan/metrics.h"

#include <math.h>

#include "gan/colour.h"
#include "gan/mem.h"
#include "image/golden.h"

Test(metrics, agree_with_scikit_image)
{
    char path[PATH_BYTES], line[256], first[64], second[64];
    golden_path(path, "metrics.csv");
    FILE *table = fopen(path, "r");
    cr_assert(table && fgets(line, sizeof line, table));
    int rows = 0;
    for (; fgets(line, sizeof line, table); rows++) {
        double psnr, ssim, colourfulness, delta_e, got;
        cr_assert_eq(
            sscanf(line, "%63[^,],%63[^,],%lf,%lf,%lf,%lf", first, second, &psnr, &ssim, &colourfulness, &delta_e), 6);
        gan_image a = golden_image(first), b = golden_image(second);
        size_t pixels = (size_t)(a.w * a.h);
        cr_assert_float_eq(gan_metric_psnr(a.rgb, b.rgb, pixels), psnr, 1e-6, "%s", second);
        cr_assert_eq(gan_metric_ssim(a.rgb, b.rgb, a.w, a.h, &got), 0);
        cr_assert_float_eq(got, ssim, 1e-6, "%s: %f, not %f", second, got, ssim);
        cr_assert_float_eq(gan_metric_colourfulness(b.rgb, pixels), colourfulness, 1e-6, "%s", second);
        got = gan_metric_delta_e(a.rgb, b.rgb, pixels);
        cr_assert_float_eq(got, delta_e, 1e-4, "%s: %f, not %f", second, got, delta_e);
        gan_image_release(&a);
        gan_image_release(&b);
    }
    cr_assert_geq(rows, 4);
    fclose(table);
}

Test(psnr, known_values)
{
    uint8_t black[12] = { 0 }, white[12], one[12] = { [5] = 1 };
    memset(white, 255, sizeof white);
    cr_assert_eq(gan_metric_psnr(black, black, 4), 100);
    cr_assert_float_eq(gan_metric_psnr(black, white, 4), 0, 1e-12);
    cr_assert_float_eq(gan_metric_psnr(black, one, 4), 10 * log10(255.0 * 255 * 12), 1e-12);
}

Test(ssim, is_1_on_equal_pictures_and_symmetric)
{
    gan_image a = golden_image("source.png"), b = golden_image("jpeg/gray.png");
    double same, there, back;
    cr_assert_eq(gan_metric_ssim(a.rgb, a.rgb, a.w, a.h, &same), 0);
    cr_assert_eq(gan_metric_ssim(a.rgb, b.rgb, a.w, a.h, &there), 0);
    cr_assert_eq(gan_metric_ssim(b.rgb, a.rgb, a.w, a.h, &back), 0);
    cr_assert_float_eq(same, 1, 1e-12);
    cr_assert_float_eq(there, back, 1e-12);
    gan_image_release(&a);
    gan_image_release(&b);
}

/* Flat pictures differ in their means alone: (2 x y + c1) / (x x + y y + c1). */
Test(ssim, of_flat_pictures_by_hand)
{
    uint8_t a[3 * 11 * 12], b[sizeof a];
    double got, c1 = 0.01 * 255 * 0.01 * 255;
    memset(a, 100, sizeof a);
    memset(b, 150, sizeof b);
    cr_assert_eq(gan_metric_ssim(a, b, 11, 12, &got), 0);
    cr_assert_float_eq(got, (2.0 * 100 * 150 + c1) / (100.0 * 100 + 150.0 * 150 + c1), 1e-9);
}

Test(ssim, is_no_number_on_pictures_smaller_than_its_window)
{
    uint8_t rgb[3 * 11 * 11] = { 0 };
    double got = 0;
    cr_assert_eq(gan_metric_ssim(rgb, rgb, 10, 11, &got), 0);
    cr_assert(isnan(got));
    cr_assert_eq(gan_metric_ssim(rgb, rgb, 11, 10, &got), 0);
    cr_assert(isnan(got));
    cr_assert_eq(gan_metric_ssim(rgb, rgb, 11, 11, &got), 0);
    cr_assert_float_eq(got, 1, 1e-12);
}

Test(ssim, lack_of_memory_is_an_error)
{
    uint8_t rgb[3 * 11 * 11] = { 0 };
    double got;
    gan_mem_fail_at(1);
    cr_assert_eq(gan_metric_ssim(rgb, rgb, 11, 11, &got), -1);
    gan_mem_fail_at(0);
    cr_assert(strstr(gan_error_message(), "out of memory"));
}

/* Half red, half green: rg is 255 and -255, yb is 127.5 throughout. */
Test(colourfulness, by_hand)
{
    static const uint8_t rgb[] = { 255, 0, 0, 0, 255, 0 }, gray[] = { 9, 9, 9, 200, 200, 200 };
    cr_assert_float_eq(gan_metric_colourfulness(rgb, 2), 255 + 0.3 * 127.5, 1e-9);
    cr_assert_eq(gan_metric_colourfulness(gray, 2), 0);
    cr_assert_eq(gan_metric_colourfulness(rgb, 0), 0);
}

/* The pairs of Sharma, Wu and Dalal 2005, table 1: they try every branch of the formula. */
Test(delta_e, pairs_of_the_paper)
{
    static const double pairs[][7] = {
        { 50, 2.6772, -79.7751, 50, 0, -82.7485, 2.0425 },
        { 50, 3.1571, -77.2803, 50, 0, -82.7485, 2.8615 },
        { 50, 2.8361, -74.0200, 50, 0, -82.7485, 3.4412 },
        { 50, -1.3802, -84.2814, 50, 0, -82.7485, 1.0000 },
        { 50, -1.1848, -84.8006, 50, 0, -82.7485, 1.0000 },
        { 50, -0.9009, -85.5211, 50, 0, -82.7485, 1.0000 },
        { 50, 0, 0, 50, -1, 2, 2.3669 },
        { 50, -1, 2, 50, 0, 0, 2.3669 },
        { 50, 2.4900, -0.0010, 50, -2.4900, 0.0009, 7.1792 },
        { 50, 2.4900, -0.0010, 50, -2.4900, 0.0010, 7.1792 },
        { 50, 2.4900, -0.0010, 50, -2.4900, 0.0011, 7.2195 },
        { 50, 2.4900, -0.0010, 50, -2.4900, 0.0012, 7.2195 },
        { 50, -0.0010, 2.4900, 50, 0.0009, -2.4900, 4.8045 },
        { 50, -0.0010, 2.4900, 50, 0.0010, -2.4900, 4.8045 },
        { 50, -0.0010, 2.4900, 50, 0.0011, -2.4900, 4.7461 },
        { 50, 2.5, 0, 50, 0, -2.5, 4.3065 },
        { 50, 2.5, 0, 73, 25, -18, 27.1492 },
        { 50, 2.5, 0, 61, -5, 29, 22.8977 },
        { 50, 2.5, 0, 56, -27, -3, 31.9030 },
        { 50, 2.5, 0, 58, 24, 15, 19.4535 },
        { 50, 2.5, 0, 50, 3.1736, 0.5854, 1.0000 },
        { 50, 2.5, 0, 50, 3.2972, 0, 1.0000 },
        { 50, 2.5, 0, 50, 1.8634, 0.5757, 1.0000 },
        { 50, 2.5, 0, 50, 3.2592, 0.3350, 1.0000 },
        { 60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644 },
        { 63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630 },
        { 61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731 },
        { 35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645 },
        { 22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373 },
        { 36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146 },
        { 90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441 },
        { 90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381 },
        { 6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377 },
        { 2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082 },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const double *p = pairs[i];
        cr_assert_float_eq(gan_delta_e2000(p, p + 3), p[6], 5e-5 + 1e-9, "pair %zu: %.5f", i + 1,
                           gan_delta_e2000(p, p + 3));
        cr_assert_float_eq(gan_delta_e2000(p, p + 3), gan_delta_e2000(p + 3, p), 1e-9, "pair %zu", i + 1);
    }
}

Test(ab_intersection, by_hand)
{
    static const uint8_t red[] = { 255, 0, 0, 255, 0, 0 }, half[] = { 255, 0, 0, 0, 0, 255 };
    gan_ab_histogram a = { 0 }, b = { 0 }, none = { 0 };
    gan_ab_histogram_add(&a, red, 2);
    gan_ab_histogram_add(&b, half, 2);
    cr_assert_float_eq(gan_ab_intersection(&a, &a), 1, 1e-12);
    cr_assert_float_eq(gan_ab_intersection(&a, &b), 0.5, 1e-12);
    gan_ab_histogram_add(&b, red, 2); /* shares are compared, not counts */
    cr_assert_float_eq(gan_ab_intersection(&b, &a), 0.75, 1e-12);
    cr_assert_eq(gan_ab_intersection(&a, &none), 0);
}

/* a + ib of red, and that times i: the hue has turned by 90 degrees, whatever the luminance. */
Test(hue_drift, by_hand)
{
    const float l[] = { 50, 50, 50, 50 }, a[] = { 30, 0, -20, 0 }, b[] = { 0, 30, 0, 0 };
    uint8_t first[12], turned[12], gray[12];
    const float turned_a[] = { 0, -30, 0, 0 }, turned_b[] = { 30, 0, -20, 0 }, none[4] = { 0 };
    gan_lab_to_rgb(l, a, b, 4, first);
    gan_lab_to_rgb(l, turned_a, turned_b, 4, turned);
    gan_lab_to_rgb(l, none, none, 4, gray);
    cr_assert_float_eq(gan_metric_hue_drift(first, turned, 4), 90, 1.5, "%f", gan_metric_hue_drift(first, turned, 4));
    cr_assert_float_eq(gan_metric_hue_drift(first, first, 4), 0, 1e-9);
    cr_assert(isnan(gan_metric_hue_drift(first, gray, 4)));
}
