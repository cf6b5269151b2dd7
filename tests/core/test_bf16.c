/* bf16: the rounding, by arithmetic and as the processor does it; convolutions of rounded numbers, emulated and real. */
#include <criterion/criterion.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/dnn/bf16.h"
#include "core/dnn/dnn.h"
#include "core/dnn/layout.h"
#include "gan/error.h"
#include "gan/layers.h"
#include "gan/mem.h"
#include "support/rig.h"

enum { HIGH = 1 << 16, LOWS = 7 };

/* The lower half of a float decides: none, less than half, half, more than half. */
static const uint32_t lows[LOWS] = { 0, 1, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff };

static float from_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

static uint32_t bits_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

/* To 8 significant bits, as the floating-point unit rounds: to nearest, ties to even. */
static float by_arithmetic(float x)
{
    int exponent;
    if (isinf(x)) return x;
    if (fabsf(x) < FLT_MIN) return copysignf(0, x);
    double m = nearbyint(frexp((double)x, &exponent) * 256) / 256;
    return (float)ldexp(m, exponent); /* beyond FLT_MAX: infinity */
}

Test(bf16, rounds_to_nearest_even)
{
    for (uint32_t high = 0; high < HIGH; high++)
        for (int i = 0; i < LOWS; i++) {
            float x = from_bits(high << 16 | lows[i]), got = gan_bf16(x);
            int same = isnan(x) ? isnan(got) : bits_of(got) == bits_of(by_arithmetic(x));
            cr_assert(same, "%08x becomes %08x", bits_of(x), bits_of(got));
            cr_assert_eq(bits_of(got) & 0xffff, 0);
        }
}

Test(bf16, knows_its_landmarks)
{
    static const struct {
        uint32_t x, rounded;
    } rows[] = {
        { 0x3f800000, 0x3f800000 }, { 0x3f808000, 0x3f800000 }, /* 1 and a half: down to even */
        { 0x3f818000, 0x3f820000 }, { 0xbf808001, 0xbf810000 }, /* up to even; beyond the half */
        { 0x7f7f8000, 0x7f800000 }, { 0x7f7f7fff, 0x7f7f0000 }, /* to infinity; the largest */
        { 0xff800000, 0xff800000 }, { 0x7f800001, 0x7fc00000 }, /* infinity; a NaN whose bits lie low */
        { 0x007fffff, 0x00000000 }, { 0x80400000, 0x80000000 }, /* below the normal numbers */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(bits_of(gan_bf16(from_bits(rows[i].x))), rows[i].rounded, "%08x", rows[i].x);
}

static void rounded_by_machine(const float *x, uint16_t *out, int64_t n)
{
    gan_md *wide = gan_md_new(1, &n, GAN_TAG_PLAIN), *half = gan_md_new_bf16(1, &n, GAN_TAG_PLAIN);
    gan_conversion *c = gan_conversion_new(wide, half);
    cr_assert(c && !gan_conversion_run(c, x, out), "%s", gan_error_message());
    gan_conversion_free(c);
    gan_md_free(wide);
    gan_md_free(half);
}

Test(bf16, rounds_as_the_processor_does)
{
    if (gan_dnn_check_math(GAN_MATH_BF16)) cr_skip_test("the processor has no bf16");
    size_t n = (size_t)HIGH * LOWS;
    float *x = rig_floats(n);
    uint16_t *out = gan_mem_alloc(n, sizeof *out);
    cr_assert(out);
    for (size_t i = 0; i < n; i++) x[i] = from_bits((uint32_t)(i / LOWS) << 16 | lows[i % LOWS]);
    rounded_by_machine(x, out, (int64_t)n);
    for (size_t i = 0; i < n; i++) cr_assert_eq(out[i], bits_of(gan_bf16(x[i])) >> 16, "%08x", bits_of(x[i]));
    gan_mem_free(x);
    gan_mem_free(out);
}

Test(bf16, rounds_in_place_and_on_many_threads)
{
    enum { N = 5 * 4096 + 3 };
    float *x = rig_numbers(1, N), *y = rig_floats(N);
    gan_bf16_round(x, y, N);
    for (size_t i = 0; i < N; i++) cr_assert_eq(y[i], gan_bf16(x[i]));
    gan_bf16_round(x, x, N);
    cr_expect(!memcmp(x, y, N * sizeof *x));
    gan_mem_free(x);
    gan_mem_free(y);
}

/* Plans */

static struct rig layer(int transposed, enum gan_math math, int batch)
{
    gan_graph *g = gan_graph_new("layer");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 32, 10, 12 });
    gan_conv_opt o = { .oc = 48, .k = 4, .stride = 2, .pad = 1, .bias = 1 };
    gan_graph_output(g, "y", transposed ? gan_deconv(g, "l", x, o) : gan_conv(g, "l", x, o));
    return rig_new(g, (gan_plan_opt){ .batch = batch, .flags = GAN_GRAD_PARAMS, .math = math, .input_diffs = RIG_ALL });
}

