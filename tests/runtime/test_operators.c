/* Every operator of the plain C runtime but the convolutions, against its definition in double. */
#include "runtime/gan_infer.c"

#include "runtime/whole.h"

#include "gan/rng.h"

enum { C = 5, H = 6, W = 7, PLANE = H * W, MOST = 1 << 14 };
static float x[C * PLANE], y[MOST];

static void fill_x(float least, float most)
{
    gan_rng r = gan_rng_at(2, GAN_STREAM_TEST, 0);
    for (uint64_t i = 0; i < C * PLANE; i++) x[i] = least + (most - least) * (float)gan_rng_uniform(r, i);
}

/* Runs the graph, which is released, on x. */
static struct shape run_graph(onnx_bytes *graph)
{
    onnx_bytes file = onnx_model(graph, C);
    gan_infer *m = open_whole(choose_kernel(), &file);
    for (int i = 0; i < MOST; i++) y[i] = NAN;
    struct shape out = run_whole(m, H, W, x, y, MOST);
    gan_infer_close(m);
    return out;
}

static struct shape run_node(const char *line)
{
    onnx_bytes graph = { 0 };
    onnx_node(&graph, line);
    return run_graph(&graph);
}

static void expect_shape(struct shape s, int c, int h, int w)
{
    cr_assert(s.c == c && s.h == h && s.w == w, "%d x %d x %d, not %d x %d x %d", s.c, s.h, s.w, c, h, w);
}

static void expect_near(int i, double expected)
{
    cr_assert_leq(fabs(y[i] - expected), 2e-6 * (1 + fabs(expected)), "at %d: %g, not %g", i, (double)y[i], expected);
}

/* ---- one operand ---- */

static double relu_of(double v)
{
    return v > 0 ? v : 0;
}

static double leaky_of(double v)
{
    return v > 0 ? v : 0.2 * v;
}

static double default_leaky_of(double v)
{
    return v > 0 ? v : 0.01 * v;
}

static double sigmoid_of(double v)
{
    return 1 / (1 + exp(-v));
}

Test(runtime_operators, of_one_operand)
{
    static const struct {
        const char *line;
        double (*function)(double v);
    } cases[] = {
        { "Relu y x", relu_of },
        { "LeakyRelu y x alpha=0.2", leaky_of },
        { "LeakyRelu y x", default_leaky_of },
        { "Sigmoid y x", sigmoid_of },
        { "Tanh y x", tanh },
    };
    fill_x(-3, 3);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        expect_shape(run_node(cases[k].line), C, H, W);
        for (int i = 0; i < C * PLANE; i++) expect_near(i, cases[k].function(x[i]));
    }
}

Test(runtime_operators, powers_of_a_constant)
{
    static const float exponents[] = { 2.4f, 1 / 2.4f, 3, 1, 0 };
    fill_x(0, 2);
    x[0] = 0;
    for (size_t k = 0; k < sizeof exponents / sizeof *exponents; k++) {
        onnx_bytes graph = { 0 };
        onnx_floats(&graph, "exponent", 0, NULL, &exponents[k]);
        onnx_node(&graph, "Pow y x exponent");
        expect_shape(run_graph(&graph), C, H, W);
        for (int i = 0; i < C * PLANE; i++) expect_near(i, pow(x[i], exponents[k]));
    }
}

Test(runtime_operators, multiples)
{
    const float factor = -2.5f;
    onnx_bytes graph = { 0 };
    fill_x(-2, 2);
    onnx_floats(&graph, "factor", 0, NULL, &factor);
    onnx_node(&graph, "Mul y x factor");
    expect_shape(run_graph(&graph), C, H, W);
    for (int i = 0; i < C * PLANE; i++) expect_near(i, (double)factor * x[i]);
}

Test(runtime_operators, softmax_over_channels)
{
    fill_x(-90, 90); /* exp(90) does not fit into a float */
    expect_shape(run_node("Softmax y x axis=1"), C, H, W);
    for (int i = 0; i < PLANE; i++) {
        double sum = 0;
        for (int c = 0; c < C; c++) sum += exp(x[c * PLANE + i]);
        for (int c = 0; c < C; c++) expect_near(c * PLANE + i, exp(x[c * PLANE + i]) / sum);
    }
}

