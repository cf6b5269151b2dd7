/* Reading. The central directory at the end of the file says what there is; every number in it is checked against the
 * file's size before it is used. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <zlib.h>

#include "base/file.h"
#include "export/bytes.h"
#include "export/zip.h"
#include "export/zip_parts.h"
#include "gan/error.h"
#include "gan/mem.h"

enum {
    MAX_COMMENT = 65535,
    MAX_DIRECTORY = 1 << 24, /* bytes: a hundred thousand entries */
    ZIP64_EXTRA = 1          /* id of the extra field with 64-bit sizes */
};

struct gan_zip {
    FILE *stream;
    uint64_t bytes;           /* of the file */
    unsigned char *directory; /* owned */
    size_t directory_bytes;
    char *names;          /* owned; each with its end */
    gan_zip_entry *entry; /* sorted by name */
    size_t count;
};

static int read_at(gan_zip *z, uint64_t position, void *out, size_t n)
{
    errno = 0;
    if (position > z->bytes || n > z->bytes - position) return gan_error("the file ends early");
    if (fseeko(z->stream, (off_t)position, SEEK_SET) || fread(out, 1, n, z->stream) != n)
        return gan_error("%s", errno ? strerror(errno) : "the file ends early");
    return 0;
}

struct directory {
    uint64_t at, bytes, entries;
};

/* The last `n` bytes of the file hold the end record at its very end, with a comment behind it; -1: they do not. */
static ptrdiff_t find_end(const unsigned char *tail, size_t n)
{
    for (size_t at = n - GAN_ZIP_END_BYTES + 1; at-- > 0;)
        if (gan_get_le(tail + at, 4) == GAN_ZIP_END && at + GAN_ZIP_END_BYTES + gan_get_le(tail + at + 20, 2) == n)
            return (ptrdiff_t)at;
    return -1;
}

static int read_end64(gan_zip *z, const unsigned char *locator, struct directory *d)
{
    unsigned char end[GAN_ZIP_END64_BYTES];
    if (read_at(z, gan_get_le(locator + 8, 8), end, sizeof end)) return -1;
    if (gan_get_le(end, 4) != GAN_ZIP_END64) return gan_error("its zip64 end is damaged");
    *d = (struct directory){ gan_get_le(end + 48, 8), gan_get_le(end + 40, 8), gan_get_le(end + 32, 8) };
    return 0;
}

static int read_end(gan_zip *z, struct directory *d)
{
    static const size_t most = GAN_ZIP_LOCATOR_BYTES + GAN_ZIP_END_BYTES + MAX_COMMENT;
    size_t n = z->bytes < most ? (size_t)z->bytes : most;
    int result = -1;
    if (n < GAN_ZIP_END_BYTES) return gan_error("no ZIP archive: %" PRIu64 " bytes", z->bytes);
    unsigned char *tail = gan_mem_alloc(n, 1);
    if (!tail || read_at(z, z->bytes - n, tail, n)) goto done;
    ptrdiff_t at = find_end(tail, n);
    if (at < 0) {
        gan_error("no ZIP archive, or cut off: its end is missing");
        goto done;
    }
    const unsigned char *end = tail + at, *locator = end - GAN_ZIP_LOCATOR_BYTES;
    *d = (struct directory){ gan_get_le(end + 16, 4), gan_get_le(end + 12, 4), gan_get_le(end + 10, 2) };
    int zip64 = at >= GAN_ZIP_LOCATOR_BYTES && gan_get_le(locator, 4) == GAN_ZIP_LOCATOR;
    result = zip64 ? read_end64(z, locator, d) : 0;
done:
    gan_mem_free(tail);
    return result;
}

static int read_directory(gan_zip *z)
{
    struct directory d = { 0 };
    if (read_end(z, &d)) return -1;
    if (d.bytes > MAX_DIRECTORY || d.at > z->bytes || d.bytes > z->bytes - d.at ||
        d.entries > d.bytes / GAN_ZIP_CENTRAL_BYTES)
        return gan_error("its directory is damaged: %" PRIu64 " entries in %" PRIu64 " bytes", d.entries, d.bytes);
    z->directory_bytes = (size_t)d.bytes;
    z->count = (size_t)d.entries;
    z->directory = gan_mem_alloc(z->directory_bytes, 1);
    z->entry = gan_mem_alloc(z->count, sizeof *z->entry);
    z->names = gan_mem_alloc(z->directory_bytes + z->count, 1);
    if (!z->directory || !z->entry || !z->names) return -1;
    return read_at(z, d.at, z->directory, z->directory_bytes);
}

