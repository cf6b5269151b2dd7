/* Freezing: what is folded is exact, what is frozen does what it did before, and colour conversion is that of the
 * formulas in double. */
#include "gan/freeze.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "freeze/fold.h"
#include "gan/colour.h"
#include "gan/layers.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "gan/plan.h"
#include "ref/check.h"
#include "ref/eval.h"
#include "ref/ref.h"
#include "support/rig.h"

enum { SIZE = 32 };

static gan_model_opt small_opt(enum gan_norm norm)
{
    return (gan_model_opt){
        .in = 1, .out = 2, .filters = 8, .levels = 4, .blocks = 2, .norm = (int)norm, .dropout = 0.5f, .size = SIZE
    };
}

static gan_graph *generator(const gan_model_def *m, enum gan_norm norm)
{
    gan_model_opt o = small_opt(norm);
    gan_graph *g = gan_model_build(m, "gen", &o);
    cr_assert(g, "%s", gan_error_message());
    return g;
}

static gan_frozen freeze(const gan_graph *g, gan_params *w, gan_freeze_opt o)
{
    gan_frozen f;
    cr_assert_eq(gan_freeze(g, w, &o, &f), 0, "%s", gan_error_message());
    return f;
}

/* Folding, in double */

static double *doubles(uint64_t seed, size_t n)
{
    double *x = gan_mem_alloc(n, sizeof *x);
    cr_assert(x);
    check_numbers(seed, n, x);
    return x;
}

struct norm_data {
    double *gamma, *beta, *mean, *variance;
    struct gan_fold_norm fold;
};

static struct norm_data norm_data(size_t c)
{
    struct norm_data d = { doubles(1, c), doubles(2, c), doubles(3, c), doubles(4, c), { 0 } };
    for (size_t i = 0; i < c; i++) d.variance[i] = fabs(d.variance[i]);
    d.fold = (struct gan_fold_norm){ d.gamma, d.beta, d.mean, d.variance, 1e-5 };
    return d;
}

static void norm_data_release(struct norm_data *d)
{
    double *all[] = { d->gamma, d->beta, d->mean, d->variance };
    for (size_t i = 0; i < 4; i++) gan_mem_free(all[i]);
}

static void expect_equal(const double *a, const double *b, size_t n, double tolerance)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs(b[i]));
    cr_assert_gt(most, 0.1);
    for (size_t i = 0; i < n; i++) cr_assert_leq(fabs(a[i] - b[i]), tolerance * most, "%zu: %g, %g", i, a[i], b[i]);
}

Test(fold, convolution_and_norm_are_one_convolution)
{
    struct ref_conv o = { { 2, 3, 6, 5 }, .oc = 4, .k = 3, .stride = 2, .pad = 1 };
    struct ref_norm n = { ref_conv_dst(&o), 1, 1e-5 };
    size_t nw = 4 * 3 * 9, ndst = ref_count(n.shape);
    double *src = doubles(5, ref_count(o.src)), *w = doubles(6, nw), *bias = doubles(7, 4);
    double *mid = doubles(8, ndst), *apart = doubles(8, ndst), *one = doubles(8, ndst);
    struct norm_data d = norm_data(4);
    ref_conv_fwd(&o, src, w, bias, mid);
    ref_norm_eval_fwd(&n, mid, d.gamma, d.beta, d.mean, d.variance, apart);
    gan_fold(&d.fold, 1, 4, 3 * 9, w, bias);
    ref_conv_fwd(&o, src, w, bias, one);
    expect_equal(one, apart, ndst, 1e-13);
    double *all[] = { src, w, bias, mid, apart, one };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gan_mem_free(all[i]);
    norm_data_release(&d);
}

Test(fold, deconvolution_and_norm_are_one_deconvolution)
{
    struct ref_deconv o = { { 2, 3, 4, 5 }, .oc = 4, .k = 4, .stride = 2, .pad = 1 };
    struct ref_norm n = { ref_deconv_dst(&o), 1, 1e-5 };
    size_t nw = 3 * 4 * 16, ndst = ref_count(n.shape);
    double *src = doubles(5, ref_count(o.src)), *w = doubles(6, nw), *bias = doubles(7, 4);
    double *mid = doubles(8, ndst), *apart = doubles(8, ndst), *one = doubles(8, ndst);
    struct norm_data d = norm_data(4);
    ref_deconv_fwd(&o, src, w, bias, mid);
    ref_norm_eval_fwd(&n, mid, d.gamma, d.beta, d.mean, d.variance, apart);
    gan_fold(&d.fold, 3, 4, 16, w, bias);
    ref_deconv_fwd(&o, src, w, bias, one);
    expect_equal(one, apart, ndst, 1e-13);
    double *all[] = { src, w, bias, mid, apart, one };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gan_mem_free(all[i]);
    norm_data_release(&d);
}