Test(runtime_operators, sums)
{
    onnx_bytes graph = { 0 };
    fill_x(-2, 2);
    onnx_node(&graph, "LeakyRelu a x alpha=0.2");
    onnx_node(&graph, "Add y a x");
    expect_shape(run_graph(&graph), C, H, W);
    for (int i = 0; i < C * PLANE; i++) expect_near(i, leaky_of(x[i]) + x[i]);
    expect_shape(run_node("Add y x x"), C, H, W);
    for (int i = 0; i < C * PLANE; i++) expect_near(i, 2 * (double)x[i]);
}

static double mean_of(int channel)
{
    double sum = 0;
    for (int i = 0; i < PLANE; i++) sum += x[channel * PLANE + i];
    return sum / PLANE;
}

Test(runtime_operators, means)
{
    fill_x(-1, 3);
    expect_shape(run_node("GlobalAveragePool y x"), C, 1, 1);
    for (int c = 0; c < C; c++) expect_near(c, mean_of(c));
}

Test(runtime_operators, a_vector_is_added_to_every_pixel)
{
    onnx_bytes graph = { 0 };
    fill_x(-1, 3);
    onnx_node(&graph, "GlobalAveragePool v x");
    onnx_node(&graph, "Add y x v");
    expect_shape(run_graph(&graph), C, H, W);
    for (int i = 0; i < C * PLANE; i++) expect_near(i, x[i] + mean_of(i / PLANE));
}

/* ---- norms ---- */

static const float scale[C] = { 1, -2, 0.5f, 3, 0 }, shift[C] = { 0, 1, 2, -1, 5 };
static const float means[C] = { 0, 1, -1, 0.5f, 2 }, variances[C] = { 1, 4, 0.25f, 0, 2 };

static void add_channels(onnx_bytes *graph, const char *name, const float *values)
{
    onnx_floats(graph, name, 1, (int64_t[]){ C }, values);
}

Test(runtime_operators, instance_norm)
{
    onnx_bytes graph = { 0 };
    fill_x(-1, 3);
    for (int i = 0; i < PLANE; i++) x[3 * PLANE + i] = 0.7f;  /* no variance */
    for (int i = 0; i < PLANE; i++) x[1 * PLANE + i] += 1000; /* much more mean than variance */
    add_channels(&graph, "scale", scale);
    add_channels(&graph, "shift", shift);
    onnx_node(&graph, "InstanceNormalization y x scale shift epsilon=0.001");
    expect_shape(run_graph(&graph), C, H, W);
    for (int c = 0; c < C; c++) {
        double mean = 0, variance = 0;
        for (int i = 0; i < PLANE; i++) mean += (double)x[c * PLANE + i] / PLANE;
        for (int i = 0; i < PLANE; i++) variance += pow(x[c * PLANE + i] - mean, 2) / PLANE;
        double factor = scale[c] / sqrt(variance + 0.001);
        for (int i = c * PLANE; i < (c + 1) * PLANE; i++)
            cr_assert_leq(fabs(y[i] - ((x[i] - mean) * factor + shift[c])), c == 1 ? 5e-4 : 1e-5, "at %d", i);
    }
}

Test(runtime_operators, batch_norm)
{
    onnx_bytes graph = { 0 };
    fill_x(-1, 3);
    add_channels(&graph, "scale", scale);
    add_channels(&graph, "shift", shift);
    add_channels(&graph, "mean", means);
    add_channels(&graph, "variance", variances);
    onnx_node(&graph, "BatchNormalization y x scale shift mean variance epsilon=0.01");
    expect_shape(run_graph(&graph), C, H, W);
    for (int i = 0; i < C * PLANE; i++) {
        int c = i / PLANE;
        expect_near(i, (x[i] - (double)means[c]) / sqrt(variances[c] + 0.01) * scale[c] + shift[c]);
    }
}

/* ---- shapes ---- */

Test(runtime_operators, concat)
{
    onnx_bytes graph = { 0 };
    fill_x(-1, 1);
    onnx_node(&graph, "Relu r x");
    onnx_node(&graph, "Concat y x r x axis=1");
    expect_shape(run_graph(&graph), 3 * C, H, W);
    for (int i = 0; i < 3 * C * PLANE; i++) {
        float v = x[i % (C * PLANE)];
        cr_assert_eq(y[i], i / (C * PLANE) == 1 && v < 0 ? 0 : v);
    }
}

