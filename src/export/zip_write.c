#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "export/bytes.h"
#include "export/zip.h"
#include "export/zip_parts.h"
#include "gan/error.h"
#include "gan/mem.h"

enum {
    ALIGNMENT = 64,         /* PyTorch maps files whose data lie so */
    PADDING_EXTRA = 0x4246, /* "FB": PyTorch's own id of an extra field of padding */
    VERSION = 20,           /* of the format that a reader needs: 2.0 */
    DATE = 1 << 5 | 1,      /* 1 January 1980: the same state gives the same bytes */
    LOCAL_COMMON = 4,       /* where a local header begins to be what the directory repeats, */
    CENTRAL_COMMON = 6,     /* and where the directory does, */
    COMMON_BYTES = 26       /* for so many bytes: version, flags, method, time, date, checksum, sizes, lengths */
};

int gan_zip_create(gan_zip_writer *w, const char *path)
{
    *w = (gan_zip_writer){ 0 };
    return gan_atomic_open(&w->file, path);
}

void gan_zip_abandon(gan_zip_writer *w)
{
    gan_atomic_abandon(&w->file);
    gan_mem_free(w->directory);
    w->directory = NULL;
}

static int put(gan_zip_writer *w, const void *bytes, size_t n)
{
    errno = 0;
    if (n && fwrite(bytes, 1, n, w->file.stream) != n)
        return gan_error("cannot write '%s': %s", w->file.path, errno ? strerror(errno) : "error");
    w->at += n;
    return 0;
}

static int add_to_directory(gan_zip_writer *w, const unsigned char *local, uint64_t header, const char *name,
                            size_t name_bytes)
{
    size_t n = GAN_ZIP_CENTRAL_BYTES + name_bytes;
    unsigned char *larger = gan_mem_resize(w->directory, w->directory_bytes + n, 1);
    if (!larger) return -1;
    w->directory = larger;
    unsigned char *p = larger + w->directory_bytes;
    memset(p, 0, GAN_ZIP_CENTRAL_BYTES);
    gan_put_le(p, 4, GAN_ZIP_CENTRAL);
    gan_put_le(p + 4, 2, VERSION);
    memcpy(p + CENTRAL_COMMON, local + LOCAL_COMMON, COMMON_BYTES);
    gan_put_le(p + 30, 2, 0); /* no extra field here */
    gan_put_le(p + 42, 4, header);
    memcpy(p + GAN_ZIP_CENTRAL_BYTES, name, name_bytes);
    w->directory_bytes += n;
    w->entries++;
    return 0;
}

int gan_zip_add(gan_zip_writer *w, const char *name, const void *bytes, size_t n)
{
    unsigned char local[GAN_ZIP_LOCAL_BYTES] = { 0 }, extra[4 + ALIGNMENT] = { 0 };
    uint64_t header = w->at;
    size_t name_bytes = strlen(name), begin = (size_t)(header % ALIGNMENT) + sizeof local + name_bytes + 4;
    size_t padding = (ALIGNMENT - begin % ALIGNMENT) % ALIGNMENT;
    if (n > UINT32_MAX || header + w->directory_bytes + n > UINT32_MAX - (1u << 20) || w->entries == UINT16_MAX - 1)
        return gan_error("cannot write '%s': it would have more than 4 GiB", w->file.path);
    gan_put_le(local, 4, GAN_ZIP_LOCAL);
    gan_put_le(local + 4, 2, VERSION);
    gan_put_le(local + 12, 2, DATE);
    gan_put_le(local + 14, 4, crc32_z(0, bytes, n));
    gan_put_le(local + 18, 4, n);
    gan_put_le(local + 22, 4, n);
    gan_put_le(local + 26, 2, name_bytes);
    gan_put_le(local + 28, 2, 4 + padding);
    gan_put_le(extra, 2, PADDING_EXTRA);
    gan_put_le(extra + 2, 2, padding);
    if (put(w, local, sizeof local) || put(w, name, name_bytes) || put(w, extra, 4 + padding)) return -1;
    return put(w, bytes, n) ? -1 : add_to_directory(w, local, header, name, name_bytes);
}

int gan_zip_finish(gan_zip_writer *w)
{
    unsigned char end[GAN_ZIP_END_BYTES] = { 0 };
    uint64_t directory = w->at;
    gan_put_le(end, 4, GAN_ZIP_END);
    gan_put_le(end + 8, 2, w->entries);
    gan_put_le(end + 10, 2, w->entries);
    gan_put_le(end + 12, 4, w->directory_bytes);
    gan_put_le(end + 16, 4, directory);
    if (put(w, w->directory, w->directory_bytes) || put(w, end, sizeof end)) {
        gan_zip_abandon(w);
        return -1;
    }
    gan_mem_free(w->directory);
    w->directory = NULL;
    return gan_atomic_commit(&w->file);
}