/* Whole networks */

/* Parameters of a rig, frozen, and both evaluated in double on the same picture. */
static void set_params(struct eval *e, gan_params *w)
{
    for (int i = 0; i < gan_graph_params(e->g); i++) {
        size_t n = gan_graph_param(e->g, i)->count;
        float *v = rig_floats(n);
        cr_assert_eq(gan_params_get(w, i, GAN_VALUES, v), 0);
        for (size_t k = 0; k < n; k++) e->param[i][k] = (double)v[k];
        gan_mem_free(v);
    }
}

static struct eval *evaluate(const gan_graph *g, gan_params *w, gan_plan_opt o, const double *x)
{
    struct eval *e = eval_new(g, &o);
    gan_id in = gan_graph_input_at(g, 0);
    cr_assert(e, "%s", gan_error_message());
    set_params(e, w);
    memcpy(e->dst[in], x, e->count[in] * sizeof *x);
    eval_forward(e);
    return e;
}

static double worst(const struct eval *a, const struct eval *b)
{
    gan_id ya = gan_graph_output_at(a->g, 0), yb = gan_graph_output_at(b->g, 0);
    double most = 0;
    cr_assert_eq(a->count[ya], b->count[yb]);
    for (size_t i = 0; i < a->count[ya]; i++) most = fmax(most, fabs(a->dst[ya][i] - b->dst[yb][i]));
    return most;
}

static double spread(const struct eval *e)
{
    gan_id y = gan_graph_output_at(e->g, 0);
    double low = 1, high = -1;
    for (size_t i = 0; i < e->count[y]; i++) {
        low = fmin(low, e->dst[y][i]);
        high = fmax(high, e->dst[y][i]);
    }
    return high - low;
}

/* Before and after; flags: what the network computed with before, one picture at a time. */
static void compare(const gan_model_def *m, enum gan_norm norm, enum gan_freeze_norm mode, unsigned flags)
{
    gan_plan_opt o = { .batch = 1, .h = SIZE, .w = 2 * SIZE, .flags = flags };
    struct rig r = rig_new(generator(m, norm), o);
    gan_frozen f = freeze(r.g, r.w, (gan_freeze_opt){ .norm = mode });
    double *x = doubles(9, SIZE * 2 * SIZE);
    struct eval *before = evaluate(r.g, r.w, o, x), *after = evaluate(f.graph, f.params, o, x);
    cr_assert_gt(spread(before), m->classifies ? 0.02 : 0.5, "%s: %g", m->name, spread(before)); /* means vary less */
    cr_assert_lt(worst(before, after), 2e-6, "%s: %g", m->name, worst(before, after)); /* parameters are floats */
    eval_free(before);
    eval_free(after);
    gan_mem_free(x);
    gan_frozen_release(&f);
    rig_free(&r);
}

typedef void with_model(const gan_model_def *m);

static void with_every_generator(with_model *f)
{
    int count = 0;
    for (int i = 0; gan_model_all()[i]; i++) {
        if (gan_model_all()[i]->kind != GAN_GENERATOR) continue;
        f(gan_model_all()[i]);
        count++;
    }
    cr_assert_gt(count, 1);
}

static int has_norms(const gan_model_def *m)
{
    gan_graph *g = generator(m, GAN_NORM_BATCH);
    int found = 0;
    for (int i = 0; i < gan_graph_params(g); i++) found |= gan_graph_param(g, i)->kind == GAN_BUFFER;
    gan_graph_free(g);
    return found;
}

static void compare_all(const gan_model_def *m)
{
    if (!has_norms(m)) {
        compare(m, GAN_NORM_NONE, GAN_FREEZE_RUNNING, 0);
        return;
    }
    compare(m, GAN_NORM_BATCH, GAN_FREEZE_RUNNING, 0);
    compare(m, GAN_NORM_BATCH, GAN_FREEZE_INSTANCE, GAN_BATCH_STATS);
    compare(m, GAN_NORM_INSTANCE, GAN_FREEZE_RUNNING, 0);
    compare(m, GAN_NORM_NONE, GAN_FREEZE_RUNNING, 0);
}

