/* Writing. The checksums stand in the header, in front of the data, and have a fixed width: the header is written once
 * with zeros to find its length, and again when the data has passed by. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <zlib.h>

#include "base/safetensors_parts.h"
#include "base/utf8.h"
#include "gan/atomic_file.h"
#include "gan/error.h"
#include "gan/mem.h"

typedef struct text {
    char *key, *value; /* owned */
} text;

typedef struct tensor {
    char *name; /* owned */
    enum gan_dtype type;
    int ndims;
    int64_t dims[GAN_ST_MAX_DIMS];
    size_t bytes;
    uint64_t offset; /* from the end of the header */
    uint32_t crc;
    gan_st_fill *fill;
    void *ctx;
} tensor;

struct gan_st_writer {
    text *texts;
    tensor *tensors;
    size_t ntexts, ntensors;
};

gan_st_writer *gan_st_writer_new(void)
{
    return gan_mem_alloc(1, sizeof(gan_st_writer));
}

void gan_st_writer_free(gan_st_writer *w)
{
    if (!w) return;
    for (size_t i = 0; i < w->ntexts; i++) {
        gan_mem_free(w->texts[i].key);
        gan_mem_free(w->texts[i].value);
    }
    for (size_t i = 0; i < w->ntensors; i++) gan_mem_free(w->tensors[i].name);
    gan_mem_free(w->texts);
    gan_mem_free(w->tensors);
    gan_mem_free(w);
}

/* Makes room for one more element behind count of them; doubles at each power of two. */
static int grow(void **array, size_t count, size_t size)
{
    if (count & (count - 1)) return 0;
    void *larger = gan_mem_resize(*array, count ? 2 * count : 1, size);
    if (!larger) return -1;
    *array = larger;
    return 0;
}

int gan_st_text(gan_st_writer *w, const char *key, const char *value)
{
    if (strcmp(key, GAN_ST_CRC) == 0 || strcmp(key, GAN_ST_TEXTS_CRC) == 0)
        return gan_error("the key '%s' is kept for checksums", key);
    if (!gan_utf8_valid(key) || !gan_utf8_valid(value)) return gan_error("the text of '%s' is not UTF-8", key);
    for (size_t i = 0; i < w->ntexts; i++)
        if (strcmp(w->texts[i].key, key) == 0) return gan_error("there are two texts '%s'", key);
    void *texts = w->texts;
    if (grow(&texts, w->ntexts, sizeof *w->texts)) return -1;
    w->texts = texts;
    text t = { gan_mem_text(key), gan_mem_text(value) };
    if (!t.key || !t.value) goto fail;
    w->texts[w->ntexts++] = t;
    return 0;
fail:
    gan_mem_free(t.key);
    gan_mem_free(t.value);
    return -1;
}

static int check_name(const gan_st_writer *w, const char *name)
{
    if (strcmp(name, GAN_ST_METADATA) == 0) return gan_error("a tensor cannot be called '%s'", name);
    if (!gan_utf8_valid(name)) return gan_error("the name '%s' is not UTF-8", name);
    for (size_t i = 0; i < w->ntensors; i++)
        if (strcmp(w->tensors[i].name, name) == 0) return gan_error("there are two tensors '%s'", name);
    return 0;
}

int gan_st_tensor(gan_st_writer *w, const char *name, enum gan_dtype type, int ndims, const int64_t *dims,
                  gan_st_fill *fill, void *ctx)
{
    tensor t = { .type = type, .ndims = ndims, .fill = fill, .ctx = ctx };
    if (check_name(w, name)) return -1;
    if (gan_st_size(type, ndims, dims, &t.bytes)) return gan_error_in("tensor '%s'", name);
    if (ndims) memcpy(t.dims, dims, (size_t)ndims * sizeof *dims);
    void *tensors = w->tensors;
    if (grow(&tensors, w->ntensors, sizeof *w->tensors)) return -1;
    w->tensors = tensors;
    if (!(t.name = gan_mem_text(name))) return -1;
    w->tensors[w->ntensors++] = t;
    return 0;
}

/* Places wide elements before narrow ones, so that each tensor is aligned when the file is mapped and nothing lies
 * between them; in the order of declaration among equals. Returns the bytes of the largest; total gets all. */
static size_t place(gan_st_writer *w, uint64_t *total)
{
    size_t largest = 0;
    *total = 0;
    for (size_t width = 8; width; width /= 2)
        for (size_t i = 0; i < w->ntensors; i++) {
            tensor *t = &w->tensors[i];
            if (gan_st_types[t->type].bytes != width) continue;
            t->offset = *total;
            *total += t->bytes;
            if (t->bytes > largest) largest = t->bytes;
        }
    return largest;
}

/* The text of a JSON object behind `before` bytes of room and filled with blanks to a multiple of `unit` bytes; NUL
 * follows. Owned, gan_mem_free; length gets all of it. */
