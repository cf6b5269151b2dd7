/* .pth files: what is exported comes back bit for bit; what others wrote, in both forms; hostile ones are refused. */
#define _GNU_SOURCE
#include "export/pth.h"

#include <stdarg.h>
#include <stdlib.h>

#include "data/photos.h"
#include "export/bytes.h"
#include "export/imported.h"
#include "export/zip.h"
#include "gan/export.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "support/damage.h"

static char folder[PATH_BYTES], path[PATH_BYTES];

static void setup(void)
{
    make_folder(folder);
    join(path, folder, "a.pth");
    gan_parallel_use(1);
}

static void teardown(void)
{
    gan_mem_fail_at(0);
    remove_folder(folder);
}

TestSuite(pth, .init = setup, .fini = teardown);

static const char tiny[] = "[generator]\nmodel = unet\nlevels = 2\nfilters = 1\nnorm = batch\n";

static int export_to(const char *to, const struct generator *g)
{
    gan_generator from = generator_of(g);
    gan_export_report r = { 0 };
    return gan_export(to, &from, &(gan_export_opt){ 0 }, &r);
}

Test(pth, what_is_exported_comes_back_bit_for_bit)
{
    static const char *const rows[] = {
        tiny,
        "[generator]\nmodel = unet\nlevels = 3\nfilters = 3\nnorm = instance\n",
        "[generator]\nmodel = unet\nlevels = 4\nfilters = 2\nnorm = none\n",
        "[generator]\nmodel = resnet\nblocks = 2\nfilters = 2\nnorm = batch\ndropout = 0\n",
        "[generator]\nmodel = resnet\nblocks = 1\nfilters = 1\nnorm = instance\ndropout = 0.5\n",
        "[data]\ninput = rgb\ncolour_space = rgb\n[generator]\nlevels = 2\nfilters = 1\n",
        "[generator]\nmodel = resnet\nblocks = 0\nfilters = 2\nnorm = none\ndropout = 0\n",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct generator g = generator_new(rows[i]), back;
        cr_assert_eq(export_to(path, &g), 0, "%s", gan_error_message());
        cr_assert_eq(import_file(path, NULL, &back), 0, "%s%s", rows[i], gan_error_message());
        expect_same_values(&g, back.graph, back.params);
        cr_expect_eq(gan_config_compare(&g.config, &back.config, NULL, NULL), 0, "%s", rows[i]);
        generator_free(&back);
        generator_free(&g);
    }
}

