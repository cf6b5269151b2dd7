#define _GNU_SOURCE
#include "gan/safetensors.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "gan/error.h"
#include "gan/mem.h"

static const char PATH[] = "a.safetensors";
static char folder[64];

static void enter_folder(void)
{
    strcpy(folder, "/tmp/gan-st-XXXXXX");
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

/* Removes the folder; nothing but the file itself may be in it. */
static void leave_folder(void)
{
    remove(PATH);
    cr_expect_eq(rmdir(folder), 0, "temporary files are left");
}

static void put(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    cr_assert(f);
    cr_assert_eq(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static unsigned char *get(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    cr_assert(f);
    unsigned char *bytes = malloc(1 << 20);
    *n = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    return bytes;
}

/* Turns one bit of the file round, in place. */
static void flip(size_t bit)
{
    FILE *f = fopen(PATH, "r+b");
    cr_assert(f);
    fseek(f, (long)(bit / 8), SEEK_SET);
    int byte = fgetc(f) ^ 1 << bit % 8;
    fseek(f, (long)(bit / 8), SEEK_SET);
    fputc(byte, f);
    cr_assert_eq(fclose(f), 0);
}

/* Five tensors, of which a narrow one is declared first. */
static const uint8_t pixels[] = { 7, 0, 255 };
static const float weights[] = { 0.5f, -1, 2, 1e-30f, 0, 3 };
static const int64_t steps[] = { 1, -1 };
static const char NOTE[] = "x = \"1\"\n\\ \xe2\x9c\x93";

static int copy(void *ctx, void *out, size_t bytes)
{
    memcpy(out, ctx, bytes);
    return 0;
}

static int refuse(void *ctx, void *out, size_t bytes)
{
    (void)ctx;
    memset(out, 1, bytes);
    return gan_error("weights are not finite");
}

static int declare(gan_st_writer *w)
{
    static const int64_t three[] = { 3 }, matrix[] = { 2, 3 }, none[] = { 4, 0 }, two[] = { 2 };
    return gan_st_text(w, "format", "gan 1") || gan_st_text(w, "note", NOTE) ||
           gan_st_tensor(w, "pool/\"pixels\"", GAN_U8, 1, three, copy, (void *)pixels) ||
           gan_st_tensor(w, "gen/weights", GAN_F32, 2, matrix, copy, (void *)weights) ||
           gan_st_tensor(w, "empty", GAN_F32, 2, none, copy, (void *)weights) ||
           gan_st_tensor(w, "scalar", GAN_F32, 0, NULL, copy, (void *)weights) ||
           gan_st_tensor(w, "steps", GAN_I64, 1, two, copy, (void *)steps);
}

static int write_sample(const char *path)
{
    gan_st_writer *w = gan_st_writer_new();
    int bad = !w || declare(w) || gan_st_write(w, path);
    gan_st_writer_free(w);
    return bad ? -1 : 0;
}

static void expect_tensor(gan_st_file *f, const char *name, enum gan_dtype type, int ndims, const void *data, size_t n)
{
    unsigned char out[64];
    const gan_st_info *info = gan_st_find(f, name);
    cr_assert(info, "%s", name);
    cr_expect_eq(info->type, type);
    cr_expect_eq(info->ndims, ndims);
    cr_assert_eq(info->bytes, n);
    cr_assert_eq(gan_st_read(f, info, out), 0, "%s", gan_error_message());
    cr_expect_eq(memcmp(out, data, n), 0, "%s", name);
}

Test(safetensors, round_trip)
{
    enter_folder();
    cr_assert_eq(write_sample(PATH), 0, "%s", gan_error_message());
    gan_st_file *f = gan_st_open(PATH);
    cr_assert(f, "%s", gan_error_message());
    cr_expect_eq(gan_st_count(f), 5);
    cr_expect_str_eq(gan_st_get_text(f, "format"), "gan 1");
    cr_expect_str_eq(gan_st_get_text(f, "note"), NOTE);
    cr_expect_null(gan_st_get_text(f, "absent"));
    cr_expect_null(gan_st_find(f, "absent"));
    cr_expect_null(gan_st_find(f, "__metadata__"));
    expect_tensor(f, "pool/\"pixels\"", GAN_U8, 1, pixels, 3);
    expect_tensor(f, "gen/weights", GAN_F32, 2, weights, sizeof weights);
    expect_tensor(f, "empty", GAN_F32, 2, weights, 0);
    expect_tensor(f, "scalar", GAN_F32, 0, weights, 4);
    expect_tensor(f, "steps", GAN_I64, 1, steps, sizeof steps);
    cr_expect_eq(gan_st_find(f, "gen/weights")->dims[1], 3);
    gan_st_close(f);
    leave_folder();
}

Test(safetensors, the_layout_is_aligned_and_repeatable)
{
    enter_folder();
    size_t n, again;
    cr_assert_eq(write_sample(PATH), 0);
    unsigned char *bytes = get(PATH, &n);
    cr_assert_eq(write_sample(PATH), 0);
    unsigned char *second = get(PATH, &again);
    cr_expect_eq(n, again);
    cr_expect_eq(memcmp(bytes, second, n), 0);
    size_t header = bytes[0] + 256u * bytes[1];
    cr_expect_eq(header % 8, 0);
    cr_expect_eq(memcmp(bytes + 8 + header, steps, sizeof steps), 0, "the widest elements lie in front");
    cr_expect_eq(memcmp(bytes + n - 3, pixels, 3), 0, "the narrowest behind");
    free(bytes);
    free(second);
    leave_folder();
}

Test(safetensors, checksums_are_crc32_of_the_tensors_bytes)
{
    enter_folder();
    cr_assert_eq(write_sample(PATH), 0);
    gan_st_file *f = gan_st_open(PATH);
    json_t *crcs = json_loads(gan_st_get_text(f, "crc32"), 0, NULL);
    char digits[9];
    snprintf(digits, sizeof digits, "%08lx", crc32(0, (const Bytef *)weights, sizeof weights));
    cr_expect_str_eq(json_string_value(json_object_get(crcs, "gen/weights")), digits);
    cr_expect_eq(json_object_size(crcs), 5);
    json_decref(crcs);
    gan_st_close(f);
    leave_folder();
}

Test(safetensors, opens_what_python_wrote)
{
    static const float quarters[] = { 0, .25f, .5f, .75f, 1, 1.25f, 1.5f, 1.75f, 2, 2.25f, 2.5f, 2.75f }, half = -0.5f;
    static const int64_t step[] = { 1, -2, (int64_t)1 << 62 };
    static const uint8_t bytes[] = { 1, 2, 255 };
    gan_st_file *f = gan_st_open(GAN_SOURCE_DIR "/tests/golden/base/python.safetensors");
    cr_assert(f, "%s", gan_error_message());
    cr_expect_eq(gan_st_count(f), 5);
    cr_expect_str_eq(gan_st_get_text(f, "note"), "a\nb \xe2\x9c\x93");
    expect_tensor(f, "enc1.conv.weights", GAN_F32, 4, quarters, sizeof quarters);
    expect_tensor(f, "step", GAN_I64, 1, step, sizeof step);
    expect_tensor(f, "scalar", GAN_F32, 0, &half, sizeof half);
    expect_tensor(f, "empty", GAN_F32, 2, &half, 0);
    expect_tensor(f, "caf\xc3\xa9 \"1\"", GAN_U8, 1, bytes, sizeof bytes);
    gan_st_close(f);
}

Test(safetensors, no_file_is_opened_that_is_cut_off_or_too_long)
{
    enter_folder();
    cr_assert_eq(write_sample(PATH), 0);
    size_t n;
    unsigned char *bytes = get(PATH, &n);
    bytes[n] = 0;
    for (size_t length = 0; length <= n + 1; length++) {
        put(PATH, bytes, length);
        gan_st_file *f = gan_st_open(PATH);
        cr_expect_eq(f != NULL, length == n, "%zu of %zu bytes", length, n);
        if (!f) cr_expect_eq(strncmp(gan_error_message(), "cannot read 'a.safetensors': ", 29), 0);
        gan_st_close(f);
    }
    free(bytes);
    leave_folder();
}

/* Whether what can still be read of a damaged file is what was written. */
static int is_sane(gan_st_file *f, const char *name, const void *data)
{
    unsigned char out[64];
    const gan_st_info *info = gan_st_find(f, name);
    if (!info || info->bytes > sizeof out || gan_st_read(f, info, out)) return 1;
    return memcmp(out, data, info->bytes) == 0;
}

Test(safetensors, every_bit_of_the_header_may_flip)
{
    enter_folder();
    cr_assert_eq(write_sample(PATH), 0);
    size_t n, opened = 0;
    unsigned char *bytes = get(PATH, &n);
    size_t header = 8u + bytes[0] + 256u * bytes[1];
    for (size_t bit = 0; bit < 8 * header; bit++) {
        flip(bit);
        gan_st_file *f = gan_st_open(PATH);
        if (f) {
            opened++;
            cr_expect_str_eq(gan_st_get_text(f, "note"), NOTE, "bit %zu", bit);
            cr_expect(is_sane(f, "gen/weights", weights), "bit %zu", bit);
            cr_expect(is_sane(f, "steps", steps), "bit %zu", bit);
        }
        gan_st_close(f);
        flip(bit);
    }
    cr_expect_lt(opened, header, "most damage is found");
    free(bytes);
    leave_folder();
}

Test(safetensors, every_flipped_bit_of_the_data_is_found)
{
    enter_folder();
    cr_assert_eq(write_sample(PATH), 0);
    size_t n;
    unsigned char *bytes = get(PATH, &n), out[64];
    size_t header = 8u + bytes[0] + 256u * bytes[1];
    for (size_t bit = 8 * header; bit < 8 * n; bit++) {
        flip(bit);
        gan_st_file *f = gan_st_open(PATH);
        cr_assert(f, "%s", gan_error_message());
        int bad = 0;
        for (size_t i = 0; i < gan_st_count(f); i++) bad += gan_st_read(f, gan_st_at(f, i), out) != 0;
        cr_expect_eq(bad, 1, "bit %zu", bit);
        cr_expect(strstr(gan_error_message(), "damaged: its checksum is "), "%s", gan_error_message());
        gan_st_close(f);
        flip(bit);
    }
    free(bytes);
    leave_folder();
}

/* A file with this header and n bytes of data. */
static void put_header(const char *header, size_t n)
{
    unsigned char bytes[4096] = { 0 };
    size_t length = strlen(header);
    bytes[0] = (unsigned char)length;
    bytes[1] = (unsigned char)(length >> 8);
    memcpy(bytes + 8, header, length);
    put(PATH, bytes, 8 + length + n);
}

Test(safetensors, hostile_headers_are_refused)
{
    static const struct {
        const char *header;
        size_t n;
        const char *sentence;
    } cases[] = {
        { "", 0, "does not begin with '{'" },
        { "[]", 0, "does not begin with '{'" },
        { " {}", 0, "does not begin with '{'" },
        { "{", 0, "header is damaged" },
        { "{}x", 0, "header is damaged" },
        { "{\"a\\u0000b\":1}", 0, "header is damaged" },
        { "{\"a\xff\":1}", 0, "header is damaged" },
        { "{}", 1, "there are 1 bytes behind the last tensor" },
        { "{\"a\":1}", 0, "tensor 'a': its type '' is none of" },
        { "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "its type 'F16' is none of" },
        { "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "its shape is no list" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":3,\"data_offsets\":[0,4]}}", 4, "its shape is no list" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4, "at most 8" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}", 4,
          "something else than whole numbers" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "dimension 0 is negative" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,2],\"data_offsets\":[0,4]}}", 4, "too large" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0, "too large" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,4]}}", 4, "damaged" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "data_offsets are not two" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4, "data_offsets are not two" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[\"0\",4]}}", 4, "data_offsets are not two" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 4, "outside the file" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "outside the file" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4, "outside the file" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "its shape needs 8 bytes" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", 2,
          "begins at 1, the one before ends at 0" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
          "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
          2, "duplicate" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
          "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
          3, "tensor 'b' begins at 1, the one before ends at 2" },
        { "{\"__metadata__\":1}", 0, "'__metadata__' is no object" },
        { "{\"__metadata__\":{\"a\":1}}", 0, "'a' in its metadata is no text" },
        { "{\"__metadata__\":{\"crc32\":\"[]\"}}", 0, "its checksums are damaged" },
        { "{\"__metadata__\":{\"crc32\":\"{\"}}", 0, "its checksums are damaged" },
        { "{\"__metadata__\":{\"crc32_metadata\":\"00000001\"}}", 0, "its metadata are damaged" },
        { "{\"__metadata__\":{\"crc32\":\"{}\"},\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
          "tensor 'a': it has no checksum" },
    };
    enter_folder();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_header(cases[i].header, cases[i].n);
        cr_expect_null(gan_st_open(PATH), "%s", cases[i].header);
        cr_expect(strstr(gan_error_message(), cases[i].sentence), "%s: %s", cases[i].header, gan_error_message());
    }
    leave_folder();
}