/* Numbers that do not fit their 32 bits are all ones there, and stand in an extra field, in this order. */
static int read_zip64(const unsigned char *extra, size_t n, uint64_t *size, uint64_t *stored, uint64_t *header)
{
    uint64_t *wide[] = { size, stored, header };
    for (size_t field; n >= 4; extra += field, n -= field) {
        field = 4 + (size_t)gan_get_le(extra + 2, 2);
        if (field > n) return gan_error("an extra field is damaged");
        if (gan_get_le(extra, 2) != ZIP64_EXTRA) continue;
        size_t at = 4;
        for (int i = 0; i < 3; i++) {
            if (*wide[i] != UINT32_MAX) continue;
            if (at + 8 > field) return gan_error("its zip64 sizes are damaged");
            *wide[i] = gan_get_le(extra + at, 8);
            at += 8;
        }
    }
    return 0;
}

/* One record of the directory at `at`; -1 or the bytes it takes. name: room for its name and an end. */
static ptrdiff_t parse_entry(const gan_zip *z, size_t at, char *name, gan_zip_entry *e)
{
    const unsigned char *p = z->directory + at;
    size_t left = z->directory_bytes - at;
    if (left < GAN_ZIP_CENTRAL_BYTES || gan_get_le(p, 4) != GAN_ZIP_CENTRAL)
        return gan_error("its directory is damaged at byte %zu", at);
    size_t name_bytes = gan_get_le(p + 28, 2), extra = gan_get_le(p + 30, 2), comment = gan_get_le(p + 32, 2);
    uint64_t stored = gan_get_le(p + 20, 4), size = gan_get_le(p + 24, 4);
    if (name_bytes + extra + comment > left - GAN_ZIP_CENTRAL_BYTES) return gan_error("its directory is cut off");
    memcpy(name, p + GAN_ZIP_CENTRAL_BYTES, name_bytes);
    e->name = name;
    e->header = gan_get_le(p + 42, 4);
    e->crc = (uint32_t)gan_get_le(p + 16, 4);
    e->stored = gan_get_le(p + 10, 2) == 0 && !(gan_get_le(p + 8, 2) & 1);
    if (read_zip64(p + GAN_ZIP_CENTRAL_BYTES + name_bytes, extra, &size, &stored, &e->header)) return -1;
    if (stored > z->bytes || (e->stored && size != stored)) return gan_error("'%s' has a damaged size", name);
    e->bytes = (size_t)stored;
    return (ptrdiff_t)(GAN_ZIP_CENTRAL_BYTES + name_bytes + extra + comment);
}

static int parse_entries(gan_zip *z)
{
    char *name = z->names;
    size_t at = 0;
    for (size_t i = 0; i < z->count; i++) {
        ptrdiff_t used = parse_entry(z, at, name, &z->entry[i]);
        if (used < 0) return -1;
        name += gan_get_le(z->directory + at + 28, 2) + 1;
        at += (size_t)used;
    }
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const gan_zip_entry *)a)->name, ((const gan_zip_entry *)b)->name);
}

/* Of two entries with one name other programs take the first, or the last. */
static int sort_entries(gan_zip *z)
{
    qsort(z->entry, z->count, sizeof *z->entry, by_name);
    for (size_t i = 1; i < z->count; i++)
        if (!by_name(&z->entry[i - 1], &z->entry[i])) return gan_error("it has '%.64s' twice", z->entry[i].name);
    return 0;
}

gan_zip *gan_zip_open(const char *path)
{
    gan_zip *z = gan_mem_alloc(1, sizeof *z);
    if (!z || !(z->stream = gan_file_open(path, &z->bytes))) goto fail;
    if (read_directory(z) || parse_entries(z) || sort_entries(z)) goto fail;
    return z;
fail:
    gan_zip_close(z);
    return NULL;
}

void gan_zip_close(gan_zip *z)
{
    if (!z) return;
    if (z->stream) fclose(z->stream);
    gan_mem_free(z->directory);
    gan_mem_free(z->names);
    gan_mem_free(z->entry);
    gan_mem_free(z);
}

size_t gan_zip_count(const gan_zip *z)
{
    return z->count;
}

const gan_zip_entry *gan_zip_at(const gan_zip *z, size_t i)
{
    return &z->entry[i];
}

const gan_zip_entry *gan_zip_find(const gan_zip *z, const char *name)
{
    const gan_zip_entry key = { .name = name };
    return bsearch(&key, z->entry, z->count, sizeof key, by_name);
}

int gan_zip_read(gan_zip *z, const gan_zip_entry *e, void *out)
{
    unsigned char local[GAN_ZIP_LOCAL_BYTES];
    if (!e->stored) return gan_error("'%s' is compressed or encrypted", e->name);
    if (read_at(z, e->header, local, sizeof local)) goto fail;
    if (gan_get_le(local, 4) != GAN_ZIP_LOCAL) {
        gan_error("its local header is damaged");
        goto fail;
    }
    uint64_t data = e->header + sizeof local + gan_get_le(local + 26, 2) + gan_get_le(local + 28, 2);
    if (read_at(z, data, out, e->bytes)) goto fail;
    if (crc32_z(0, out, e->bytes) == e->crc) return 0;
    gan_error("damaged: its checksum differs");
fail:
    return gan_error_in("'%s'", e->name);
}