Test(freeze, generators_compute_what_they_did_before)
{
    with_every_generator(compare_all);
}

static int count_layers(const gan_graph *g, const char *layer)
{
    int n = 0;
    for (gan_id i = 0; i < gan_graph_nodes(g); i++) {
        const gan_node *nd = gan_graph_node(g, i);
        n += nd->def && !strcmp(gan_layer_name(nd->def), layer);
    }
    return n;
}

/* Batch norms right behind a convolution; those behind an activation cannot be folded. */
static int count_foldable(const gan_graph *g)
{
    int n = 0;
    for (gan_id i = 0; i < gan_graph_nodes(g); i++) {
        const gan_node *nd = gan_graph_node(g, i);
        if (!nd->def || strcmp(gan_layer_name(nd->def), "norm")) continue;
        const gan_node *src = gan_graph_node(g, nd->src[0]);
        n += src->def && (!strcmp(gan_layer_name(src->def), "conv") || !strcmp(gan_layer_name(src->def), "deconv"));
    }
    return n;
}

static void count_all(const gan_model_def *m)
{
    gan_graph *batch = generator(m, GAN_NORM_BATCH), *instance = generator(m, GAN_NORM_INSTANCE);
    gan_params *wb = gan_params_new(batch, 0), *wi = gan_params_new(instance, 0);
    gan_frozen f = freeze(batch, wb, (gan_freeze_opt){ 0 });
    cr_assert_eq(f.folded, count_foldable(batch));
    cr_assert_eq(f.dropped, count_layers(batch, "dropout"));
    cr_assert_eq(f.kept, count_layers(batch, "norm") - f.folded);
    cr_assert_eq(count_layers(f.graph, "norm"), f.kept);
    cr_assert_eq(count_layers(f.graph, "dropout"), 0);
    gan_frozen_release(&f);
    f = freeze(batch, wb, (gan_freeze_opt){ .norm = GAN_FREEZE_INSTANCE });
    cr_assert_eq(f.kept, count_layers(batch, "norm"));
    cr_assert_eq(count_layers(f.graph, "instancenorm"), f.kept);
    gan_frozen_release(&f);
    f = freeze(instance, wi, (gan_freeze_opt){ 0 });
    cr_assert_eq(f.folded, 0);
    cr_assert_eq(f.kept, count_layers(instance, "instancenorm"));
    gan_frozen_release(&f);
    gan_params_free(wb);
    gan_params_free(wi);
    gan_graph_free(batch);
    gan_graph_free(instance);
}

Test(freeze, tells_what_was_folded_dropped_and_kept)
{
    with_every_generator(count_all);
}

/* A norm behind an input, and one whose convolution has another reader, cannot be folded. */
Test(freeze, norms_that_cannot_be_folded_stay)
{
    gan_graph *g = gan_graph_new("shared");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 4, 6, 6 });
    gan_id c =
        gan_conv(g, "c", gan_batchnorm(g, "first", x, 1e-5f), (gan_conv_opt){ .oc = 4, .k = 3, .stride = 1, .pad = 1 });
    gan_id y = gan_add(g, "sum", c, gan_batchnorm(g, "second", c, 1e-5f));
    cr_assert_eq(gan_graph_output(g, "y", y), 0);
    gan_plan_opt o = { .batch = 2 };
    struct rig r = rig_new(g, o);
    gan_frozen f = freeze(r.g, r.w, (gan_freeze_opt){ 0 });
    cr_assert_eq(f.kept, 2);
    cr_assert_eq(f.folded, 0);
    double *numbers = doubles(9, 2 * 4 * 36);
    struct eval *before = evaluate(r.g, r.w, o, numbers), *after = evaluate(f.graph, f.params, o, numbers);
    cr_assert_eq(worst(before, after), 0);
    eval_free(before);
    eval_free(after);
    gan_mem_free(numbers);
    gan_frozen_release(&f);
    rig_free(&r);
}

/* One size */

static int mirrored(int i, int n)
{
    int period = 2 * (n - 1), at = i % period;
    return at < n ? at : period - at;
}

