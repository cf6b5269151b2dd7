/* Files that are damaged, absurd or beyond what the runtime knows: refused with a sentence that says why. */
#define GAN_INFER_MAX_BYTES ((uint64_t)64 << 20)
#include "runtime/gan_infer.c"

#include <criterion/criterion.h>

#include "support/onnx_bytes.h"

/* What nodes of the cases below may read. */
static void add_constants(onnx_bytes *graph)
{
    static const float ones[8 * 3 * 3 * 3] = { 1 };
    onnx_floats(graph, "w", 4, (int64_t[]){ 8, 3, 3, 3 }, ones);
    onnx_floats(graph, "w1", 4, (int64_t[]){ 3, 3, 1, 1 }, ones);
    onnx_floats(graph, "tall", 4, (int64_t[]){ 1, 3, 65, 1 }, ones);
    onnx_floats(graph, "b3", 1, (int64_t[]){ 3 }, ones);
    onnx_floats(graph, "b8", 1, (int64_t[]){ 8 }, ones);
    onnx_floats(graph, "none", 1, (int64_t[]){ 0 }, ones);
    onnx_floats(graph, "scales", 1, (int64_t[]){ 4 }, (float[]){ 1, 1, 2.5f, 2 });
    onnx_floats(graph, "nan", 1, (int64_t[]){ 4 }, (float[]){ 1, 1, NAN, 1 });
    onnx_floats(graph, "images", 1, (int64_t[]){ 4 }, (float[]){ 2, 1, 1, 1 });
    onnx_ints(graph, "pads", 8, (int64_t[]){ 0, 0, 1, 1, 0, 0, 1, 1 });
    onnx_ints(graph, "pads4", 4, (int64_t[]){ 1, 1, 1, 1 });
    onnx_ints(graph, "crop", 8, (int64_t[]){ 0, 0, -1, 0, 0, 0, 0, 0 });
    onnx_ints(graph, "huge", 8, (int64_t[]){ 0, 0, INT64_MAX, 0, 0, 0, INT64_MAX, 0 });
    onnx_ints(graph, "deep", 8, (int64_t[]){ 0, 1, 0, 0, 0, 0, 0, 0 });
    onnx_ints(graph, "far", 8, (int64_t[]){ 0, 0, 600, 0, 0, 0, 0, 0 });
    onnx_ints(graph, "wide", 8, (int64_t[]){ 0, 0, 511, 511, 0, 0, 511, 511 });
    onnx_ints(graph, "00", 2, (int64_t[]){ 0, 0 });
    onnx_ints(graph, "11", 2, (int64_t[]){ 1, 1 });
    onnx_ints(graph, "23", 2, (int64_t[]){ 2, 3 });
    onnx_ints(graph, "32", 2, (int64_t[]){ 3, 2 });
    onnx_ints(graph, "least", 2, (int64_t[]){ INT64_MIN, INT64_MIN });
    onnx_ints(graph, "most", 2, (int64_t[]){ INT64_MAX, INT64_MAX });
}

static void expect_refused(const onnx_bytes *file, const char *sentence)
{
    char why[GAN_INFER_ERROR_BYTES] = "";
    gan_infer *m = gan_infer_open_memory(file->at, file->n, why, sizeof why);
    cr_expect_null(m, "%s", sentence);
    cr_expect(strstr(why, sentence), "'%s' does not say '%s'", why, sentence);
    gan_infer_close(m);
}

#define NEAREST " mode=nearest nearest_mode=floor coordinate_transformation_mode=asymmetric"