Test(safetensors, small_correct_files_are_opened)
{
    static const struct {
        const char *header;
        size_t n, count;
    } cases[] = {
        { "{}", 0, 0 },
        { "{}      ", 0, 0 },
        { "{\"__metadata__\":{}}", 0, 0 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, 1 },
        { "{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]},"
          "\"e\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[1,1]},"
          "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
          2, 3 },
    };
    enter_folder();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_header(cases[i].header, cases[i].n);
        gan_st_file *f = gan_st_open(PATH);
        cr_assert(f, "%s: %s", cases[i].header, gan_error_message());
        cr_expect_eq(gan_st_count(f), cases[i].count);
        if (gan_st_count(f) == 3) cr_expect_str_eq(gan_st_at(f, 0)->name, "a");
        gan_st_close(f);
    }
    leave_folder();
}

Test(safetensors, absurd_header_lengths_allocate_nothing)
{
    static const unsigned char lengths[][8] = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
                                                { 0, 0, 0, 0, 0, 0, 0, 0x80 },
                                                { 1 },
                                                { 0, 0xe1, 0xf5, 0x05 } };
    enter_folder();
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        put(PATH, lengths[i], 8);
        cr_expect_null(gan_st_open(PATH));
        cr_expect(strstr(gan_error_message(), "no safetensors file, or cut off"), "%s", gan_error_message());
    }
    leave_folder();
}