/* 5x9 pictures through a network of multiples of 16: mirrored more than once, cut again. */
Test(freeze, one_size_is_padded_and_cut_inside)
{
    enum { H = 5, W = 9, M = 16 };
    const gan_model_def *m = gan_model_find(GAN_GENERATOR, "unet");
    gan_plan_opt large = { .batch = 1, .h = M, .w = M }, small = { .batch = 1 };
    struct rig r = rig_new(generator(m, GAN_NORM_BATCH), large);
    gan_frozen f = freeze(r.g, r.w, (gan_freeze_opt){ .h = H, .w = W, .multiple = M });
    double *x = doubles(9, H * W), *padded = doubles(9, M * M);
    for (int i = 0; i < M * M; i++) padded[i] = x[mirrored(i / M, H) * W + mirrored(i % M, W)];
    struct eval *whole = evaluate(r.g, r.w, large, padded), *cut = evaluate(f.graph, f.params, small, x);
    const double *a = whole->dst[gan_graph_output_at(r.g, 0)], *b = cut->dst[gan_graph_output_at(f.graph, 0)];
    cr_assert_eq(cut->count[gan_graph_output_at(f.graph, 0)], 2 * H * W);
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < H * W; i++) cr_assert_float_eq(b[c * H * W + i], a[(c * M + i / W) * M + i % W], 2e-6);
    eval_free(whole);
    eval_free(cut);
    gan_mem_free(x);
    gan_mem_free(padded);
    gan_frozen_release(&f);
    rig_free(&r);
}

Test(freeze, sizes_that_are_none_are_refused)
{
    static const gan_freeze_opt bad[] = {
        { .h = 8 }, { .h = -8, .w = 8, .multiple = 16 }, { .h = 8, .w = 8 }, { .h = 1, .w = 8, .multiple = 16 }
    };
    gan_graph *g = generator(gan_model_find(GAN_GENERATOR, "unet"), GAN_NORM_BATCH);
    gan_params *w = gan_params_new(g, 0);
    gan_frozen f;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(gan_freeze(g, w, &bad[i], &f), -1, "%zu", i);
        cr_assert(!f.graph && !f.params && *gan_error_message());
    }
    gan_params_free(w);
    gan_graph_free(g);
}

/* Colour */

/* The generator is a convolution that gives constant ab: what comes out is the picture's L in one colour. */
static gan_frozen painter(double a, double b)
{
    gan_graph *g = gan_graph_new("painter");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 1, 1, 1 });
    gan_id y = gan_conv(g, "paint", x, (gan_conv_opt){ .oc = 2, .k = 1, .stride = 1, .bias = 1 });
    cr_assert_eq(gan_graph_output(g, "y", y), 0);
    gan_params *w = gan_params_new(g, 0);
    float bias[2] = { (float)(a / (double)GAN_AB_RANGE), (float)(b / (double)GAN_AB_RANGE) };
    cr_assert(w && !gan_params_set(w, 1, GAN_VALUES, bias));
    gan_frozen f = freeze(g, w, (gan_freeze_opt){ .io = GAN_IO_RGB });
    gan_params_free(w);
    gan_graph_free(g);
    return f;
}

/* Every 8-bit gray with its own L and no chroma is itself; in colour its L stays, where the colour is within sRGB. */
static void run(const gan_frozen *f, const float *rgb, int n, float *out)
{
    gan_plan *p = gan_plan_new(f->graph, f->params, &(gan_plan_opt){ .batch = 1, .h = 1, .w = n });
    cr_assert(p && !gan_plan_bind(p, NULL, 0), "%s", gan_error_message());
    gan_plan_put(p, gan_graph_input_at(f->graph, 0), 0, 1, rgb);
    cr_assert_eq(gan_plan_run(p, GAN_FWD, (gan_step_key){ 0 }), 0);
    memcpy(out, gan_plan_dst(p, gan_graph_output_at(f->graph, 0)), 3 * (size_t)n * sizeof *out);
    gan_plan_free(p);
}

Test(rgb, gray_without_chroma_is_itself)
{
    enum { N = 1001 };
    static float in[3 * N], out[3 * N];
    for (int i = 0; i < 3 * N; i++) in[i] = (float)(i % N) / (N - 1);
    gan_frozen f = painter(0, 0);
    run(&f, in, N, out);
    for (int i = 0; i < 3 * N; i++) {
        cr_assert_float_eq(out[i], in[i], 1e-5, "%d: %g, %g", i, (double)out[i], (double)in[i]);
        cr_assert(out[i] >= 0 && out[i] <= 1);
    }
    gan_frozen_release(&f);
}

