/* Reference kernels on inputs small enough to work out by hand, and the identities that tie them together. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "ref/check.h"
#include "ref/ref.h"

static void expect_all(const char *what, size_t n, const double *got, const double *expected)
{
    for (size_t i = 0; i < n; i++)
        cr_expect(fabs(got[i] - expected[i]) < 1e-12, "%s: element %d is %.15g, not %.15g", what, (int)i, got[i],
                  expected[i]);
}

#define EXPECT(got, ...) expect_all(#got, sizeof(got) / sizeof *(got), got, (double[]){ __VA_ARGS__ })

Test(known, conv)
{
    const double src[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, weights[] = { 1, 2, 3, 4 }, bias[] = { 100 };
    struct ref_conv o = { { 1, 1, 3, 3 }, .oc = 1, .k = 2, .stride = 1, .pad = 0 };
    double plain[4], padded[4];
    ref_conv_fwd(&o, src, weights, bias, plain);
    EXPECT(plain, 137, 147, 167, 177); /* 1 + 2*2 + 3*4 + 4*5 + 100, ...: not mirrored */
    o.pad = 1;
    o.stride = 2;
    ref_conv_fwd(&o, src, weights, NULL, padded);
    EXPECT(padded, 4 * 1, 3 * 2 + 4 * 3, 2 * 4 + 4 * 7, 1 * 5 + 2 * 6 + 3 * 8 + 4 * 9);
}

Test(known, conv_weights_are_out_in)
{
    const double src[] = { 1, 10 }, weights[] = { 1, 2, 3, 4 }; /* two channels of one pixel */
    struct ref_conv o = { { 1, 2, 1, 1 }, .oc = 2, .k = 1, .stride = 1, .pad = 0 };
    double dst[2];
    ref_conv_fwd(&o, src, weights, NULL, dst);
    EXPECT(dst, 21, 43);
}

Test(known, deconv)
{
    const double src[] = { 1, 2 }, weights[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, bias[] = { 100 };
    struct ref_deconv o = { { 1, 1, 1, 2 }, .oc = 1, .k = 3, .stride = 2, .pad = 0 };
    double plain[15], cropped[8];
    ref_deconv_fwd(&o, src, weights, NULL, plain);
    EXPECT(plain, 1, 2, 3 + 2, 4, 6, 4, 5, 6 + 8, 10, 12, 7, 8, 9 + 14, 16, 18);
    o.pad = o.output_pad = 1;
    ref_deconv_fwd(&o, src, weights, bias, cropped);
    EXPECT(cropped, 105, 114, 110, 112, 108, 123, 116, 118);
}

Test(known, deconv_weights_are_in_out)
{
    const double src[] = { 1, 10 }, weights[] = { 1, 2, 3, 4 };
    struct ref_deconv o = { { 1, 2, 1, 1 }, .oc = 2, .k = 1, .stride = 1, .pad = 0 };
    double dst[2];
    ref_deconv_fwd(&o, src, weights, NULL, dst);
    EXPECT(dst, 31, 42);
}

/* <conv(x), y> = <x, deconv(y)> with one array of weights: (out, in) of the one is (in, out) of the other. */
Test(known, deconv_is_the_transpose_of_conv)
{
    struct ref_conv o = { { 2, 3, 8, 6 }, .oc = 4, .k = 3, .stride = 2, .pad = 1 };
    struct ref_deconv back = { ref_conv_dst(&o), .oc = 3, .k = 3, .stride = 2, .pad = 1, .output_pad = 1 };
    double x[2 * 3 * 8 * 6], y[2 * 4 * 4 * 3], weights[4 * 3 * 9], conv[2 * 4 * 4 * 3], deconv[2 * 3 * 8 * 6];
    cr_assert(ref_count(ref_conv_dst(&o)) == sizeof y / sizeof *y);
    cr_assert(ref_count(ref_deconv_dst(&back)) == sizeof x / sizeof *x);
    check_numbers(1, sizeof x / sizeof *x, x);
    check_numbers(2, sizeof y / sizeof *y, y);
    check_numbers(3, sizeof weights / sizeof *weights, weights);
    ref_conv_fwd(&o, x, weights, NULL, conv);
    ref_deconv_fwd(&back, y, weights, NULL, deconv);
    double left = 0, right = 0;
    for (size_t i = 0; i < sizeof y / sizeof *y; i++) left += conv[i] * y[i];
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) right += deconv[i] * x[i];
    cr_expect(fabs(left - right) < 1e-10 && fabs(left) > 1, "%g and %g", left, right);
}

