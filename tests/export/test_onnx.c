/* ONNX files: every layer that is written is read back as the same function; files that gan exports carry a proof that
 * notices changes; damaged files are refused. */
#define _GNU_SOURCE
#include <criterion/criterion.h>

#include <math.h>

#include "core/layer.h"
#include "data/photos.h"
#include "export/base64.h"
#include "export/golden.h"
#include "export/half.h"
#include "export/onnx_load.h"
#include "export/onnx_write.h"
#include "gan/export.h"
#include "gan/layers.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "gan/parallel.h"
#include "support/rig.h"

static char folder[PATH_BYTES], path[PATH_BYTES];

static void setup(void)
{
    make_folder(folder);
    join(path, folder, "a.onnx");
    gan_parallel_use(1); /* thousands of tiny networks */
}

static void teardown(void)
{
    gan_mem_fail_at(0);
    remove_folder(folder);
}

TestSuite(onnx, .init = setup, .fini = teardown);

/* Layers */

static int write_graph(const gan_graph *g, gan_params *w, int fp16)
{
    gan_onnx *o = gan_onnx_new(g, fp16);
    gan_onnx_model m = { .o = o, .params = w, .input = "any", .output = "any" };
    int result = o ? gan_onnx_write(path, &m) : -1;
    gan_onnx_free(o);
    return result;
}

static gan_frozen load(gan_shape x)
{
    gan_frozen f;
    gan_onnx_file *file = gan_onnx_file_open(path);
    cr_assert(file, "%s", gan_error_message());
    cr_assert_eq(gan_onnx_load(file, x, &f), 0, "%s", gan_error_message());
    gan_onnx_file_close(file);
    return f;
}

static void run(const gan_graph *g, gan_params *w, const float *x, size_t n, float *y)
{
    gan_plan *p = gan_plan_new(g, w, &(gan_plan_opt){ .batch = 0 });
    cr_assert(p && !gan_plan_bind(p, NULL, 0), "%s", gan_error_message());
    gan_plan_put(p, gan_graph_input_at(g, 0), 0, gan_graph_node(g, 0)->dst.n, x);
    cr_assert_eq(gan_plan_run(p, GAN_FWD, (gan_step_key){ 0 }), 0);
    memcpy(y, gan_plan_dst(p, gan_graph_output_at(g, 0)), n * sizeof *y);
    gan_plan_free(p);
}

static size_t count_of(gan_shape s)
{
    return (size_t)s.n * (size_t)s.c * (size_t)s.h * (size_t)s.w;
}

/* g has one input, "x". The parameters are those of a rig: numbers of both signs. */
static void round_trip(gan_graph *g, double tolerance, int fp16)
{
    struct rig r = rig_new(g, (gan_plan_opt){ .batch = 0 });
    cr_assert_eq(write_graph(g, r.w, fp16), 0, "%s: %s", gan_graph_name(g), gan_error_message());
    gan_shape in = gan_graph_node(g, gan_graph_input_at(g, 0))->dst,
              out = gan_graph_node(g, gan_graph_output_at(g, 0))->dst;
    gan_frozen f = load(in);
    float *x = rig_numbers(1, count_of(in)), *a = rig_floats(count_of(out)), *b = rig_floats(count_of(out));
    run(g, r.w, x, count_of(out), a);
    run(f.graph, f.params, x, count_of(out), b);
    for (size_t i = 0; i < count_of(out); i++)
        cr_assert_leq(fabs((double)a[i] - (double)b[i]), tolerance * fmax(1, fabs((double)a[i])), "%s: %g, %g",
                      gan_graph_name(g), (double)a[i], (double)b[i]);
    float *all[] = { x, a, b };
    for (size_t i = 0; i < 3; i++) gan_mem_free(all[i]);
    gan_frozen_release(&f);
    rig_free(&r);
}

/* Layers that take two sources get the input twice. */
static gan_id both_sources(gan_graph *g, const gan_layer_def *def)
{
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 4, 5, 6 });
    gan_id a = gan_relu(g, "a", x), b = gan_tanh(g, "b", x);
    return gan_graph_add(g, def, "both", 2, (gan_id[]){ a, b }, NULL, 0);
}

Test(onnx, every_layer_is_read_back_as_it_was_written)
{
    int written = 0;
    for (int i = 0; gan_layer_all()[i]; i++) {
        const gan_layer_def *def = gan_layer_all()[i];
        if (!def->onnx) continue;
        gan_graph *g = gan_graph_new(def->name);
        gan_id y = def->example(g);
        if (gan_graph_inputs(g) > 1) {
            gan_graph_free(g);
            g = gan_graph_new(def->name);
            y = both_sources(g, def);
        }
        cr_assert_eq(gan_graph_output(g, "out", y), 0, "%s", gan_error_message());
        round_trip(g, 1e-6, 0);
        written++;
    }
    cr_assert_geq(written, 13);
}

