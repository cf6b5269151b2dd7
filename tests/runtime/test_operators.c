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

/* ---- two operands ---- */

static double sum_of_two(double a, double b)
{
    return a + b;
}

static double difference(double a, double b)
{
    return a - b;
}

static double product(double a, double b)
{
    return a * b;
}

static double quotient(double a, double b)
{
    return a / b;
}

static const struct {
    const char *op;
    double (*function)(double a, double b);
} binaries[] = {
    { "Add", sum_of_two }, { "Sub", difference }, { "Mul", product }, { "Div", quotient }, { "Pow", pow },
};

enum { BINARIES = sizeof binaries / sizeof *binaries };

Test(runtime_operators, of_two_operands_broadcast_constants_on_either_side)
{
    static const struct {
        int dims;
        int64_t dim[4];
        int step_c, step_y, step_x; /* to the neighbour in the constant */
    } cases[] = {
        { 0, { 0 }, 0, 0, 0 },
        { 1, { 1 }, 0, 0, 0 },
        { 1, { W }, 0, 0, 1 },
        { 3, { C, 1, 1 }, 1, 0, 0 },
        { 4, { 1, C, 1, 1 }, 1, 0, 0 },
        { 2, { H, 1 }, 0, 1, 0 },
        { 4, { 1, C, H, W }, PLANE, W, 1 },
    };
    float constant[C * PLANE];
    fill_x(0.5f, 2);
    for (int i = 0; i < C * PLANE; i++) constant[i] = 0.3f + 0.01f * (float)i;
    for (int k = 0; k < BINARIES * 2; k++)
        for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
            onnx_bytes graph = { 0 };
            char line[64];
            snprintf(line, sizeof line, "%s y %s", binaries[k / 2].op, k % 2 ? "k x" : "x k");
            onnx_floats(&graph, "k", cases[n].dims, cases[n].dim, constant);
            onnx_node(&graph, line);
            expect_shape(run_graph(&graph), C, H, W);
            for (int i = 0; i < C * PLANE; i++) {
                int at = i / PLANE * cases[n].step_c + i % PLANE / W * cases[n].step_y + i % W * cases[n].step_x;
                double a = x[i], b = constant[at];
                expect_near(i, k % 2 ? binaries[k / 2].function(b, a) : binaries[k / 2].function(a, b));
            }
        }
}

Test(runtime_operators, of_two_computed_operands_broadcast_too)
{
    fill_x(0.5f, 2);
    for (int k = 0; k < BINARIES; k++) {
        onnx_bytes graph = { 0 };
        char line[64];
        onnx_ints(&graph, "two", 1, (int64_t[]){ 2 });
        onnx_ints(&graph, "three", 1, (int64_t[]){ 3 });
        onnx_ints(&graph, "one", 1, (int64_t[]){ 1 });
        onnx_node(&graph, "Slice plane x two three one");
        snprintf(line, sizeof line, "%s y plane x", binaries[k].op);
        onnx_node(&graph, line);
        expect_shape(run_graph(&graph), C, H, W);
        for (int i = 0; i < C * PLANE; i++) expect_near(i, binaries[k].function(x[2 * PLANE + i % PLANE], x[i]));
    }
    expect_shape(run_node("Mul y x x"), C, H, W);
    for (int i = 0; i < C * PLANE; i++) expect_near(i, (double)x[i] * x[i]);
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

/* Where position i of n comes from; -1: it is the constant. */
static int from_constant(int i, int n)
{
    return i >= 0 && i < n ? i : -1;
}

static int from_reflected(int i, int n)
{
    return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i;
}

static int from_edge(int i, int n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

Test(runtime_operators, pad)
{
    static const struct {
        const char *line;
        int (*from)(int i, int n);
        double constant;
    } cases[] = {
        { "Pad y x pads fill mode=constant", from_constant, -2.5 },
        { "Pad y x pads", from_constant, 0 },
        { "Pad y x pads mode=reflect", from_reflected, 0 },
        { "Pad y x pads mode=edge", from_edge, 0 },
    };
    const int top = 2, left = 0, bottom = 5, right = 6, h = H + top + bottom, w = W + left + right;
    fill_x(-1, 1);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        onnx_bytes graph = { 0 };
        onnx_ints(&graph, "pads", 8, (int64_t[]){ 0, 0, top, left, 0, 0, bottom, right });
        onnx_floats(&graph, "fill", 0, NULL, (float[]){ -2.5f });
        onnx_node(&graph, cases[k].line);
        expect_shape(run_graph(&graph), C, h, w);
        for (int i = 0; i < C * h * w; i++) {
            int row = cases[k].from(i / w % h - top, H), col = cases[k].from(i % w - left, W);
            expect_near(i, row < 0 || col < 0 ? cases[k].constant : x[i / (h * w) * PLANE + row * W + col]);
        }
    }
}

Test(runtime_operators, slice)
{
    static const struct {
        const char *line;
        int n;
        int64_t begin[3], end[3], axis[3];
        int c, h, w, first_c, first_y, first_x;
    } cases[] = {
        { "Slice y x begin end axis", 2, { 0, 1 }, { 4, 6 }, { 2, 3 }, C, 4, 5, 0, 0, 1 },
        { "Slice y x begin end axis ones", 2, { -3, -99 }, { 99, -2 }, { -2, -1 }, C, 3, 5, 0, 3, 0 },
        { "Slice y x begin end axis", 3, { 1, 2, 3 }, { 3, 3, 4 }, { 1, 2, 3 }, 2, 1, 1, 1, 2, 3 },
        { "Slice y x begin end axis", 1, { 2 }, { INT64_MAX }, { 2 }, C, H - 2, W, 0, 2, 0 },
    };
    fill_x(-1, 1);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        onnx_bytes graph = { 0 };
        onnx_ints(&graph, "begin", cases[k].n, cases[k].begin);
        onnx_ints(&graph, "end", cases[k].n, cases[k].end);
        onnx_ints(&graph, "axis", cases[k].n, cases[k].axis);
        onnx_ints(&graph, "ones", cases[k].n, (int64_t[]){ 1, 1, 1 });
        onnx_node(&graph, cases[k].line);
        int c = cases[k].c, h = cases[k].h, w = cases[k].w;
        expect_shape(run_graph(&graph), c, h, w);
        for (int i = 0; i < c * h * w; i++) {
            int plane = cases[k].first_c + i / (h * w), row = cases[k].first_y + i / w % h,
                col = cases[k].first_x + i % w;
            cr_assert_eq(y[i], x[plane * PLANE + row * W + col], "at %d", i);
        }
    }
}