static double largest_of(int channel, int top, int left, const int *window)
{
    double most = -INFINITY;
    for (int row = top; row < top + window[0] && row < H; row++)
        for (int col = left; col < left + window[1] && col < W; col++)
            most = fmax(most, x[channel * PLANE + row * W + col]);
    return most;
}

Test(runtime_operators, max_pooling_reaches_over_the_edge)
{
    static const struct {
        const char *line;
        int window[2], step[2], h, w;
    } cases[] = {
        { "MaxPool y x ceil_mode=1 kernel_shape=3,3 strides=2,2", { 3, 3 }, { 2, 2 }, 3, 3 },
        { "MaxPool y x ceil_mode=1 kernel_shape=2,4 strides=2,3", { 2, 4 }, { 2, 3 }, 3, 2 },
        { "MaxPool y x ceil_mode=1 kernel_shape=5,2 strides=4,2", { 5, 2 }, { 4, 2 }, 2, 4 },
        { "MaxPool y x ceil_mode=1 kernel_shape=6,1", { 6, 1 }, { 1, 1 }, 1, 7 },
    };
    fill_x(-3, -1);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        int h = cases[k].h, w = cases[k].w;
        expect_shape(run_node(cases[k].line), C, h, w);
        for (int i = 0; i < C * h * w; i++) {
            int top = i / w % h * cases[k].step[0], left = i % w * cases[k].step[1];
            expect_near(i, largest_of(i / (h * w), top, left, cases[k].window));
        }
    }
}

Test(runtime_operators, pad_with_zeros)
{
    const int top = 9, left = 0, bottom = 1, right = 8, h = H + top + bottom, w = W + left + right;
    onnx_bytes graph = { 0 };
    fill_x(1, 2);
    onnx_ints(&graph, "pads", 8, (int64_t[]){ 0, 0, top, left, 0, 0, bottom, right });
    onnx_node(&graph, "Pad y x pads mode=constant");
    expect_shape(run_graph(&graph), C, h, w);
    for (int i = 0; i < C * h * w; i++) {
        int row = i / w % h - top, col = i % w - left, inside = row >= 0 && row < H && col >= 0 && col < W;
        cr_assert_eq(y[i], inside ? x[i / (h * w) * PLANE + row * W + col] : 0, "at %d", i);
    }
}

static int reflected(int i, int n)
{
    return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i;
}

Test(runtime_operators, pad_by_reflection)
{
    const int top = 2, left = 0, bottom = 5, right = 6, h = H + top + bottom, w = W + left + right;
    onnx_bytes graph = { 0 };
    fill_x(-1, 1);
    onnx_ints(&graph, "pads", 8, (int64_t[]){ 0, 0, top, left, 0, 0, bottom, right });
    onnx_node(&graph, "Pad y x pads mode=reflect");
    expect_shape(run_graph(&graph), C, h, w);
    for (int i = 0; i < C * h * w; i++) {
        int row = reflected(i / w % h - top, H), col = reflected(i % w - left, W);
        cr_assert_eq(y[i], x[i / (h * w) * PLANE + row * W + col], "at %d", i);
    }
}

Test(runtime_operators, slice_of_the_upper_left)
{
    static const int sides[][2] = { { 4, 5 }, { 1, W }, { H, 1 }, { H + 1, W + 9 } };
    fill_x(-1, 1);
    for (size_t k = 0; k < sizeof sides / sizeof *sides; k++) {
        int h = sides[k][0] < H ? sides[k][0] : H, w = sides[k][1] < W ? sides[k][1] : W;
        onnx_bytes graph = { 0 };
        onnx_ints(&graph, "starts", 2, (int64_t[]){ 0, 0 });
        onnx_ints(&graph, "ends", 2, (int64_t[]){ sides[k][0], sides[k][1] });
        onnx_ints(&graph, "axes", 2, (int64_t[]){ 2, 3 });
        onnx_node(&graph, "Slice y x starts ends axes");
        expect_shape(run_graph(&graph), C, h, w);
        for (int i = 0; i < C * h * w; i++)
            cr_assert_eq(y[i], x[i / (h * w) * PLANE + i / w % h * W + i % w], "at %d", i);
    }
}