Test(safetensors, other_things_are_not_opened)
{
    enter_folder();
    cr_expect_null(gan_st_open("."));
    cr_expect_str_eq(gan_error_message(), "cannot open '.': it is a folder");
    cr_expect_null(gan_st_open("missing"));
    cr_expect_str_eq(gan_error_message(), "cannot open 'missing': No such file or directory");
    cr_assert_eq(mkfifo(PATH, 0666), 0);
    cr_expect_null(gan_st_open(PATH));
    cr_expect_str_eq(gan_error_message(), "cannot open 'a.safetensors': not a regular file");
    leave_folder();
}

Test(safetensors, a_file_that_shrinks_while_it_is_read_is_an_error)
{
    static const int64_t dims[] = { 100000 }; /* more than stdio reads ahead */
    static uint8_t data[100000];
    enter_folder();
    gan_st_writer *w = gan_st_writer_new();
    cr_assert_eq(gan_st_tensor(w, "large", GAN_U8, 1, dims, copy, data), 0);
    cr_assert_eq(gan_st_write(w, PATH), 0);
    gan_st_writer_free(w);
    gan_st_file *f = gan_st_open(PATH);
    cr_assert(f, "%s", gan_error_message());
    cr_assert_eq(truncate(PATH, 50000), 0);
    cr_expect_eq(gan_st_read(f, gan_st_find(f, "large"), data), -1);
    cr_expect_str_eq(gan_error_message(), "cannot read 'a.safetensors': tensor 'large': the file ends early");
    gan_st_close(f);
    leave_folder();
}

