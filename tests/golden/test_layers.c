/* The reference kernels against what PyTorch computes for the same layers (layers.safetensors). */
#include <criterion/criterion.h>

#include <math.h>

#include "gan/mem.h"
#include "ref/ref.h"
#include "support/golden.h"

static const double TOLERANCE = 1e-5; /* of the largest value: PyTorch's numbers are floats */

static gan_st_file *file;

static void open_file(void)
{
    file = golden_open("layers.safetensors");
    cr_assert(file, "%s", gan_error_message());
}

static void close_file(void)
{
    gan_st_close(file);
}

TestSuite(layers, .init = open_file, .fini = close_file);

static double *golden(size_t n, const char *name)
{
    double *x = golden_doubles(file, n, "%s", name);
    cr_assert(x, "%s", gan_error_message());
    return x;
}

static double *room(size_t n)
{
    double *x = gan_mem_alloc(n, sizeof *x);
    cr_assert(x, "%s", gan_error_message());
    return x;
}

/* Compares got with the golden tensor, and frees it. */
static void expect(double *got, size_t n, const char *name)
{
    double *right = golden(n, name), largest = 0, error = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(right[i]));
        error = fabs(got[i] - right[i]) <= error ? error : fabs(got[i] - right[i]);
    }
    cr_expect(error <= TOLERANCE * largest, "'%s': error %g where the largest value is %g", name, error, largest);
    gan_mem_free(right);
    gan_mem_free(got);
}

Test(layers, instance_norm)
{
    struct ref_norm o = { { 2, 3, 5, 7 }, .groups = 2, .eps = 1e-5 };
    size_t n = ref_count(o.shape);
    double *src = golden(n, "instancenorm/src"), *diff_dst = golden(n, "instancenorm/diff_dst");
    double *dst = room(n), *diff_src = room(n);
    ref_norm_fwd(&o, src, NULL, NULL, dst);
    ref_norm_bwd(&o, src, NULL, diff_dst, diff_src, NULL, NULL);
    expect(dst, n, "instancenorm/dst");
    expect(diff_src, n, "instancenorm/diff_src");
    gan_mem_free(src);
    gan_mem_free(diff_dst);
}

Test(layers, deconv)
{
    struct ref_deconv o = { { 2, 3, 5, 4 }, .oc = 4, .k = 3, .stride = 2, .pad = 1, .output_pad = 1 };
    size_t nsrc = ref_count(o.src), ndst = ref_count(ref_deconv_dst(&o)), nweights = 3 * 4 * 3 * 3;
    double *src = golden(nsrc, "deconv/src"), *weights = golden(nweights, "deconv/weights");
    double *bias = golden(4, "deconv/bias"), *diff_dst = golden(ndst, "deconv/diff_dst");
    double *dst = room(ndst), *diff_src = room(nsrc), *diff_weights = room(nweights), *diff_bias = room(4);
    ref_deconv_fwd(&o, src, weights, bias, dst);
    ref_deconv_bwd(&o, src, weights, diff_dst, diff_src, diff_weights, diff_bias);
    expect(dst, ndst, "deconv/dst");
    expect(diff_src, nsrc, "deconv/diff_src");
    expect(diff_weights, nweights, "deconv/diff_weights");
    expect(diff_bias, 4, "deconv/diff_bias");
    gan_mem_free(src);
    gan_mem_free(weights);
    gan_mem_free(bias);
    gan_mem_free(diff_dst);
}

Test(layers, reflection_pad)
{
    struct ref_pad o = { { 2, 3, 5, 4 }, .pad = 3 };
    size_t nsrc = ref_count(o.src), ndst = ref_count(ref_pad_dst(&o));
    double *src = golden(nsrc, "reflectpad/src"), *diff_dst = golden(ndst, "reflectpad/diff_dst");
    double *dst = room(ndst), *diff_src = room(nsrc);
    ref_pad_fwd(&o, src, dst);
    ref_pad_bwd(&o, diff_dst, diff_src);
    expect(dst, ndst, "reflectpad/dst");
    expect(diff_src, nsrc, "reflectpad/diff_src");
    gan_mem_free(src);
    gan_mem_free(diff_dst);
}

Test(layers, batch_norm_after_two_steps)
{
    struct ref_norm o = { { 3, 4, 5, 3 }, .groups = 1, .eps = 1e-5 };
    size_t n = ref_count(o.shape);
    double *src = golden(2 * n, "batchnorm/src"), *second = src + n;
    double *gamma = golden(4, "batchnorm/gamma"), *beta = golden(4, "batchnorm/beta");
    double *mean = room(4), *variance = room(4), *dst = room(n), *eval = room(n);
    for (int i = 0; i < 4; i++) variance[i] = 1;
    ref_norm_running(&o, src, 0.1, mean, variance);
    ref_norm_running(&o, second, 0.1, mean, variance);
    ref_norm_fwd(&o, second, gamma, beta, dst);
    ref_norm_eval_fwd(&o, second, gamma, beta, mean, variance, eval);
    expect(dst, n, "batchnorm/dst");
    expect(eval, n, "batchnorm/eval");
    expect(mean, 4, "batchnorm/mean");
    expect(variance, 4, "batchnorm/variance");
    gan_mem_free(src);
    gan_mem_free(gamma);
    gan_mem_free(beta);
}

/* The two batches as one of two groups: what a discriminator's update does. */
Test(layers, batch_norm_in_two_groups)
{
    struct ref_norm o = { { 6, 4, 5, 3 }, .groups = 2, .eps = 1e-5 };
    size_t n = ref_count(o.shape);
    double *src = golden(n, "batchnorm/src"), *mean = room(4), *variance = room(4);
    for (int i = 0; i < 4; i++) variance[i] = 1;
    ref_norm_running(&o, src, 0.1, mean, variance);
    expect(mean, 4, "batchnorm/mean");
    expect(variance, 4, "batchnorm/variance");
    gan_mem_free(src);
}