Test(onnx, a_layer_that_it_cannot_have_is_named)
{
    gan_graph *g = gan_graph_new("g");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 2, 4, 4 });
    cr_assert_eq(gan_graph_output(g, "y", gan_dropout(g, "thin", x, 0.5f)), 0);
    cr_assert_null(gan_onnx_new(g, 0));
    cr_assert(strstr(gan_error_message(), "thin.dropout"), "%s", gan_error_message());
    gan_graph_free(g);
}

static gan_graph *twins(void)
{
    gan_graph *g = gan_graph_new("twins");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 2, 4, 4 });
    gan_id t = gan_tanh(g, "t", gan_relu(g, "same", gan_lrelu(g, "same", gan_lrelu(g, "same", x, 0.5f), 0.1f)));
    cr_assert_eq(gan_graph_output(g, "out", t), 0);
    return g;
}

Test(onnx, nodes_of_one_name_are_told_apart)
{
    round_trip(twins(), 0, 0);
}

static gan_graph *generator(const gan_model_def *m)
{
    gan_model_opt o = { .in = 1, .out = 2, .filters = 4, .levels = 3, .blocks = 1, .norm = GAN_NORM_NONE, .size = 16 };
    gan_graph *g = gan_model_build(m, "gen", &o);
    cr_assert(g, "%s", gan_error_message());
    return g;
}

Test(onnx, every_generator_is_read_back)
{
    for (int i = 0; gan_model_all()[i]; i++)
        if (gan_model_all()[i]->kind == GAN_GENERATOR) {
            round_trip(generator(gan_model_all()[i]), 1e-6, 0);
            round_trip(generator(gan_model_all()[i]), 2e-2, 1);
        }
}

/* 16-bit floats and base64 */

Test(half, every_half_is_itself)
{
    for (unsigned h = 0; h < 0x10000; h++) {
        float x = gan_half_to_float((uint16_t)h);
        if (isnan(x))
            cr_assert((h & 0x7c00) == 0x7c00 && h & 0x3ff);
        else
            cr_assert_eq(gan_half_from_float(x), h, "%04x", h);
    }
}

Test(half, is_the_nearest_with_ties_to_even)
{
    static const struct {
        float x;
        uint16_t h;
    } known[] = { { 1, 0x3c00 },        { -2, 0xc000 },       { 65504, 0x7bff },        { 65519.9f, 0x7bff },
                  { 65520, 0x7c00 },    { 1e30f, 0x7c00 },    { 0x1p-24f, 0x0001 },     { 0x1p-25f, 0x0000 },
                  { 0x3p-25f, 0x0002 }, { 0x1p-14f, 0x0400 }, { 0x1.ffap-15f, 0x03ff }, { 0x1.ffcp-15f, 0x0400 },
                  { 2049, 0x6800 },     { 2051, 0x6802 },     { 2050.01f, 0x6801 },     { 0.1f, 0x2e66 } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_assert_eq(gan_half_from_float(known[i].x), known[i].h, "%zu: %04x", i, gan_half_from_float(known[i].x));
}

Test(base64, known_texts_and_back)
{
    static const char *const known[][2] = {
        { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i][0]);
        char back[8] = "", *text = gan_base64_encode(known[i][0], n);
        cr_assert_str_eq(text, known[i][1]);
        cr_assert_eq(gan_base64_decode(text, back, n), 0);
        cr_assert_arr_eq(back, known[i][0], n);
        cr_assert_eq(gan_base64_decode(text, back, n + 3), -1);
        gan_mem_free(text);
    }
    char back[3];
    cr_assert_eq(gan_base64_decode("Zm9!", back, 3), -1);
    cr_assert_eq(gan_base64_decode("Zm9=", back, 3), -1);
}

/* Exported files */

static const char config[] = "[data]\nsize = 16\n[generator]\nfilters = 4\nlevels = 3\ninit = 0.15\n";

struct subject {
    gan_config c;
    gan_graph *g;
    gan_params *w;
};

static struct subject *subject_new(void)
{
    struct subject *s = gan_mem_alloc(1, sizeof *s);
    cr_assert_eq(gan_config_parse(&s->c, "test", config, 0, NULL), 0, "%s", gan_error_message());
    gan_model_opt o = gan_model_generator_opt(&s->c);
    s->g = gan_model_build(gan_model_find(GAN_GENERATOR, "unet"), "gen", &o);
    s->w = s->g ? gan_params_new(s->g, 0) : NULL;
    cr_assert(s->w, "%s", gan_error_message());
    gan_params_init(s->w, 1, 0, 0.15);
    return s;
}

