/* Where the runtime puts values while they live: random graphs against every value in memory of its own. */
#include "runtime/gan_infer.c"

#include "runtime/whole.h"

#include "gan/rng.h"

enum { STEPS = 60, GRAPHS = 200, MOST_CHANNELS = 8, H = 4, W = 5, PLANE = H * W };

struct tensor_value {
    int channels;
    float data[MOST_CHANNELS * PLANE];
};

static struct tensor_value known[STEPS + 1]; /* 0: the input */

static void leaky_reference(const struct tensor_value *a, struct tensor_value *out)
{
    out->channels = a->channels;
    for (int i = 0; i < a->channels * PLANE; i++) out->data[i] = a->data[i] > 0 ? a->data[i] : 0.5f * a->data[i];
}

static void sum_reference(const struct tensor_value *a, const struct tensor_value *b, struct tensor_value *out)
{
    out->channels = a->channels;
    for (int i = 0; i < a->channels * PLANE; i++) out->data[i] = a->data[i] + b->data[i];
}

static void concat_reference(const struct tensor_value *a, const struct tensor_value *b, struct tensor_value *out)
{
    size_t first = (size_t)a->channels * PLANE, second = (size_t)b->channels * PLANE;
    out->channels = a->channels + b->channels;
    memcpy(out->data, a->data, first * sizeof(float));
    memcpy(out->data + first, b->data, second * sizeof(float));
}

/* Adds a random step that reads values below n, most often the latest; halving keeps numbers small. */
static void add_step(onnx_bytes *graph, gan_rng r, int n)
{
    uint64_t at = (uint64_t)n * 8;
    int back = 1 + (int)gan_rng_below(r, at, gan_rng_below(r, at + 1, 3) ? 2 : (uint64_t)n);
    int a = n > back ? n - back : 0, b = (int)gan_rng_below(r, at + 2, (uint64_t)n);
    const struct tensor_value *left = &known[a], *right = &known[b];
    char line[96];
    if (left->channels + right->channels <= MOST_CHANNELS && gan_rng_below(r, at + 3, 4) == 0) {
        snprintf(line, sizeof line, "Concat v%d v%d v%d axis=1", n, a, b);
        concat_reference(left, right, &known[n]);
    } else if (left->channels == right->channels && gan_rng_below(r, at + 4, 2)) {
        snprintf(line, sizeof line, "Add v%d v%d v%d", n, a, b);
        sum_reference(left, right, &known[n]);
    } else {
        snprintf(line, sizeof line, "LeakyRelu v%d v%d alpha=0.5", n, a);
        leaky_reference(left, &known[n]);
    }
    onnx_node(graph, line);
}

static void check(uint64_t number, size_t *planned, size_t *all)
{
    onnx_bytes graph = { 0 };
    char name[16];
    float y[MOST_CHANNELS * PLANE];
    gan_rng r = gan_rng_at(3, GAN_STREAM_TEST, number);
    known[0].channels = 1 + (int)(number % 2);
    for (int i = 0; i < known[0].channels * PLANE; i++) known[0].data[i] = (float)gan_rng_normal(r, (uint64_t)i);
    for (int n = 1; n <= STEPS; n++) add_step(&graph, r, n);
    int output = STEPS - (int)(number % 3); /* later steps are for nothing */
    snprintf(name, sizeof name, "v%d", output);
    onnx_end(&graph, 11, "v0", known[0].channels, 0, 0);
    onnx_end(&graph, 12, name, 0, 0, 0);
    onnx_bytes file = onnx_file(&graph, 13);
    gan_infer *m = open_whole(choose_kernel(), &file);
    struct shape out = run_whole(m, H, W, known[0].data, y, sizeof y / sizeof *y);
    cr_assert_eq(out.c, known[output].channels);
    for (int i = 0; i < out.c * PLANE; i++)
        cr_assert(y[i] == known[output].data[i], "graph %d at %d: %g, not %g", (int)number, i, (double)y[i],
                  (double)known[output].data[i]);
    *planned += find_places(m);
    for (int i = 1; i < m->values; i++) *all += room_of(&m->value[i]);
    gan_infer_close(m);
}

Test(runtime_plan, values_that_share_memory_never_live_at_once)
{
    size_t planned = 0, all = 0;
    for (uint64_t i = 0; i < GRAPHS; i++) check(i, &planned, &all);
    cr_expect_lt(planned, all * 2 / 3, "memory is used again");
}

/* However long a chain is, two tensors at a time live. */
Test(runtime_plan, a_chain_goes_back_and_forth)
{
    onnx_bytes graph = { 0 };
    onnx_node(&graph, "Tanh a x");
    onnx_node(&graph, "Relu b a");
    onnx_node(&graph, "Sigmoid c b");
    onnx_node(&graph, "Tanh d c");
    onnx_node(&graph, "LeakyRelu y d");
    onnx_bytes file = onnx_model(&graph, 2);
    gan_infer *m = open_whole(choose_kernel(), &file);
    float x[2 * 64] = { 0 }, y[2 * 64];
    run_whole(m, 8, 8, x, y, sizeof y / sizeof *y);
    cr_expect_eq(find_places(m), 2 * 2 * 64);
    gan_infer_close(m);
}