/* Mean 2.5, biased variance 1.25, unbiased 5/3. */
static const double ramp[] = { 1, 2, 3, 4 };

Test(known, norm)
{
    struct ref_norm o = { { 1, 1, 2, 2 }, .groups = 1, .eps = 0.75 };
    double plain[4], affine[4];
    ref_norm_fwd(&o, ramp, NULL, NULL, plain);
    EXPECT(plain, -1.5 / sqrt(2), -0.5 / sqrt(2), 0.5 / sqrt(2), 1.5 / sqrt(2));
    ref_norm_fwd(&o, ramp, (double[]){ 2 * sqrt(2) }, (double[]){ 10 }, affine);
    EXPECT(affine, 7, 9, 11, 13);
}

Test(known, norm_running_statistics)
{
    struct ref_norm o = { { 2, 1, 1, 2 }, .groups = 1, .eps = 1e-5 };
    double mean[1] = { 0 }, variance[1] = { 1 };
    ref_norm_running(&o, ramp, 0.1, mean, variance);
    EXPECT(mean, 0.25);
    EXPECT(variance, 0.9 + 0.1 * 5 / 3);
}

/* Groups {1, 2} and {3, 4}: means 1.5 and 3.5, unbiased variance 1/2, one update after the other. */
Test(known, norm_running_statistics_of_two_groups)
{
    struct ref_norm o = { { 2, 1, 1, 2 }, .groups = 2, .eps = 1e-5 };
    double mean[1] = { 0 }, variance[1] = { 1 };
    ref_norm_running(&o, ramp, 0.1, mean, variance);
    EXPECT(mean, 0.9 * 0.15 + 0.35);
    EXPECT(variance, 0.9 * 0.95 + 0.05);
}

Test(known, norm_in_evaluation)
{
    struct ref_norm o = { { 1, 2, 1, 2 }, .groups = 1, .eps = 1 };
    double dst[4];
    ref_norm_eval_fwd(&o, ramp, (double[]){ 4, 3 }, (double[]){ 0, 1 }, (double[]){ 1, 3 }, (double[]){ 3, 8 }, dst);
    EXPECT(dst, 0, 2, 1, 2);
}

/* Two groups are two batch norms, and one group per image normalises each image as if it were alone. */
Test(known, norm_groups_are_independent)
{
    enum { IMAGE = 2 * 3 * 5, N = 4 };
    double src[N * IMAGE], gamma[2], beta[2], whole[N * IMAGE], part[IMAGE * N];
    check_numbers(1, N * IMAGE, src);
    check_numbers(2, 2, gamma);
    check_numbers(3, 2, beta);
    for (int groups = 1; groups <= N; groups *= 2) {
        int images = N / groups;
        struct ref_norm all = { { N, 2, 3, 5 }, .groups = groups, .eps = 1e-5 };
        struct ref_norm one = { { images, 2, 3, 5 }, .groups = 1, .eps = 1e-5 };
        ref_norm_fwd(&all, src, gamma, beta, whole);
        for (int g = 0; g < groups; g++)
            ref_norm_fwd(&one, src + g * images * IMAGE, gamma, beta, part + g * images * IMAGE);
        cr_expect(!memcmp(whole, part, sizeof whole), "%d groups", groups);
    }
}