Test(runtime_operators, resize_by_whole_factors)
{
    onnx_bytes graph = { 0 };
    fill_x(-1, 1);
    onnx_floats(&graph, "scales", 1, (int64_t[]){ 4 }, (float[]){ 1, 1, 2, 3 });
    onnx_node(&graph, "Resize y x - scales mode=nearest coordinate_transformation_mode=asymmetric nearest_mode=floor");
    expect_shape(run_graph(&graph), C, 2 * H, 3 * W);
    for (int i = 0; i < C * 6 * PLANE; i++) {
        int row = i / (3 * W) % (2 * H) / 2, col = i % (3 * W) / 3;
        cr_assert_eq(y[i], x[i / (6 * PLANE) * PLANE + row * W + col], "at %d", i);
    }
}

/* Between the centres of pixels; constant beyond the outermost. */
static double between_pixels(int channel, int row, int col, int high, int wide)
{
    double at_y = fmin(fmax((row + 0.5) / high - 0.5, 0), H - 1), at_x = fmin(fmax((col + 0.5) / wide - 0.5, 0), W - 1);
    double sum = 0;
    for (int i = 0; i < PLANE; i++) {
        double near_y = fmax(1 - fabs(i / W - at_y), 0), near_x = fmax(1 - fabs(i % W - at_x), 0);
        sum += near_y * near_x * x[channel * PLANE + i];
    }
    return sum;
}

Test(runtime_operators, resize_by_interpolation)
{
    onnx_bytes graph = { 0 };
    fill_x(-1, 1);
    onnx_floats(&graph, "scales", 1, (int64_t[]){ 4 }, (float[]){ 1, 1, 4, 3 });
    onnx_node(&graph, "Resize y x - scales mode=linear coordinate_transformation_mode=half_pixel");
    expect_shape(run_graph(&graph), C, 4 * H, 3 * W);
    for (int i = 0; i < C * 12 * PLANE; i++)
        expect_near(i, between_pixels(i / (12 * PLANE), i / (3 * W) % (4 * H), i % (3 * W), 4, 3));
}

/* ---- constants ---- */

/* A 16-bit float as a convolution's weight, cast. */
static onnx_bytes narrow_weights(const unsigned char *two)
{
    onnx_bytes t = { 0 };
    for (int i = 0; i < 4; i++) onnx_varint(&t, 1, i ? 1 : C);
    onnx_varint(&t, 2, 10);
    onnx_text(&t, 8, "narrow");
    onnx_data(&t, 9, two, 2 * C);
    return t;
}

Test(runtime_operators, weights_of_16_bits_are_cast)
{
    static const struct {
        uint16_t bits;
        double value;
    } cases[] = {
        { 0x0000, 0 },       { 0x3c00, 1 },         { 0xc000, -2 },       { 0x7bff, 65504 },
        { 0x0001, 0x1p-24 }, { 0x03ff, 0x3ffp-24 }, { 0x8400, -0x1p-14 }, { 0x3555, 0.333251953125 },
    };
    fill_x(0.5f, 1);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        onnx_bytes graph = { 0 };
        unsigned char two[2 * C] = { (unsigned char)cases[k].bits, (unsigned char)(cases[k].bits >> 8) };
        onnx_bytes t = narrow_weights(two);
        onnx_message(&graph, 5, &t);
        onnx_node(&graph, "Cast wide narrow to=1");
        onnx_node(&graph, "ConvTranspose y x wide");
        expect_shape(run_graph(&graph), 1, H, W);
        for (int i = 0; i < PLANE; i++) cr_assert_eq(y[i], (float)(x[i] * cases[k].value));
    }
}

/* Every row of the table is in a line of this file or of test_convolutions.c. */
Test(runtime_operators, all_of_the_table_are_tested)
{
    char text[1 << 16];
    size_t n = 0;
    static const char *const files[] = { "test_operators.c", "test_convolutions.c" };
    for (int i = 0; i < 2; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/tests/runtime/%s", GAN_SOURCE_DIR, files[i]);
        FILE *f = fopen(path, "rb");
        cr_assert(f);
        n += fread(text + n, 1, sizeof text - 1 - n, f);
        fclose(f);
    }
    text[n] = 0;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        char quoted[64];
        snprintf(quoted, sizeof quoted, "\"%s", ops[i].type);
        cr_expect(strstr(text, quoted), "%s", ops[i].type);
    }
}