static void round_all(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) x[i] = (double)by_arithmetic((float)x[i]);
}

/* The reference again, of rounded pictures, weights and diffs: the bias is added in float. */
static void round_reference(struct rig *r)
{
    gan_id x = gan_graph_input_at(r->g, 0), y = gan_graph_output_at(r->g, 0);
    round_all(r->e->dst[x], r->e->count[x]);
    round_all(r->e->seed[y], r->e->count[y]);
    round_all(r->e->param[0], gan_graph_param(r->g, 0)->count);
    eval_forward(r->e);
    eval_backward(r->e);
}

static double error_of_y(struct rig *r)
{
    gan_id y = gan_graph_output_at(r->g, 0);
    return rig_distance(gan_plan_dst(r->p, y), r->e->dst[y], r->e->count[y]);
}

static double error_of_diff(struct rig *r)
{
    gan_id x = gan_graph_input_at(r->g, 0);
    float *got = rig_floats(r->e->count[x]);
    gan_plan_get_diff(r->p, x, 0, r->e->shape[x].n, got);
    double error = rig_distance(got, r->e->diff[x], r->e->count[x]);
    gan_mem_free(got);
    return error;
}

static double error_of_gradient(struct rig *r, int i)
{
    size_t n = gan_graph_param(r->g, i)->count;
    float *got = rig_floats(n);
    cr_assert(!gan_params_get(r->w, i, GAN_GRADS, got), "%s", gan_error_message());
    double error = rig_distance(got, r->e->grad[i], n);
    gan_mem_free(got);
    return error;
}

/* Values and diffs are those of rounded numbers, gradients those of numbers as they are. */
static void expect_rounded(enum gan_math math)
{
    for (int i = 0; i < 4; i++) {
        struct rig r = layer(i % 2, math, i < 2 ? 1 : 3);
        rig_run(&r);
        cr_expect(error_of_gradient(&r, 0) < 1e-5 && error_of_gradient(&r, 1) < 1e-5, "%d: a gradient is rounded", i);
        cr_expect(error_of_y(&r) > 2e-4 && error_of_diff(&r) > 2e-4, "%d: not rounded at all", i);
        round_reference(&r);
        cr_expect(error_of_y(&r) < 1e-5, "%d: values are off by %g", i, error_of_y(&r));
        cr_expect(error_of_diff(&r) < 1e-5, "%d: diffs are off by %g", i, error_of_diff(&r));
        rig_free(&r);
    }
}

Test(bf16, emulated_convolutions_are_those_of_rounded_numbers)
{
    expect_rounded(GAN_MATH_BF16_EMULATED);
}

Test(bf16, real_convolutions_are_those_of_rounded_numbers)
{
    if (gan_dnn_check_math(GAN_MATH_BF16)) cr_skip_test("the processor has no bf16");
    expect_rounded(GAN_MATH_BF16);
}

/* Packed copies of weights follow changes of the values, and serve plans of either kind at a time. */
Test(bf16, weights_are_rounded_anew_when_they_change)
{
    struct rig r = layer(0, GAN_MATH_BF16_EMULATED, 1);
    gan_plan *exact = gan_plan_new(r.g, r.w, &(gan_plan_opt){ .batch = 1 });
    cr_assert(exact && !gan_plan_bind(exact, NULL, 0), "%s", gan_error_message());
    rig_run(&r);
    size_t n = gan_graph_param(r.g, 0)->count;
    float *w = rig_numbers(77, n);
    cr_assert(!gan_params_set(r.w, 0, GAN_VALUES, w));
    for (size_t i = 0; i < n; i++) r.e->param[0][i] = (double)w[i];
    rig_run(&r);
    float *x = rig_floats(r.e->count[0]);
    for (size_t i = 0; i < r.e->count[0]; i++) x[i] = (float)r.e->dst[0][i];
    gan_plan_put(exact, 0, 0, 1, x);
    cr_assert(!gan_plan_run(exact, GAN_FWD, r.key), "%s", gan_error_message());
    gan_id y = gan_graph_output_at(r.g, 0);
    cr_expect(rig_distance(gan_plan_dst(exact, y), r.e->dst[y], r.e->count[y]) < 1e-5);
    round_reference(&r);
    cr_expect(error_of_y(&r) < 1e-5, "values are off by %g", error_of_y(&r));
    gan_mem_free(w);
    gan_mem_free(x);
    gan_plan_free(exact);
    rig_free(&r);
}