Test(known, activations)
{
    const double src[] = { -2, 0, 3 };
    double lrelu[3], relu[3], hyperbolic[3], logistic[3];
    ref_lrelu_fwd(3, 0.2, src, lrelu);
    EXPECT(lrelu, -0.4, 0, 3);
    ref_lrelu_fwd(3, 0, src, relu);
    EXPECT(relu, 0, 0, 3);
    ref_tanh_fwd(3, src, hyperbolic);
    EXPECT(hyperbolic, -0.96402758007581688, 0, 0.99505475368673045);
    ref_sigmoid_fwd(3, src, logistic);
    EXPECT(logistic, 0.11920292202211756, 0.5, 0.95257412682243322);
}

Test(known, activation_slopes_at_zero)
{
    const double src[] = { 0 }, diff_dst[] = { 1 };
    double lrelu[1], relu[1];
    ref_lrelu_bwd(1, 0.2, src, diff_dst, lrelu);
    EXPECT(lrelu, 0.2);
    ref_lrelu_bwd(1, 0, src, diff_dst, relu);
    EXPECT(relu, 0);
}

Test(known, dropout)
{
    const double src[] = { 1, 2, 3 }, mask[] = { 1, 0, 1 };
    double dst[3];
    ref_dropout_fwd(3, 0.75, mask, src, dst);
    EXPECT(dst, 4, 0, 12);
}

Test(known, add)
{
    const double a[] = { 1, 2 }, b[] = { 10, -2 };
    double dst[2];
    ref_add_fwd(2, a, b, dst);
    EXPECT(dst, 11, 0);
}

Test(known, concat)
{
    struct ref_concat o = { .n = 2, .ac = 1, .bc = 2, .h = 1, .w = 1 };
    const double a[] = { 1, 2 }, b[] = { 10, 11, 20, 21 };
    double dst[6], diff_a[2], diff_b[4];
    ref_concat_fwd(&o, a, b, dst);
    EXPECT(dst, 1, 10, 11, 2, 20, 21);
    ref_concat_bwd(&o, dst, diff_a, diff_b);
    EXPECT(diff_a, 1, 2);
    EXPECT(diff_b, 10, 11, 20, 21);
}

Test(known, reflection_pad)
{
    struct ref_pad row = { { 1, 1, 3, 4 }, .pad = 2 };
    const double src[] = { 0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23 };
    double dst[7 * 8];
    ref_pad_fwd(&row, src, dst);
    for (int h = 0; h < 7; h++)
        for (int w = 0; w < 8; w++) {
            static const int column[] = { 2, 1, 0, 1, 2, 3, 2, 1 }, line[] = { 2, 1, 0, 1, 2, 1, 0 };
            cr_expect(dst[h * 8 + w] == 10 * line[h] + column[w], "at %d, %d: %g", h, w, dst[h * 8 + w]);
        }
}

Test(known, upsample)
{
    struct ref_upsample o = { { 1, 1, 1, 2 }, .factor = 2 };
    const double src[] = { 1, 2 };
    double dst[8], diff_src[2];
    ref_upsample_fwd(&o, src, dst);
    EXPECT(dst, 1, 1, 2, 2, 1, 1, 2, 2);
    ref_upsample_bwd(&o, dst, diff_src);
    EXPECT(diff_src, 4, 8);
}

/* PyTorch: interpolate([0, 1], scale_factor=4, mode="bilinear", align_corners=False) */
Test(known, bilinear)
{
    struct ref_bilinear o = { { 1, 1, 1, 2 }, .factor = 4 };
    const double src[] = { 0, 8 };
    double dst[4 * 8], diff_src[2];
    ref_bilinear_fwd(&o, src, dst);
    EXPECT(dst, 0, 0, 1, 3, 5, 7, 8, 8, 0, 0, 1, 3, 5, 7, 8, 8, 0, 0, 1, 3, 5, 7, 8, 8, 0, 0, 1, 3, 5, 7, 8, 8);
    for (int i = 0; i < 32; i++) dst[i] = 1;
    ref_bilinear_bwd(&o, dst, diff_src);
    EXPECT(diff_src, 16, 16);
}