Test(runtime_operators, resize)
{
    static const char *const lines[] = {
        "Resize y x - scales mode=nearest coordinate_transformation_mode=asymmetric nearest_mode=floor",
        "Resize y x - scales",
    };
    fill_x(-1, 1);
    for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
        onnx_bytes graph = { 0 };
        onnx_floats(&graph, "scales", 1, (int64_t[]){ 4 }, (float[]){ 1, 1, 2, 3 });
        onnx_node(&graph, lines[k]);
        expect_shape(run_graph(&graph), C, 2 * H, 3 * W);
        for (int i = 0; i < C * 6 * PLANE; i++) {
            int row = i / (3 * W) % (2 * H) / 2, col = i % (3 * W) / 3;
            cr_assert_eq(y[i], x[i / (6 * PLANE) * PLANE + row * W + col], "at %d", i);
        }
    }
}

/* ---- constants ---- */

/* As TensorProto: one number, 16-bit float or float. */
static onnx_bytes scalar(int type, const char *name, const void *data, size_t n)
{
    onnx_bytes t = { 0 };
    onnx_varint(&t, 2, (uint64_t)type);
    onnx_text(&t, 8, name);
    onnx_data(&t, 9, data, n);
    return t;
}

Test(runtime_operators, weights_of_16_bits_are_cast)
{
    static const struct {
        uint16_t bits;
        double value;
    } cases[] = {
        { 0x0000, 0 },
        { 0x3c00, 1 },
        { 0xc000, -2 },
        { 0x7bff, 65504 },
        { 0x0001, ldexp(1, -24) },
        { 0x03ff, ldexp(1023, -24) },
        { 0x8400, -ldexp(1, -14) },
        { 0x3555, 0.333251953125 },
    };
    fill_x(-1, 1);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        onnx_bytes graph = { 0 };
        unsigned char two[2] = { (unsigned char)cases[k].bits, (unsigned char)(cases[k].bits >> 8) };
        onnx_bytes t = scalar(10, "narrow", two, sizeof two);
        onnx_message(&graph, 5, &t);
        onnx_node(&graph, "Cast wide narrow to=1");
        onnx_node(&graph, "Mul y x wide");
        run_graph(&graph);
        for (int i = 0; i < C * PLANE; i++) cr_assert_eq(y[i], (float)(x[i] * cases[k].value));
    }
}

Test(runtime_operators, constants_may_be_nodes)
{
    onnx_bytes graph = { 0 }, node = { 0 }, attribute = { 0 }, t = scalar(1, "", (float[]){ 3 }, sizeof(float));
    fill_x(-1, 1);
    onnx_text(&attribute, 1, "value");
    onnx_message(&attribute, 5, &t);
    onnx_text(&node, 4, "Constant");
    onnx_text(&node, 2, "three");
    onnx_message(&node, 5, &attribute);
    onnx_message(&graph, 1, &node);
    onnx_node(&graph, "Mul y x three");
    run_graph(&graph);
    for (int i = 0; i < C * PLANE; i++) cr_assert_eq(y[i], 3 * x[i]);
}

/* Whole numbers as a packed list and floats as float_data, as some writers store them. */
Test(runtime_operators, constants_may_be_stored_as_lists)
{
    static const unsigned char packed[] = { 0, 0, 1, 2, 0, 0, 0, 3 };
    onnx_bytes graph = { 0 }, pads = { 0 }, fill = { 0 };
    fill_x(-1, 1);
    onnx_varint(&pads, 1, 8);
    onnx_varint(&pads, 2, 7);
    onnx_text(&pads, 8, "pads");
    onnx_data(&pads, 7, packed, sizeof packed);
    onnx_message(&graph, 5, &pads);
    onnx_varint(&fill, 2, 1);
    onnx_text(&fill, 8, "fill");
    onnx_data(&fill, 4, (float[]){ 9 }, sizeof(float));
    onnx_message(&graph, 5, &fill);
    onnx_node(&graph, "Pad y x pads fill");
    expect_shape(run_graph(&graph), C, H + 1, W + 5);
    cr_assert_eq(y[0], 9);
    cr_assert_eq(y[W + 5 + 2], x[0]);
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