static double lightness(const float *rgb, int n, int i)
{
    static const double weight[3] = { 0.2126729, 0.7151522, 0.0721750 };
    double y = 0;
    for (int c = 0; c < 3; c++) {
        double v = (double)rgb[c * n + i];
        y += weight[c] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return y > 216.0 / 24389 ? 116 * cbrt(y) - 16 : y * 24389 / 27;
}

Test(rgb, luminance_stays_where_the_colour_is_within_the_gamut)
{
    enum { N = 512 };
    static float in[3 * N], out[3 * N];
    float *numbers = rig_numbers(3, 3 * N);
    int inside = 0;
    for (int i = 0; i < 3 * N; i++) in[i] = fabsf(numbers[i]) / 2;
    gan_frozen f = painter(12, -9);
    run(&f, in, N, out);
    for (int i = 0; i < N; i++) {
        int clipped = 0;
        for (int c = 0; c < 3; c++) clipped |= out[c * N + i] <= 0 || out[c * N + i] >= 1;
        if (clipped) continue;
        inside++;
        cr_assert_float_eq(lightness(in, N, i), lightness(out, N, i), 2e-3);
    }
    cr_assert_gt(inside, N / 2);
    gan_mem_free(numbers);
    gan_frozen_release(&f);
}

/* As the 8-bit conversion, which is tested on its own. */
Test(rgb, is_the_conversion_of_pictures)
{
    enum { N = 256 };
    static float in[3 * N], out[3 * N];
    static uint8_t rgb[3 * N], back[3 * N];
    static float x[N], y[2 * N];
    for (int i = 0; i < N; i++)
        for (int c = 0; c < 3; c++) {
            rgb[3 * i + c] = (uint8_t)(i * (c + 3) * 7 % 256);
            in[c * N + i] = (float)rgb[3 * i + c] / 255;
        }
    gan_lab_normalise(rgb, N, x, y);
    for (int i = 0; i < N; i++) {
        y[i] = 40.0f / GAN_AB_RANGE;
        y[N + i] = 25.0f / GAN_AB_RANGE;
    }
    gan_lab_restore(x, y, N, back);
    gan_frozen f = painter(40, 25);
    run(&f, in, N, out);
    for (int i = 0; i < 3 * N; i++) cr_assert_leq(fabs((double)out[i % 3 * N + i / 3] * 255 - back[i]), 0.51, "%d", i);
    gan_frozen_release(&f);
}

Test(rgb, needs_a_network_from_l_to_ab)
{
    gan_graph *g = gan_graph_new("gray");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 3, 8, 8 });
    cr_assert_eq(gan_graph_output(g, "y", gan_tanh(g, "t", x)), 0);
    gan_params *w = gan_params_new(g, 0);
    gan_frozen f;
    cr_assert_eq(gan_freeze(g, w, &(gan_freeze_opt){ .io = GAN_IO_RGB }, &f), -1);
    cr_assert(strstr(gan_error_message(), "no L and ab"));
    gan_params_free(w);
    gan_graph_free(g);
}

/* Recalibration */

enum { PICTURES = 5, BATCH = 2 };

static gan_graph *normed(void)
{
    gan_graph *g = gan_graph_new("normed");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 1, 16, 16 });
    gan_id c = gan_conv(g, "c", x, (gan_conv_opt){ .oc = 3, .k = 1, .stride = 1, .bias = 1 });
    cr_assert_eq(gan_graph_output(g, "y", gan_batchnorm(g, "c", c, 1e-5f)), 0);
    return g;
}

/* Mean and unbiased variance of L over a batch. */
static void batch_statistics(const gan_dataset *d, int batch, double *mean, double *variance)
{
    enum { PIXELS = 256, N = BATCH * PIXELS };
    static uint8_t rgb[3 * PIXELS];
    static float x[N];
    double sum = 0, square = 0;
    for (size_t i = 0; i < BATCH; i++) {
        cr_assert_eq(gan_dataset_centre(d, (size_t)batch * BATCH + i, 16, rgb), 0);
        gan_lab_normalise(rgb, PIXELS, x + i * PIXELS, NULL);
    }
    for (int i = 0; i < N; i++) sum += (double)x[i];
    for (int i = 0; i < N; i++) square += ((double)x[i] - sum / N) * ((double)x[i] - sum / N);
    *mean = sum / N;
    *variance = square / (N - 1);
}