static char *dump(json_t *json, size_t before, size_t unit, size_t *length)
{
    size_t size = json_dumpb(json, NULL, 0, JSON_COMPACT), padded = (size + unit - 1) / unit * unit;
    if (!size) return gan_error("out of memory writing JSON"), NULL;
    char *out = gan_mem_alloc(before + padded + 1, 1);
    if (!out) return NULL;
    if (json_dumpb(json, out + before, size, JSON_COMPACT) != size) {
        gan_error("out of memory writing JSON");
        gan_mem_free(out);
        return NULL;
    }
    memset(out + before + size, ' ', padded - size);
    *length = before + padded;
    return out;
}

static json_t *hex(uint32_t crc)
{
    char digits[GAN_ST_CRC_ROOM];
    snprintf(digits, sizeof digits, "%08x", (unsigned)crc);
    return json_string(digits);
}

/* The texts and the checksums; a new reference, NULL and a message. */
static json_t *metadata_of(const gan_st_writer *w)
{
    json_t *metadata = json_object(), *crcs = json_object();
    int bad = !metadata || !crcs;
    char *crc_text = NULL;
    uint32_t crc;
    for (size_t i = 0; i < w->ntexts; i++)
        bad |= json_object_set_new(metadata, w->texts[i].key, json_string(w->texts[i].value));
    for (size_t i = 0; i < w->ntensors; i++)
        bad |= json_object_set_new(crcs, w->tensors[i].name, hex(w->tensors[i].crc));
    size_t length;
    if (bad || gan_st_texts_crc(metadata, &crc) || !(crc_text = dump(crcs, 0, 1, &length))) goto fail;
    bad |= json_object_set_new(metadata, GAN_ST_CRC, json_string(crc_text));
    bad |= json_object_set_new(metadata, GAN_ST_TEXTS_CRC, hex(crc));
    if (bad) goto fail;
    gan_mem_free(crc_text);
    json_decref(crcs);
    return metadata;
fail:
    if (bad) gan_error("out of memory writing metadata");
    gan_mem_free(crc_text);
    json_decref(crcs);
    json_decref(metadata);
    return NULL;
}

static json_t *entry_of(const tensor *t)
{
    json_t *shape = json_array();
    int bad = !shape;
    for (int i = 0; i < t->ndims; i++) bad |= json_array_append_new(shape, json_integer(t->dims[i]));
    if (bad) return json_decref(shape), NULL;
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", gan_st_types[t->type].name, "shape", shape, "data_offsets",
                     (json_int_t)t->offset, (json_int_t)t->offset + (json_int_t)t->bytes);
}

/* Length and JSON, as they stand at the beginning of the file. Owned, gan_mem_free. */
static char *header_of(const gan_st_writer *w, size_t *length)
{
    char *header = NULL;
    json_t *root = json_object(), *metadata = metadata_of(w);
    if (!metadata) goto done;
    int bad = json_object_set(root, GAN_ST_METADATA, metadata);
    for (size_t i = 0; i < w->ntensors; i++)
        bad |= json_object_set_new(root, w->tensors[i].name, entry_of(&w->tensors[i]));
    if (bad)
        gan_error("out of memory writing a header");
    else
        header = dump(root, GAN_ST_LENGTH_BYTES, 8, length);
    for (size_t i = 0; header && i < GAN_ST_LENGTH_BYTES; i++)
        header[i] = (char)((*length - GAN_ST_LENGTH_BYTES) >> (8 * i) & 0xff);
done:
    json_decref(metadata);
    json_decref(root);
    return header;
}

static int put(FILE *out, uint64_t position, const void *bytes, size_t n)
{
    int bad = ftello(out) != (off_t)position && fseeko(out, (off_t)position, SEEK_SET);
    bad = bad || fwrite(bytes, 1, n, out) != n;
    return bad ? gan_error("%s", strerror(errno)) : 0;
}

static int put_tensor(tensor *t, FILE *out, uint64_t data, void *buffer)
{
    if (t->fill(t->ctx, buffer, t->bytes)) return gan_error_in("tensor '%s'", t->name);
    t->crc = (uint32_t)crc32_z(0, buffer, t->bytes);
    return put(out, data + t->offset, buffer, t->bytes);
}

static int put_header(const gan_st_writer *w, FILE *out, size_t *length)
{
    char *header = header_of(w, length);
    int bad = !header;
    if (!bad && *length > GAN_ST_MAX_HEADER) bad = gan_error("the header is longer than %d bytes", GAN_ST_MAX_HEADER);
    bad = bad || put(out, 0, header, *length);
    gan_mem_free(header);
    return bad ? -1 : 0;
}

static int put_all(gan_st_writer *w, FILE *out)
{
    uint64_t total;
    size_t data, again;
    void *buffer = gan_mem_alloc_large(place(w, &total));
    int bad = !buffer || put_header(w, out, &data);
    for (size_t i = 0; !bad && i < w->ntensors; i++) bad = put_tensor(&w->tensors[i], out, data, buffer);
    gan_mem_free(buffer);
    if (bad || put_header(w, out, &again)) return -1;
    GAN_ASSERT(again == data);
    return 0;
}

int gan_st_write(gan_st_writer *w, const char *path)
{
    gan_atomic_file f;
    if (gan_atomic_open(&f, path)) return -1;
    if (put_all(w, f.stream)) {
        gan_atomic_abandon(&f);
        return gan_error_in("cannot write '%s'", path);
    }
    return gan_atomic_commit(&f);
}