static void expect_refused(int result, const char *sentence)
{
    cr_expect_eq(result, -1, "%s", sentence);
    cr_expect_str_eq(gan_error_message(), sentence);
}

Test(safetensors, wrong_declarations_are_refused)
{
    static const int64_t dims[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 }, negative[] = { -1 }, huge[] = { INT64_MAX, 8 };
    enter_folder();
    gan_st_writer *w = gan_st_writer_new();
    cr_assert_eq(declare(w), 0);
    expect_refused(gan_st_text(w, "note", ""), "there are two texts 'note'");
    expect_refused(gan_st_text(w, "crc32", ""), "the key 'crc32' is kept for checksums");
    expect_refused(gan_st_text(w, "crc32_metadata", ""), "the key 'crc32_metadata' is kept for checksums");
    expect_refused(gan_st_text(w, "a", "\xff"), "the text of 'a' is not UTF-8");
    expect_refused(gan_st_tensor(w, "steps", GAN_U8, 1, dims, copy, NULL), "there are two tensors 'steps'");
    expect_refused(gan_st_tensor(w, "__metadata__", GAN_U8, 1, dims, copy, NULL),
                   "a tensor cannot be called '__metadata__'");
    expect_refused(gan_st_tensor(w, "\xff", GAN_U8, 1, dims, copy, NULL), "the name '\xff' is not UTF-8");
    expect_refused(gan_st_tensor(w, "a", GAN_U8, 9, dims, copy, NULL), "tensor 'a': 9 dimensions, at most 8");
    expect_refused(gan_st_tensor(w, "a", GAN_U8, 1, negative, copy, NULL), "tensor 'a': dimension 0 is negative");
    expect_refused(gan_st_tensor(w, "a", GAN_F32, 2, huge, copy, NULL), "tensor 'a': its dimensions are too large");
    cr_expect_eq(gan_st_write(w, PATH), 0, "what was refused leaves no trace");
    gan_st_writer_free(w);
    gan_st_file *f = gan_st_open(PATH);
    cr_assert(f, "%s", gan_error_message());
    cr_expect_eq(gan_st_count(f), 5);
    gan_st_close(f);
    leave_folder();
}