Test(pth, networks_that_the_reference_has_not_are_refused)
{
    static const struct {
        const char *ini, *why;
    } rows[] = {
        { "[generator]\nmodel = alpha\n", "the reference implementation has no 'alpha'" },
        { "[generator]\nmodel = full\nfilters = 2\n", "the reference implementation has no 'full'" },
        { "[generator]\nlevels = 2\nfilters = 1\ndecoder = nearest\n", "no decoder that upsamples" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct generator g = generator_new(rows[i].ini);
        cr_expect_eq(export_to(path, &g), -1, "%s", rows[i].ini);
        cr_expect(strstr(gan_error_message(), rows[i].why), "%s", gan_error_message());
        generator_free(&g);
    }
}

Test(pth, every_shorter_file_is_refused)
{
    size_t n;
    struct generator g = generator_new(tiny);
    cr_assert_eq(export_to(path, &g), 0);
    unsigned char *bytes = file_bytes(path, &n);
    damage_shorten(path, bytes, n, import_none, path);
    free(bytes);
    generator_free(&g);
}

/* Everything that matters has a checksum. */
Test(pth, changed_bytes_are_refused_or_change_nothing)
{
    size_t n;
    struct generator g = generator_new(tiny);
    struct unchanged u = { path, &g, 0 };
    cr_assert_eq(export_to(path, &g), 0);
    unsigned char *bytes = file_bytes(path, &n);
    damage_flip(path, bytes, n, import_unchanged, &u);
    cr_expect_gt(u.taken, 0);
    cr_expect_lt(u.taken, 3 * n * 7 / 8);
    free(bytes);
    generator_free(&g);
}

Test(pth, every_allocation_may_fail)
{
    struct generator g = generator_new(tiny), back;
    cr_assert_eq(export_to(path, &g), 0);
    for (uint64_t nth = 1;; nth++) {
        gan_mem_fail_at(nth);
        int failed = import_file(path, NULL, &back);
        gan_mem_fail_at(0);
        if (!failed) {
            cr_expect_gt(nth, 20);
            generator_free(&back);
            break;
        }
        cr_assert_lt(nth, 10000);
    }
    generator_free(&g);
}

/* Hand-made archives: a pickle, and one storage of 8 floats called "0" */

static const float storage[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void put_archive(const void *pickle, size_t n)
{
    gan_zip_writer w;
    cr_assert_eq(gan_zip_create(&w, path), 0);
    cr_assert_eq(gan_zip_add(&w, "a/data.pkl", pickle, n), 0);
    cr_assert_eq(gan_zip_add(&w, "a/data/0", storage, sizeof storage), 0);
    cr_assert_eq(gan_zip_finish(&w), 0);
}

struct text { /* a pickle while it is put together */
    unsigned char bytes[1024];
    size_t n;
};

static void add_bytes(struct text *t, const void *bytes, size_t n)
{
    cr_assert_leq(t->n + n, sizeof t->bytes);
    memcpy(t->bytes + t->n, bytes, n);
    t->n += n;
}

static void add_opcodes(struct text *t, const char *opcodes)
{
    add_bytes(t, opcodes, strlen(opcodes));
}

static void add_text(struct text *t, const char *text)
{
    unsigned char head[5] = { 'X' };
    gan_put_le(head + 1, 4, strlen(text));
    add_bytes(t, head, sizeof head);
    add_opcodes(t, text);
}

static void add_number(struct text *t, int64_t number)
{
    unsigned char head[10] = { 0x8a, 8 };
    gan_put_le(head + 2, 8, (uint64_t)number);
    add_bytes(t, head, sizeof head);
}

struct view {
    const char *type, *key;
    int64_t offset;
    int ndims, nstrides;
    int64_t dims[10], strides[10];
};

/* {'x': tensor}, as PyTorch writes it */
static void put_view(const struct view *v)
{
    struct text t = { .n = 0 };
    add_opcodes(&t, "\x80\x02}");
    add_text(&t, "x");
    add_opcodes(&t, "ctorch._utils\n_rebuild_tensor_v2\n((");
    add_text(&t, "storage");
    add_opcodes(&t, "ctorch\n");
    add_opcodes(&t, v->type);
    add_opcodes(&t, "\n");
    add_text(&t, v->key);
    add_text(&t, "cpu");
    add_number(&t, 8);
    add_opcodes(&t, "tQ");
    add_number(&t, v->offset);
    add_opcodes(&t, "(");
    for (int i = 0; i < v->ndims; i++) add_number(&t, v->dims[i]);
    add_opcodes(&t, "t(");
    for (int i = 0; i < v->nstrides; i++) add_number(&t, v->strides[i]);
    add_opcodes(&t, "t\x89}tRs.");
    put_archive(t.bytes, t.n);
}

static gan_tensors open_view(const struct view *v)
{
    gan_tensors t;
    put_view(v);
    cr_assert_eq(gan_tensors_open(&t, path), 0, "%s", gan_error_message());
    cr_assert_eq(t.count, 1);
    cr_assert_str_eq(t.item[0].name, "x");
    return t;
}

Test(pth, views_of_storages)
{
    static const struct {
        struct view view;
        float want[8];
    } rows[] = {
        { { "FloatStorage", "0", 0, 2, 2, { 2, 4 }, { 4, 1 } }, { 1, 2, 3, 4, 5, 6, 7, 8 } },
        { { "FloatStorage", "0", 0, 2, 2, { 4, 2 }, { 1, 4 } }, { 1, 5, 2, 6, 3, 7, 4, 8 } }, /* transposed */
        { { "FloatStorage", "0", 3, 1, 1, { 2 }, { 4 } }, { 4, 8 } },
        { { "FloatStorage", "0", 1, 2, 2, { 2, 2 }, { 0, 3 } }, { 2, 5, 2, 5 } }, /* expanded */
        { { "FloatStorage", "0", 7, 0, 0, { 0 }, { 0 } }, { 8 } },
        { { "FloatStorage", "0", 8, 1, 1, { 0 }, { 1 } }, { 0 } },
        { { "DoubleStorage", "0", 1, 0, 0, { 0 }, { 0 } }, { 512 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        float got[8] = { 0 };
        gan_tensors t = open_view(&rows[i].view);
        cr_assert_eq(gan_tensors_read(&t, &t.item[0], got), 0, "%s", gan_error_message());
        for (size_t k = 0; k < t.item[0].count; k++)
            cr_expect_float_eq(got[k], rows[i].want[k], 1e-3F, "row %zu: %g", i, (double)got[k]);
        gan_tensors_close(&t);
    }
}

Test(pth, views_that_no_storage_has_are_refused)
{
    static const int64_t huge = INT64_MAX;
    static const struct {
        struct view view;
        const char *why;
    } rows[] = {
        { { "FloatStorage", "0", 0, 1, 1, { 9 }, { 1 } }, "more elements than its storage" },
        { { "FloatStorage", "0", 1, 1, 1, { 8 }, { 1 } }, "it lies outside of its storage" },
        { { "FloatStorage", "0", 0, 1, 1, { 2 }, { 8 } }, "it lies outside of its storage" },
        { { "FloatStorage", "0", huge, 1, 1, { 1 }, { 1 } }, "it lies outside of its storage" },
        { { "FloatStorage", "0", 0, 1, 1, { 2 }, { huge } }, "it lies outside of its storage" },
        { { "FloatStorage", "0", 0, 1, 1, { 8 }, { huge } }, "its strides are too large" },
        { { "FloatStorage", "0", 0, 3, 3, { 2, 2, 2 }, { huge, huge, huge } }, "its strides are too large" },
        { { "FloatStorage", "0", 0, 2, 2, { huge, huge }, { 0, 0 } }, "more elements than its storage" },
        { { "FloatStorage", "0", 0, 2, 2, { 0, huge }, { huge, huge } }, "its strides are too large" },
        { { "FloatStorage", "0", 0, 1, 1, { -1 }, { 1 } }, "something else than numbers from 0 on" },
        { { "FloatStorage", "0", 0, 1, 1, { 1 }, { -1 } }, "something else than numbers from 0 on" },
        { { "FloatStorage", "0", -1, 1, 1, { 1 }, { 1 } }, "it is no tensor" },
        { { "FloatStorage", "0", 0, 2, 1, { 1, 1 }, { 1 } }, "2 dimensions and 1 strides" },
        { { "FloatStorage", "0", 0, 9, 9, { 1 }, { 1 } }, "at most 8 numbers" },
        { { "FloatStorage", "1", 0, 1, 1, { 1 }, { 1 } }, "its storage '1' is missing" },
        { { "FloatStorage", "../data.pkl", 0, 1, 1, { 1 }, { 1 } }, "is missing" },
        { { "Tensor", "0", 0, 1, 1, { 1 }, { 1 } }, "it names 'torch.Tensor'" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_view(&rows[i].view);
        expect_refused(path, NULL, rows[i].why);
    }
}

Test(pth, elements_that_are_no_floats_are_not_read)
{
    gan_tensors t = open_view(&(struct view){ "LongStorage", "0", 0, 1, 1, { 4 }, { 1 } });
    float out[8];
    cr_expect_eq(gan_tensors_read(&t, &t.item[0], out), -1);
    cr_expect(strstr(gan_error_message(), "its elements are int64, not floats"), "%s", gan_error_message());
    gan_tensors_close(&t);
}

Test(pth, what_is_no_dict_of_tensors_is_refused)
{
    static const struct {
        const char *pickle, *why;
    } rows[] = {
        { "N.", "it holds no dict of tensors" },
        { "].", "it holds no dict of tensors" },
        { "}.", "none of its 0 tensors is the first of a generator" },
        { "cos\nsystem\n)R.", "it names 'os.system'" },
        { "cmodels.networks\nUnetGenerator\n)R.", "it names 'models.networks.UnetGenerator'" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_archive(rows[i].pickle, strlen(rows[i].pickle));
        expect_refused(path, NULL, rows[i].why);
    }
    gan_zip_writer w;
    cr_assert_eq(gan_zip_create(&w, path), 0);
    cr_assert_eq(gan_zip_add(&w, "word/document.xml", "<a/>", 4), 0);
    cr_assert_eq(gan_zip_finish(&w), 0);
    expect_refused(path, NULL, "a ZIP archive without 'data.pkl'");
}

/* One dict in itself under two keys: two to the power of the depth visits if nobody counts. */
Test(pth, dicts_in_themselves_end)
{
    struct text t = { .n = 0 };
    add_opcodes(&t, "}\x94(");
    for (int i = 0; i < 16; i++) {
        char key[2] = { (char)('a' + i), 0 };
        add_text(&t, key);
        add_bytes(&t, "h\x00", 2);
    }
    add_opcodes(&t, "u.");
    put_archive(t.bytes, t.n);
    expect_refused(path, NULL, "its dicts hold more than");
}

/* Files of PyTorch, in the corpus of the fuzzer: both forms hold the same generator. */

static struct generator of_corpus(const char *name)
{
    struct generator g;
    char from[PATH_BYTES];
    join(from, GAN_SOURCE_DIR "/tests/fuzz/corpus/pth", name);
    cr_assert_eq(import_file(from, NULL, &g), 0, "%s", gan_error_message());
    return g;
}

Test(pth, both_forms_of_pytorch_hold_the_same)
{
    static const char *const others[] = { "torch_legacy.pth", "torch_views.pth", "torch_views_legacy.pth",
                                          "torch_big_endian.pth", "torch_big_endian_legacy.pth" };
    struct generator g = of_corpus("torch.pth");
    cr_expect_str_eq(g.config.generator.model, "unet");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct generator other = of_corpus(others[i]);
        expect_same_values(&g, other.graph, other.params);
        generator_free(&other);
    }
    generator_free(&g);
}

Test(pth, the_legacy_form_survives_damage)
{
    size_t n;
    unsigned char *bytes = file_bytes(GAN_SOURCE_DIR "/tests/fuzz/corpus/pth/torch_legacy.pth", &n);
    damage_shorten(path, bytes, n, import_none, path);
    damage_flip(path, bytes, n, import_any, path);
    free(bytes);
}