static void subject_free(struct subject *s)
{
    gan_params_free(s->w);
    gan_graph_free(s->g);
    gan_mem_free(s);
}

static int export_to(const char *to, const gan_export_opt *o)
{
    struct subject *s = subject_new();
    gan_export_report r;
    int result = gan_export(to, &(gan_generator){ &s->c, s->g, s->w }, o, &r);
    subject_free(s);
    return result;
}

static const gan_export_opt ways[] = {
    { 0 },
    { .io = GAN_IO_RGB },
    { .h = 19, .w = 33 },
    { .io = GAN_IO_RGB, .h = 8, .w = 300, .norm = GAN_FREEZE_INSTANCE },
    { .fp16 = 1, .recalibrated = "photographs" },
};
enum { NWAYS = sizeof ways / sizeof *ways };

Test(onnx, exported_files_tell_what_they_are_and_prove_it)
{
    static const char *const norms[NWAYS] = { "running", "running", "running", "instance", "recalibrate:photographs" };
    for (size_t i = 0; i < NWAYS; i++) {
        gan_exported e;
        gan_proof p;
        cr_assert_eq(export_to(path, &ways[i]), 0, "%s", gan_error_message());
        cr_assert_eq(gan_exported_open(&e, path), 0, "%s", gan_error_message());
        cr_assert(e.io == ways[i].io && e.h == ways[i].h && e.w == ways[i].w && e.fp16 == ways[i].fp16);
        cr_assert_eq(e.multiple, ways[i].h ? 1 : 8);
        cr_assert_str_eq(e.norm, norms[i]);
        cr_assert_eq(e.config.generator.filters, 4);
        gan_exported_release(&e);
        cr_assert_eq(gan_exported_prove(path, &p), 0, "%s", gan_error_message());
        cr_assert_leq(p.worst, p.tolerance, "%zu: %g", i, p.worst);
        cr_assert_eq(p.h, ways[i].h ? ways[i].h : 64);
    }
}

Test(onnx, the_same_network_gives_the_same_bytes)
{
    char other[PATH_BYTES];
    size_t n = 0, m = 0;
    join(other, folder, "b.onnx");
    cr_assert(!export_to(path, &ways[1]) && !export_to(other, &ways[1]));
    FILE *a = fopen(path, "rb"), *b = fopen(other, "rb");
    for (int c = fgetc(a), d = fgetc(b); c != EOF || d != EOF; c = fgetc(a), d = fgetc(b), n++) m += c == d;
    cr_assert(n > 1000 && m == n);
    fclose(a);
    fclose(b);
}

static unsigned char *slurp(size_t *n)
{
    FILE *f = fopen(path, "rb");
    cr_assert(f && !fseek(f, 0, SEEK_END));
    *n = (size_t)ftell(f);
    unsigned char *bytes = gan_mem_alloc(*n, 1);
    rewind(f);
    cr_assert_eq(fread(bytes, 1, *n, f), *n);
    fclose(f);
    return bytes;
}

static void spit(const unsigned char *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(bytes, 1, n, f) == n && !fclose(f));
}

Test(onnx, a_changed_weight_is_noticed)
{
    struct subject *s = subject_new();
    gan_export_report r;
    gan_proof p;
    size_t n, at = 0;
    float first[16];
    cr_assert_eq(gan_export(path, &(gan_generator){ &s->c, s->g, s->w }, &ways[0], &r), 0);
    float *weights = rig_floats(gan_graph_param(s->g, 0)->count);
    cr_assert_eq(gan_params_get(s->w, 0, GAN_VALUES, weights), 0);
    memcpy(first, weights, sizeof first);
    unsigned char *bytes = slurp(&n), *found = memmem(bytes, n, first, sizeof first);
    cr_assert(found);
    at = (size_t)(found - bytes);
    bytes[at + 3] ^= 0x80; /* the sign */
    spit(bytes, n);
    cr_assert_eq(gan_exported_prove(path, &p), 0, "%s", gan_error_message());
    cr_assert_gt(p.worst, 10 * p.tolerance);
    gan_mem_free(bytes);
    gan_mem_free(weights);
    subject_free(s);
}

/* Whatever it is that is refused, there is a message; whatever is taken can be run. */
static void try_file(void)
{
    gan_proof p;
    gan_error("no message");
    if (gan_exported_prove(path, &p)) cr_assert_str_neq(gan_error_message(), "no message");
}

