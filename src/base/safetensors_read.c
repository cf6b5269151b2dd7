/* Reading. Every number of the header is checked against the file's size before it is used. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <zlib.h>

#include "base/file.h"
#include "base/safetensors_parts.h"
#include "gan/error.h"
#include "gan/mem.h"

typedef struct entry {
    gan_st_info info; /* first: what callers hold is the entry */
    uint64_t begin;   /* from the end of the header */
    uint32_t crc;
} entry;

struct gan_st_file {
    char *path; /* owned */
    FILE *stream;
    json_t *header;   /* holds all names and texts */
    json_t *metadata; /* borrowed from header; NULL: none */
    json_t *crcs;     /* by name, 8 hex digits; NULL: none */
    entry *entries;   /* by begin */
    size_t count;
    uint64_t data, bytes; /* where the data begin, and how many they are */
};

static int read_at(gan_st_file *f, uint64_t position, void *out, size_t n)
{
    errno = 0;
    if (fseeko(f->stream, (off_t)position, SEEK_SET) || fread(out, 1, n, f->stream) != n)
        return gan_error("%s", errno ? strerror(errno) : "the file ends early");
    return 0;
}

/* The length in front of the header, which lies within the file. */
static int read_length(gan_st_file *f, uint64_t file_bytes)
{
    unsigned char raw[GAN_ST_LENGTH_BYTES];
    if (file_bytes < sizeof raw) return gan_error("no safetensors file: %" PRIu64 " bytes", file_bytes);
    if (read_at(f, 0, raw, sizeof raw)) return -1;
    uint64_t n = 0;
    for (size_t i = 0; i < sizeof raw; i++) n |= (uint64_t)raw[i] << (8 * i);
    if (n > GAN_ST_MAX_HEADER || n > file_bytes - sizeof raw)
        return gan_error("no safetensors file, or cut off: its header would have %" PRIu64 " bytes", n);
    f->data = sizeof raw + n;
    f->bytes = file_bytes - f->data;
    return 0;
}

static int read_header(gan_st_file *f)
{
    size_t length = (size_t)f->data - GAN_ST_LENGTH_BYTES;
    json_error_t why = { .text = "it does not begin with '{'" };
    char *text = gan_mem_alloc(length, 1);
    if (!text || read_at(f, GAN_ST_LENGTH_BYTES, text, length)) goto fail;
    if (length && *text == '{') f->header = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
    if (!f->header) {
        gan_error("its header is damaged: %s", why.text);
        goto fail;
    }
    gan_mem_free(text);
    return 0;
fail:
    gan_mem_free(text);
    return -1;
}

/* 8 hex digits, as we write them. */
static int parse_crc(const char *digits, uint32_t *crc)
{
    if (!digits || strlen(digits) != 8 || strspn(digits, "0123456789abcdef") != 8) return -1;
    *crc = (uint32_t)strtoul(digits, NULL, 16);
    return 0;
}

static int check_texts(gan_st_file *f)
{
    const char *stored = gan_st_get_text(f, GAN_ST_TEXTS_CRC);
    uint32_t wanted, found;
    if (!stored) return 0;
    if (gan_st_texts_crc(f->metadata, &found)) return -1;
    if (parse_crc(stored, &wanted) || wanted != found)
        return gan_error("its metadata are damaged: checksum %08x, not '%.20s'", (unsigned)found, stored);
    return 0;
}

static int read_metadata(gan_st_file *f)
{
    const char *key, *crcs;
    json_t *value;
    if (!(f->metadata = json_object_get(f->header, GAN_ST_METADATA))) return 0;
    if (!json_is_object(f->metadata)) return gan_error("its '%s' is no object", GAN_ST_METADATA);
    json_object_foreach(f->metadata, key, value)
    {
        if (!json_is_string(value)) return gan_error("'%s' in its metadata is no text", key);
    }
    if (check_texts(f)) return -1;
    if (!(crcs = gan_st_get_text(f, GAN_ST_CRC))) return 0;
    f->crcs = json_loads(crcs, JSON_REJECT_DUPLICATES, NULL);
    return json_is_object(f->crcs) ? 0 : gan_error("its checksums are damaged");
}

static int parse_type(const json_t *json, enum gan_dtype *type)
{
    const char *name = json_string_value(json);
    for (int i = 0; name && gan_st_types[i].name; i++)
        if (strcmp(name, gan_st_types[i].name) == 0) {
            *type = (enum gan_dtype)i;
            return 0;
        }
    return gan_error("its type '%s' is none of F32, I64, U8", name ? name : "");
}

