/* Metrics against scikit-image (tests/golden/image.py) and values that can be had by hand. */
#include "gan/metrics.h"

#include <math.h>

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
        double psnr, ssim, colourfulness, got;
        cr_assert_eq(sscanf(line, "%63[^,],%63[^,],%lf,%lf,%lf", first, second, &psnr, &ssim, &colourfulness), 5);
        gan_image a = golden_image(first), b = golden_image(second);
        size_t pixels = (size_t)(a.w * a.h);
        cr_assert_float_eq(gan_metric_psnr(a.rgb, b.rgb, pixels), psnr, 1e-6, "%s", second);
        cr_assert_eq(gan_metric_ssim(a.rgb, b.rgb, a.w, a.h, &got), 0);
        cr_assert_float_eq(got, ssim, 1e-6, "%s: %f, not %f", second, got, ssim);
        cr_assert_float_eq(gan_metric_colourfulness(b.rgb, pixels), colourfulness, 1e-6, "%s", second);
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