Test(onnx, files_cut_anywhere_are_refused, .timeout = 120)
{
    gan_proof p;
    size_t n;
    cr_assert_eq(export_to(path, &ways[0]), 0);
    unsigned char *bytes = slurp(&n);
    for (size_t cut = 0; cut < n; cut += cut < 2048 || cut + 512 > n ? 1 : 97) {
        spit(bytes, cut);
        cr_assert_eq(gan_exported_prove(path, &p), -1, "%zu of %zu", cut, n);
    }
    gan_mem_free(bytes);
}

Test(onnx, files_with_a_flipped_byte_do_no_harm, .timeout = 120)
{
    size_t n;
    cr_assert_eq(export_to(path, &ways[2]), 0);
    unsigned char *bytes = slurp(&n);
    for (size_t i = 0; i < n; i += i < 4096 ? 3 : 1009)
        for (int bit = 0; bit < 8; bit += 7) {
            bytes[i] ^= (unsigned char)(1 << bit);
            spit(bytes, n);
            try_file();
            bytes[i] ^= (unsigned char)(1 << bit);
        }
    gan_mem_free(bytes);
}

Test(onnx, foreign_files_are_refused)
{
    gan_exported e;
    struct rig r = rig_new(twins(), (gan_plan_opt){ .batch = 0 });
    cr_assert_eq(write_graph(r.g, r.w, 0), 0);
    cr_assert_eq(gan_exported_open(&e, path), -1);
    cr_assert(strstr(gan_error_message(), "not exported by gan"), "%s", gan_error_message());
    rig_free(&r);
}

Test(onnx, options_and_endings_that_a_format_does_not_know_are_refused)
{
    char other[PATH_BYTES];
    join(other, folder, "a.gif");
    cr_assert_eq(export_to(other, &ways[0]), -1);
    cr_assert(strstr(gan_error_message(), ".onnx"), "%s", gan_error_message());
    join(other, folder, "a.safetensors");
    cr_assert_eq(export_to(other, &ways[1]), -1);
    cr_assert(strstr(gan_error_message(), "know no 'io'"), "%s", gan_error_message());
    cr_assert_eq(export_to(path, &(gan_export_opt){ .h = 1, .w = 9 }), -1);
    cr_assert(strstr(gan_error_message(), "cannot be mirrored"), "%s", gan_error_message());
}

/* The file would say that the numbers are L and ab. */
Test(onnx, other_tasks_are_refused)
{
    static const struct {
        int space, input, hints;
    } tasks[] = { { GAN_YUV601, GAN_INPUT_GRAY, 0 }, { GAN_LAB, GAN_INPUT_LINES, 0 }, { GAN_LAB, GAN_INPUT_GRAY, 1 } };
    struct subject *s = subject_new();
    gan_export_report r;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        s->c.data.colour_space = tasks[i].space;
        s->c.data.input = tasks[i].input;
        s->c.data.hints = tasks[i].hints;
        cr_assert_eq(gan_export(path, &(gan_generator){ &s->c, s->g, s->w }, &ways[0], &r), -1);
        cr_assert(strstr(gan_error_message(), "CIELAB"), "%s", gan_error_message());
    }
    cr_assert_null(fopen(path, "rb"));
    subject_free(s);
}

Test(onnx, weights_beyond_16_bits_are_refused)
{
    struct subject *s = subject_new();
    gan_export_report r;
    float *weights = rig_floats(gan_graph_param(s->g, 0)->count);
    weights[0] = 1e6f;
    cr_assert_eq(gan_params_set(s->w, 0, GAN_VALUES, weights), 0);
    cr_assert_eq(gan_export(path, &(gan_generator){ &s->c, s->g, s->w }, &(gan_export_opt){ .fp16 = 1 }, &r), -1);
    cr_assert(strstr(gan_error_message(), "16-bit"), "%s", gan_error_message());
    cr_assert_null(fopen(path, "rb"));
    gan_mem_free(weights);
    subject_free(s);
}

Test(onnx, lack_of_memory_anywhere_is_an_error)
{
    struct subject *s = subject_new();
    const gan_export_opt o = { .io = GAN_IO_RGB, .h = 8, .w = 18 };
    gan_export_report r;
    gan_proof p;
    int failed = -1;
    uint64_t n = 0;
    while (failed) {
        gan_mem_fail_at(++n);
        failed = gan_export(path, &(gan_generator){ &s->c, s->g, s->w }, &o, &r);
        gan_mem_fail_at(0);
        cr_assert(!failed || *gan_error_message());
    }
    cr_assert_gt(n, 100);
    for (failed = -1, n = 0; failed;) {
        gan_mem_fail_at(++n);
        failed = gan_exported_prove(path, &p);
        gan_mem_fail_at(0);
        cr_assert(!failed || *gan_error_message());
    }
    cr_assert_gt(n, 100);
    subject_free(s);
}