Test(runtime_hostile, nodes_that_are_not_understood_are_refused_by_name)
{
    static const struct {
        const char *lines[3], *sentence;
    } cases[] = {
        { { "Softsign y x" }, "the operator Softsign is not supported" },
        { { "Re\033[2J y x" }, "the operator Re?[2J is not supported" },
        { { "Relu y z" }, "Relu 'y': it reads 'z', which nothing before it makes" },
        { { "Relu a b", "Relu b a", "Relu y b" }, "it reads 'b', which nothing before it makes" },
        { { "Relu y y" }, "it reads 'y', which nothing before it makes" },
        { { "Relu x x", "Relu y x" }, "two things are called 'x'" },
        { { "Relu a x", "Relu a x", "Relu y a" }, "two things are called 'a'" },
        { { "Relu w x", "Relu y x" }, "two things are called 'w'" },
        { { "Relu a x" }, "nothing makes its output" },
        { { "Relu y x x" }, "2 inputs and 1 outputs are not supported" },
        { { "Relu y" }, "0 inputs and 1 outputs are not supported" },
        { { "Relu y -" }, "its input 0 is missing or a constant" },
        { { "Relu y w" }, "its input 0 is missing or a constant" },
        { { "Relu - x", "Relu y x" }, "something has no name" },
        { { "Conv y x" }, "1 inputs" },
        { { "Conv y x x" }, "Conv 'y': input 1 is no constant of floats" },
        { { "Conv y x -" }, "input 1 is no constant of floats" },
        { { "Conv y x pads" }, "input 1 is no constant of floats" },
        { { "Conv y x b8" }, "the shape of its weights is not supported" },
        { { "Conv y x tall" }, "the shape of its weights is not supported" },
        { { "Conv y x w b3 pads=1,1,1,1" }, "input 2 has 3 numbers, not 8" },
        { { "Conv y x w - pads=1,1,1,1" }, "input 2 is no constant of floats" },
        { { "Conv a x w pads=1,1,1,1", "Conv y a w pads=1,1,1,1" }, "it takes 3 channels, not 8" },
        { { "Conv y x w pads=1,1,1,1 group=3" }, "Conv 'y': the attribute group is not supported" },
        { { "Conv y x w pads=1,1,1" }, "pads has 3 numbers, not 4" },
        { { "Conv y x w pads=1,1,1,1,1" }, "pads has 5 numbers, not 4" },
        { { "Conv y x w pads=-1,1,1,1" }, "pads of -1 is not supported" },
        { { "Conv y x w pads=9223372036854775807,1,1,1" }, "pads of 9223372036854775807 is not supported" },
        { { "Conv y x w strides=0,0" }, "strides of 0 is not supported" },
        { { "Conv y x w strides=4294967297,1" }, "strides of 4294967297 is not supported" },
        { { "Conv y x w kernel_shape=1,1" }, "kernel_shape is not the shape of its weights" },
        { { "Conv y x w" }, "its result of a picture of 512 x 512 has 510 x 510" },
        { { "ConvTranspose y x w1 pads=60,60,60,60 strides=16,16 output_padding=17,0" }, "output_padding of 17" },
        { { "ConvTranspose a x w1 strides=16,16", "ConvTranspose y a w1 strides=16,16" }, "is too large" },
        { { "ConvTranspose y x w1 pads=63,63,63,63", "Relu z y" }, "has 386 x 386" },
        { { "Pow y x b3" }, "input 1 has 3 numbers, not 1" },
        { { "Pow y x x" }, "input 1 is no constant of floats" },
        { { "InstanceNormalization y x b8 b8" }, "it takes 8 channels, not 3" },
        { { "InstanceNormalization y x b3 b8" }, "input 2 has 8 numbers, not 3" },
        { { "InstanceNormalization y x none none" }, "it takes 0 channels, not 3" },
        { { "InstanceNormalization y x b3 x" }, "input 2 is no constant of floats" },
        { { "BatchNormalization y x b3 b3 b3 b8" }, "input 4 has 8 numbers, not 3" },
        { { "BatchNormalization y x b3 b3 b3 b3 training_mode=1" }, "the attribute training_mode is not supported" },
        { { "Conv a x w pads=1,1,1,1", "Add y x a" }, "3 x 512 x 512 and 8 x 512 x 512 do not fit each other" },
        { { "Add y x b3" }, "its input 1 is missing or a constant" },
        { { "Add y x -" }, "its input 1 is missing or a constant" },
        { { "Concat y x x axis=2" }, "axis of 2 is not supported" },
        { { "Concat y x x" }, "axis of 0 is not supported" },
        { { "Concat y x w axis=1" }, "its input 1 is missing or a constant" },
        { { "Conv a x w strides=2,2 pads=1,1,1,1", "Concat y x a axis=1" }, "512 x 512 and 256 x 256 do not fit" },
        { { "Pad y x pads4 mode=reflect" }, "input 1 is no constant of 8 whole numbers" },
        { { "Pad y x b8 mode=reflect" }, "input 1 is no constant of 8 whole numbers" },
        { { "Pad y x - mode=reflect" }, "input 1 is no constant of 8 whole numbers" },
        { { "Pad y x x mode=reflect" }, "input 1 is no constant of 8 whole numbers" },
        { { "Pad y x crop mode=reflect" }, "-1 in input 1 is not supported" },
        { { "Pad y x huge mode=reflect" }, "9223372036854775807 in input 1 is not supported" },
        { { "Pad y x deep mode=reflect" }, "only height and width are padded" },
        { { "Pad y x pads mode=wrap" }, "mode 'wrap' is not supported" },
        { { "Pad y x pads" }, "mode '' is not supported" },
        { { "Pad y x far mode=reflect" }, "512 x 512 pixels cannot be reflected that far" },
        { { "Pad y x wide mode=reflect" }, "has 1534 x 1534" },
        { { "Slice y x 11 11 23" }, "1 in input 1 is not supported" },
        { { "Slice y x 00 least 23" }, "-9223372036854775808 in input 2 is not supported" },
        { { "Slice y x 00 most 23" }, "9223372036854775807 in input 2 is not supported" },
        { { "Slice y x 00 11 32" }, "axes 3 and 2 are not supported" },
        { { "Slice y x 00 11 00" }, "0 in input 3 is not supported" },
        { { "Slice y x 00 11 23 11" }, "5 inputs" },
        { { "Slice y x 00 11 23" }, "has 1 x 1" },
        { { "Resize y x - scales" NEAREST }, "a scale of 2.5 is not supported" },
        { { "Resize y x - nan" NEAREST }, "a scale of nan is not supported" },
        { { "Resize y x - images" NEAREST }, "a scale of 2 is not supported" },
        { { "Resize y x - b3" NEAREST }, "input 2 has 3 numbers, not 4" },
        { { "Resize y x - scales mode=cubic" }, "mode 'cubic' is not supported" },
        { { "Resize y x - scales mode=nearest" }, "nearest_mode '' is not supported" },
        { { "Cast y x to=1" }, "input 0 is no constant of floats" },
        { { "Cast y - to=1" }, "input 0 is no constant of floats" },
        { { "Cast y w to=10" }, "to of 10 is not supported" },
        { { "Cast y w to=1" }, "nothing makes its output" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        onnx_bytes graph = { 0 };
        add_constants(&graph);
        for (int k = 0; k < 3 && cases[i].lines[k]; k++) onnx_node(&graph, cases[i].lines[k]);
        onnx_bytes file = onnx_model(&graph, 3);
        expect_refused(&file, cases[i].sentence);
        onnx_release(&file);
    }
}

/* ---- tensors ---- */

struct tensor_case {
    int dims;
    uint64_t dim[9], type;
    size_t bytes;
    const char *sentence;
};

static onnx_bytes tensor_of(const struct tensor_case *c)
{
    static const unsigned char zeros[64];
    onnx_bytes t = { 0 };
    for (int i = 0; i < c->dims; i++) onnx_varint(&t, 1, c->dim[i]);
    onnx_varint(&t, 2, c->type);
    onnx_text(&t, 8, "k");
    onnx_data(&t, 9, zeros, c->bytes);
    return t;
}

Test(runtime_hostile, tensors_whose_sizes_do_not_fit_are_refused)
{
    static const struct tensor_case cases[] = {
        { 1, { 2 }, 1, 4, "tensor 'k' has 4 bytes of data, its shape needs 8" },
        { 1, { 1 }, 1, 8, "tensor 'k' has 8 bytes of data, its shape needs 4" },
        { 1, { 3 }, 10, 4, "tensor 'k' has 4 bytes of data, its shape needs 6" },
        { 1, { 1 }, 7, 4, "tensor 'k' has 4 bytes of data, its shape needs 8" },
        { 1, { 0 }, 1, 4, "tensor 'k' has 4 bytes of data, its shape needs 0" },
        { 2, { 1 << 30, 4 }, 1, 4, "tensor 'k' is too large" },
        { 1, { 1 << 25 }, 1, 4, "tensor 'k' is too large" },
        { 2, { UINT64_C(1) << 62, 4 }, 1, 0, "tensor 'k' is too large" },
        { 3, { UINT64_C(1) << 32, UINT64_C(1) << 32, 0 }, 1, 0, "tensor 'k' is too large" },
        { 1, { UINT64_MAX }, 1, 4, "tensor 'k' is too large" },
        { 5, { 1, 1, 1, 1, 1 }, 1, 4, "tensor 'k' is too large" },
        { 1, { 1 }, 11, 8, "tensor 'k' is of type 11, which is not supported" },
        { 1, { 1 }, UINT64_MAX, 8, "is of type 18446744073709551615" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        onnx_bytes graph = { 0 }, t = tensor_of(&cases[i]);
        onnx_message(&graph, 5, &t);
        onnx_node(&graph, "Add y x k");
        onnx_bytes file = onnx_model(&graph, 3);
        expect_refused(&file, cases[i].sentence);
        onnx_release(&file);
    }
}

Test(runtime_hostile, data_in_other_files_are_refused)
{
    onnx_bytes graph = { 0 }, t = tensor_of(&(struct tensor_case){ 1, { 1 }, 1, 4, NULL });
    onnx_varint(&t, 14, 1);
    onnx_message(&graph, 5, &t);
    onnx_node(&graph, "Relu y x");
    onnx_bytes file = onnx_model(&graph, 3);
    expect_refused(&file, "tensor 'k' is kept in another file");
    onnx_release(&file);
}

/* ---- graphs ---- */

struct graph_case {
    uint64_t opset;
    int channels, h, inputs, outputs, nodes, empty_nodes;
    const char *key, *text, *sentence;
};

static onnx_bytes file_of(const struct graph_case *c)
{
    onnx_bytes graph = { 0 };
    char line[32];
    for (int i = 0; i < c->nodes; i++) {
        snprintf(line, sizeof line, i + 1 == c->nodes ? "Relu y x" : "Relu v%d x", i);
        onnx_node(&graph, line);
    }
    for (int i = 0; i < c->empty_nodes; i++) onnx_text(&graph, 1, "");
    for (int i = 0; i < c->inputs; i++) onnx_end(&graph, 11, i ? "x2" : "x", c->channels, c->h, 0);
    for (int i = 0; i < c->outputs; i++) onnx_end(&graph, 12, "y", 0, 0, 0);
    onnx_bytes file = onnx_file(&graph, c->opset);
    if (c->key) onnx_metadata(&file, c->key, c->text);
    return file;
}

Test(runtime_hostile, graphs_beyond_the_limits_are_refused)
{
    static const struct graph_case cases[] = {
        { 10, 3, 0, 1, 1, 1, 0, NULL, NULL, "its opset is 10, 11 to 17 are read" },
        { 18, 3, 0, 1, 1, 1, 0, NULL, NULL, "its opset is 18, 11 to 17 are read" },
        { UINT64_MAX, 3, 0, 1, 1, 1, 0, NULL, NULL, "its opset is 18446744073709551615" },
        { 13, 3, 0, 0, 1, 1, 0, NULL, NULL, "it has 0 inputs and 1 outputs, not one each" },
        { 13, 3, 0, 2, 1, 1, 0, NULL, NULL, "it has 2 inputs and 1 outputs, not one each" },
        { 13, 3, 0, 1, 0, 1, 0, NULL, NULL, "it has 1 inputs and 0 outputs, not one each" },
        { 13, 3, 0, 1, 2, 1, 0, NULL, NULL, "it has 1 inputs and 2 outputs, not one each" },
        { 13, 0, 0, 1, 1, 1, 0, NULL, NULL,
          "its input is not floats in (any number of images, channels, height, width)" },
        { 13, 1 << 24, 0, 1, 1, 1, 0, NULL, NULL, "is too large" },
        { 13, 1 << 25, 0, 1, 1, 1, 0, NULL, NULL,
          "its input is not floats in (any number of images, channels, height, width)" },
        { 13, 1 << 10, 1 << 24, 1, 1, 1, 0, NULL, NULL, "is too large" },
        { 13, 3, 0, 1, 1, 0, 0, NULL, NULL, "nothing makes its output" },
        { 13, 3, 0, 1, 1, 1, 1, NULL, NULL, "the operator  is not supported" },
        { 13, 3, 0, 1, 1, 1, 1 << 13, NULL, NULL, "8193 nodes and 0 tensors are more than are read" },
        { 13, 3, 0, 1, 1, 1, 0, "gan.io", "cmyk", "its metadata gan.io is 'cmyk'" },
        { 13, 3, 0, 1, 1, 1, 0, "gan.io", "lab", "a network from 3 to 3 channels is not for lab" },
        { 13, 1, 0, 1, 1, 1, 0, "gan.io", "rgb", "a network from 1 to 1 channels is not for rgb" },
        { 13, 3, 0, 1, 1, 1, 0, "gan.multiple", "0", "its metadata gan.multiple is '0'" },
        { 13, 3, 0, 1, 1, 1, 0, "gan.multiple", "-2", "its metadata gan.multiple is '-2'" },
        { 13, 3, 0, 1, 1, 1, 0, "gan.multiple", "99999999999999999999", "its metadata gan.multiple is" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        onnx_bytes file = file_of(&cases[i]);
        expect_refused(&file, cases[i].sentence);
        onnx_release(&file);
    }
}

static const struct graph_case good = { 13, 3, 0, 1, 1, 3, 0, "gan.io", "rgb", NULL };

Test(runtime_hostile, other_things_are_no_onnx_files)
{
    onnx_bytes file = file_of(&good), empty = { 0 };
    expect_refused(&(onnx_bytes){ .at = file.at, .n = 0 }, "cannot open 'memory': it is empty");
    expect_refused(&(onnx_bytes){ .at = (unsigned char *)(uintptr_t) "P5\n1 1\n255\n", .n = 11 },
                   "damaged, cut off or no ONNX file");
    expect_refused(&(onnx_bytes){ .at = file.at, .n = 2 }, "0 graphs: cut off, or no ONNX file");
    onnx_data(&empty, 7, "", 0);
    expect_refused(&empty, "its opset is 0");
    onnx_data(&file, 7, "", 0);
    expect_refused(&file, "2 graphs");
    onnx_release(&file);
    onnx_release(&empty);
}

/* ---- damage ---- */

/* Some of every message and wire type. */
static onnx_bytes small_model(void)
{
    static const float weights[2 * 3 * 2 * 2] = { 0.5f, -1, 2 };
    onnx_bytes graph = { 0 };
    onnx_floats(&graph, "w", 4, (int64_t[]){ 2, 3, 2, 2 }, weights);
    onnx_floats(&graph, "u", 4, (int64_t[]){ 2, 3, 2, 2 }, weights);
    onnx_floats(&graph, "s", 1, (int64_t[]){ 2 }, weights);
    onnx_floats(&graph, "k", 0, NULL, (float[]){ 2 });
    onnx_floats(&graph, "x2", 1, (int64_t[]){ 4 }, (float[]){ 1, 1, 2, 2 });
    onnx_ints(&graph, "p", 8, (int64_t[]){ 0, 0, 0, 0, 0, 0, 1, 1 });
    onnx_ints(&graph, "b", 2, (int64_t[]){ 0, 0 });
    onnx_ints(&graph, "e", 2, (int64_t[]){ 8, 8 });
    onnx_ints(&graph, "a", 2, (int64_t[]){ 2, 3 });
    onnx_node(&graph, "Conv c x w strides=2,2 kernel_shape=2,2");
    onnx_node(&graph, "InstanceNormalization n c s s epsilon=0.01");
    onnx_node(&graph, "LeakyRelu l n alpha=0.1");
    onnx_node(&graph, "ConvTranspose t l u strides=2,2 output_padding=0,0");
    onnx_node(&graph, "Pad r t p mode=reflect");
    onnx_node(&graph, "Slice i r b e a");
    onnx_node(&graph, "Resize z c - x2" NEAREST);
    onnx_node(&graph, "Concat j t z axis=1");
    onnx_node(&graph, "Pow q x k");
    onnx_node(&graph, "Add d q x");
    onnx_node(&graph, "Tanh y d");
    onnx_bytes file = onnx_model(&graph, 3);
    onnx_metadata(&file, "gan.io", "rgb");
    onnx_metadata(&file, "gan.multiple", "2");
    return file;
}

/* Opens it, and what opens runs, unless it became large. Returns whether it opened. */
static int survives(const unsigned char *bytes, size_t n)
{
    static float x[1 << 12], y[1 << 20];
    char why[GAN_INFER_ERROR_BYTES] = "";
    unsigned char *exact = malloc(n ? n : 1);
    cr_assert(exact);
    memcpy(exact, bytes, n);
    gan_infer *m = gan_infer_open_memory(exact, n, why, sizeof why);
    free(exact);
    cr_assert(m ? !*why : *why);
    if (!m) return 0;
    const gan_infer_info *i = gan_infer_get_info(m);
    int side = i->multiple <= 8 ? 8 : 0;
    if (i->in_channels <= 16 && i->out_channels <= 1 << 13 && gan_infer_run(m, 1, side, side, x, y))
        cr_assert(*gan_infer_error(m));
    gan_infer_close(m);
    return 1;
}

Test(runtime_hostile, a_file_that_ends_early_is_refused_wherever)
{
    onnx_bytes file = small_model();
    onnx_bytes entry = { 0 };
    onnx_metadata(&entry, "gan.io", "rgb");
    onnx_metadata(&entry, "gan.multiple", "2");
    cr_assert(survives(file.at, file.n));
    for (size_t n = 0; n < file.n - entry.n; n++) cr_expect(!survives(file.at, n), "%zu bytes", n);
    for (size_t n = file.n - entry.n; n < file.n; n++) survives(file.at, n);
    onnx_release(&entry);
    onnx_release(&file);
}

Test(runtime_hostile, every_flipped_bit_is_survived)
{
    onnx_bytes file = small_model();
    size_t opened = 0;
    for (size_t bit = 0; bit < 8 * file.n; bit++) {
        file.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
        opened += (size_t)survives(file.at, file.n);
        file.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    cr_expect_gt(opened, 0, "weights may have any value");
    cr_expect_lt(opened, 8 * file.n / 2, "structure may not");
    onnx_release(&file);
}

Test(runtime_hostile, every_byte_of_ones_is_survived)
{
    onnx_bytes file = small_model();
    for (size_t i = 0; i < file.n; i++) {
        unsigned char was = file.at[i];
        file.at[i] = 255;
        survives(file.at, file.n);
        file.at[i] = was;
    }
    onnx_release(&file);
}