Test(known, softmax)
{
    const struct ref_shape s = { 1, 2, 1, 2 };
    const double src[] = { 0, 0, 0, log(3) }, diff_dst[] = { 0, 1, 0, 0 };
    double dst[4], diff_src[4];
    ref_softmax_fwd(s, src, dst);
    for (int i = 0; i < 4; i++) cr_expect(fabs(dst[i] - (double[]){ 0.5, 0.25, 0.5, 0.75 }[i]) < 1e-15);
    ref_softmax_bwd(s, dst, diff_dst, diff_src);
    for (int i = 0; i < 4; i++) cr_expect(fabs(diff_src[i] - (double[]){ 0, 0.1875, 0, -0.1875 }[i]) < 1e-15);
}

Test(known, pixel_losses)
{
    const double pred[] = { 1, 2, 3, 4 }, target[] = { 1, 4, 2, 0 };
    double l1[4], l2[4];
    cr_expect(ref_l1(4, pred, target, l1) == 7.0 / 4);
    EXPECT(l1, 0, -0.25, 0.25, 0.25);
    cr_expect(ref_l2(4, pred, target, l2) == 21.0 / 4);
    EXPECT(l2, 0, -1, 0.5, 2);
}

typedef double adversarial(size_t n, enum ref_role role, const double *score, double *diff);

static const struct {
    const char *name;
    adversarial *loss;
    enum ref_role role;
    double score, value, slope;
} known[] = {
    { "vanilla, real", ref_vanilla, REF_REAL, 0, 0.69314718055994531, -0.5 },
    { "vanilla, fake", ref_vanilla, REF_FAKE, 0, 0.69314718055994531, 0.5 },
    { "vanilla, fool", ref_vanilla, REF_FOOL, 0, 0.69314718055994531, -0.5 },
    { "vanilla, real, sure", ref_vanilla, REF_REAL, 2, 0.12692801104297250, -0.11920292202211756 },
    { "vanilla, fake, wrong", ref_vanilla, REF_FAKE, 2, 2.1269280110429725, 0.88079707797788244 },
    { "vanilla, fool, far off", ref_vanilla, REF_FOOL, -1000, 1000, -1 },
    { "vanilla, real, far over", ref_vanilla, REF_REAL, 1000, 0, 0 },
    { "lsgan, real", ref_lsgan, REF_REAL, 3, 4, 4 },
    { "lsgan, fake", ref_lsgan, REF_FAKE, 3, 9, 6 },
    { "lsgan, fool", ref_lsgan, REF_FOOL, 0.5, 0.25, -1 },
    { "hinge, real", ref_hinge, REF_REAL, 0.25, 0.75, -1 },
    { "hinge, real, sure", ref_hinge, REF_REAL, 1.5, 0, 0 },
    { "hinge, fake", ref_hinge, REF_FAKE, 0.25, 1.25, 1 },
    { "hinge, fake, sure", ref_hinge, REF_FAKE, -1.5, 0, 0 },
    { "hinge, fool", ref_hinge, REF_FOOL, 3, -3, -1 },
};

Test(known, adversarial_losses)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        double diff;
        double value = known[i].loss(1, known[i].role, &known[i].score, &diff);
        cr_expect(fabs(value - known[i].value) < 1e-12, "%s: value %.15g", known[i].name, value);
        cr_expect(fabs(diff - known[i].slope) < 1e-12, "%s: slope %.15g", known[i].name, diff);
    }
}

Test(known, losses_are_means)
{
    const double score[] = { 2, 2, 2, 2 };
    double diff[4];
    cr_expect(ref_lsgan(4, REF_FAKE, score, diff) == 4);
    EXPECT(diff, 1, 1, 1, 1);
}