static int parse_shape(const json_t *json, gan_st_info *info)
{
    size_t ndims = json_array_size(json);
    if (!json_is_array(json) || ndims > GAN_ST_MAX_DIMS)
        return gan_error("its shape is no list of at most %d numbers", GAN_ST_MAX_DIMS);
    info->ndims = (int)ndims;
    for (size_t i = 0; i < ndims; i++) {
        const json_t *dim = json_array_get(json, i);
        if (!json_is_integer(dim)) return gan_error("its shape holds something else than whole numbers");
        info->dims[i] = json_integer_value(dim);
    }
    return gan_st_size(info->type, info->ndims, info->dims, &info->bytes);
}

static int parse_place(const gan_st_file *f, const json_t *json, entry *e)
{
    const json_t *first = json_array_get(json, 0), *last = json_array_get(json, 1);
    if (json_array_size(json) != 2 || !json_is_integer(first) || !json_is_integer(last))
        return gan_error("its data_offsets are not two whole numbers");
    json_int_t begin = json_integer_value(first), end = json_integer_value(last);
    if (begin < 0 || end < begin || (uint64_t)end > f->bytes) return gan_error("its data_offsets lie outside the file");
    if ((uint64_t)(end - begin) != e->info.bytes)
        return gan_error("its shape needs %zu bytes, its data_offsets say %" PRIu64, e->info.bytes,
                         (uint64_t)(end - begin));
    e->begin = (uint64_t)begin;
    return 0;
}

static int parse_entry(const gan_st_file *f, const char *name, const json_t *json, entry *e)
{
    e->info.name = name;
    if (parse_type(json_object_get(json, "dtype"), &e->info.type)) return -1;
    if (parse_shape(json_object_get(json, "shape"), &e->info)) return -1;
    if (parse_place(f, json_object_get(json, "data_offsets"), e)) return -1;
    if (f->crcs && parse_crc(json_string_value(json_object_get(f->crcs, name)), &e->crc))
        return gan_error("it has no checksum, while others have");
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->info.bytes > y->info.bytes) - (x->info.bytes < y->info.bytes);
}

/* Entries in the order of their data, which fill the file without holes and overlaps. */
static int read_entries(gan_st_file *f)
{
    const char *name;
    json_t *value;
    if (!(f->entries = gan_mem_alloc(json_object_size(f->header), sizeof *f->entries))) return -1;
    json_object_foreach(f->header, name, value)
    {
        if (strcmp(name, GAN_ST_METADATA) == 0) continue;
        if (parse_entry(f, name, value, &f->entries[f->count++])) return gan_error_in("tensor '%s'", name);
    }
    qsort(f->entries, f->count, sizeof *f->entries, by_place);
    uint64_t end = 0;
    for (size_t i = 0; i < f->count; i++) {
        const entry *e = &f->entries[i];
        if (e->begin != end)
            return gan_error("tensor '%s' begins at %" PRIu64 ", the one before ends at %" PRIu64, e->info.name,
                             e->begin, end);
        end += e->info.bytes;
    }
    if (end != f->bytes) return gan_error("there are %" PRIu64 " bytes behind the last tensor", f->bytes - end);
    return 0;
}

gan_st_file *gan_st_open(const char *path)
{
    uint64_t bytes;
    gan_st_file *f = gan_mem_alloc(1, sizeof *f);
    if (!f || !(f->path = gan_mem_text(path)) || !(f->stream = gan_file_open(path, &bytes))) goto fail;
    if (read_length(f, bytes) || read_header(f) || read_metadata(f) || read_entries(f)) {
        gan_error_in("cannot read '%s'", path);
        goto fail;
    }
    return f;
fail:
    gan_st_close(f);
    return NULL;
}

void gan_st_close(gan_st_file *f)
{
    if (!f) return;
    if (f->stream) fclose(f->stream);
    json_decref(f->crcs);
    json_decref(f->header);
    gan_mem_free(f->entries);
    gan_mem_free(f->path);
    gan_mem_free(f);
}

const char *gan_st_get_text(const gan_st_file *f, const char *key)
{
    return json_string_value(json_object_get(f->metadata, key));
}

size_t gan_st_count(const gan_st_file *f)
{
    return f->count;
}

const gan_st_info *gan_st_at(const gan_st_file *f, size_t i)
{
    return &f->entries[i].info;
}

const gan_st_info *gan_st_find(const gan_st_file *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->entries[i].info.name, name) == 0) return &f->entries[i].info;
    return NULL;
}

int gan_st_read(gan_st_file *f, const gan_st_info *info, void *out)
{
    const entry *e = (const entry *)info;
    if (read_at(f, f->data + e->begin, out, info->bytes)) goto fail;
    uint32_t crc = f->crcs ? (uint32_t)crc32_z(0, out, info->bytes) : 0;
    if (f->crcs && crc != e->crc) {
        gan_error("damaged: its checksum is %08x, not %08x", (unsigned)crc, (unsigned)e->crc);
        goto fail;
    }
    return 0;
fail:
    return gan_error_in("cannot read '%s': tensor '%s'", f->path, info->name);
}