/* The convolution makes w L + b, whose statistics are known. The last picture fills no batch. */
Test(recalibrate, means_of_the_batches)
{
    static const float weight[3] = { 1, -2, 0.5f }, bias[3] = { 0, 1, -3 };
    gan_graph *g = normed();
    gan_params *w = gan_params_new(g, 0);
    gan_dataset *d = gan_dataset_synthetic(PICTURES, 16, 7);
    double mean = 0, variance = 0;
    float got_mean[3], got_variance[3];
    cr_assert(w && d && !gan_params_set(w, 0, GAN_VALUES, weight) && !gan_params_set(w, 1, GAN_VALUES, bias));
    cr_assert_eq(gan_recalibrate(g, w, d, 16, BATCH, NULL, NULL), 0, "%s", gan_error_message());
    for (int b = 0; b < PICTURES / BATCH; b++) {
        double m, v;
        batch_statistics(d, b, &m, &v);
        mean += m / (PICTURES / BATCH);
        variance += v / (PICTURES / BATCH);
    }
    cr_assert(!gan_params_get(w, 4, GAN_VALUES, got_mean) && !gan_params_get(w, 5, GAN_VALUES, got_variance));
    for (int c = 0; c < 3; c++) {
        double k = (double)weight[c];
        cr_assert_float_eq(got_mean[c], k * mean + (double)bias[c], 1e-5);
        cr_assert_float_eq(got_variance[c], k * k * variance, 1e-5 * (1 + k * k * variance));
    }
    gan_dataset_free(d);
    gan_params_free(w);
    gan_graph_free(g);
}

Test(recalibrate, a_network_without_running_statistics_is_refused)
{
    gan_graph *g = generator(gan_model_find(GAN_GENERATOR, "unet"), GAN_NORM_INSTANCE);
    gan_params *w = gan_params_new(g, 0);
    gan_dataset *d = gan_dataset_synthetic(2, SIZE, 7);
    cr_assert_eq(gan_recalibrate(g, w, d, SIZE, 2, NULL, NULL), -1);
    cr_assert(strstr(gan_error_message(), "no running statistics"));
    gan_dataset_free(d);
    gan_params_free(w);
    gan_graph_free(g);
}

Test(recalibrate, a_network_that_sees_more_than_l_is_refused)
{
    gan_model_opt o = small_opt(GAN_NORM_BATCH);
    o.in = 3;
    gan_graph *g = gan_model_build(gan_model_find(GAN_GENERATOR, "unet"), "gen", &o);
    gan_params *w = gan_params_new(g, 0);
    gan_dataset *d = gan_dataset_synthetic(2, SIZE, 7);
    cr_assert_eq(gan_recalibrate(g, w, d, SIZE, 2, NULL, NULL), -1);
    cr_assert(strstr(gan_error_message(), "L alone"));
    gan_dataset_free(d);
    gan_params_free(w);
    gan_graph_free(g);
}

/* Lack of memory */

Test(freeze, lack_of_memory_anywhere_is_an_error)
{
    gan_graph *g = generator(gan_model_find(GAN_GENERATOR, "unet"), GAN_NORM_BATCH);
    gan_params *w = gan_params_new(g, 0);
    gan_freeze_opt o = { .io = GAN_IO_RGB, .h = 20, .w = 30, .multiple = 16 };
    gan_frozen f;
    int failed = -1;
    uint64_t n = 0;
    while (failed) {
        gan_mem_fail_at(++n);
        failed = gan_freeze(g, w, &o, &f);
        gan_mem_fail_at(0);
        cr_assert(!failed || (!f.graph && !f.params && *gan_error_message()));
    }
    cr_assert_gt(n, 100);
    gan_frozen_release(&f);
    gan_params_free(w);
    gan_graph_free(g);
}

Test(recalibrate, lack_of_memory_anywhere_is_an_error)
{
    gan_graph *g = normed();
    gan_dataset *d = gan_dataset_synthetic(PICTURES, 16, 7);
    int failed = -1;
    uint64_t n = 0;
    while (failed) {
        gan_params *w = gan_params_new(g, 0);
        gan_mem_fail_at(++n);
        failed = gan_recalibrate(g, w, d, 16, BATCH, NULL, NULL);
        gan_mem_fail_at(0);
        cr_assert(!failed || *gan_error_message());
        gan_params_free(w);
    }
    cr_assert_gt(n, 10);
    gan_dataset_free(d);
    gan_graph_free(g);
}