static void expect_old_file(void)
{
    size_t n;
    unsigned char *bytes = get(PATH, &n);
    cr_expect(n == 3 && memcmp(bytes, "old", 3) == 0);
    free(bytes);
}

Test(safetensors, a_tensor_that_cannot_be_produced_leaves_the_old_file)
{
    static const int64_t dims[] = { 3 };
    enter_folder();
    put(PATH, "old", 3);
    gan_st_writer *w = gan_st_writer_new();
    cr_assert_eq(declare(w), 0);
    cr_assert_eq(gan_st_tensor(w, "bad", GAN_F32, 1, dims, refuse, NULL), 0);
    expect_refused(gan_st_write(w, PATH), "cannot write 'a.safetensors': tensor 'bad': weights are not finite");
    gan_st_writer_free(w);
    expect_old_file();
    leave_folder();
}

/* A limit on the size of files stands in for a full disk, at every tenth byte of the file. */
Test(safetensors, a_full_disk_leaves_the_old_file)
{
    enter_folder();
    cr_assert_eq(write_sample(PATH), 0);
    size_t n;
    free(get(PATH, &n));
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit old, tight;
    getrlimit(RLIMIT_FSIZE, &old);
    put(PATH, "old", 3);
    for (size_t room = 0; room < n; room += 10) {
        tight = old;
        tight.rlim_cur = room;
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &tight), 0);
        int bad = write_sample(PATH);
        setrlimit(RLIMIT_FSIZE, &old);
        expect_refused(bad, "cannot write 'a.safetensors': File too large");
        expect_old_file();
    }
    leave_folder();
}

Test(safetensors, large_tensors_take_one_buffer)
{
    static const int64_t dims[] = { 300, 1000 };
    enter_folder();
    float *data = calloc(300 * 1000, sizeof *data);
    gan_st_writer *w = gan_st_writer_new();
    for (int i = 0; i < 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", i);
        cr_assert_eq(gan_st_tensor(w, name, GAN_F32, 2, dims, copy, data), 0);
    }
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    cr_expect_eq(gan_st_write(w, PATH), 0, "%s", gan_error_message());
    getrusage(RUSAGE_SELF, &after);
    cr_expect_lt(after.ru_maxrss - before.ru_maxrss, 4000, "KiB, for ten tensors of 1172 KiB");
    gan_st_writer_free(w);
    free(data);
    leave_folder();
}

static void *counted_alloc(size_t bytes)
{
    return gan_mem_alloc(bytes, 1);
}

static int write_and_read(void)
{
    if (write_sample(PATH)) return -1;
    unsigned char out[64];
    gan_st_file *f = gan_st_open(PATH);
    int bad = !f;
    for (size_t i = 0; f && i < gan_st_count(f); i++) bad |= gan_st_read(f, gan_st_at(f, i), out);
    gan_st_close(f);
    return bad;
}

/* Jansson's allocations are counted with ours here, so that each of them fails once too. */
Test(safetensors, every_allocation_may_fail)
{
    enter_folder();
    json_set_alloc_funcs(counted_alloc, gan_mem_free);
    int bad = -1;
    uint64_t n = 0;
    while (bad && n < 10000) {
        gan_mem_fail_at(++n);
        bad = write_and_read();
        gan_mem_fail_at(0);
        if (bad) cr_expect(*gan_error_message());
    }
    cr_expect_eq(bad, 0);
    cr_expect_gt(n, 100);
    leave_folder();
}
