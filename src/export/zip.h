/* ZIP archives of stored entries: all that a .pth file is made of. Reads zip64; writes what fits into 4 GiB.
 *     gan_zip *z = gan_zip_open(path);
 *     const gan_zip_entry *e = gan_zip_find(z, "archive/data.pkl");
 *     unsigned char *bytes = gan_mem_alloc((size_t)e->bytes, 1);
 *     if (gan_zip_read(z, e, bytes)) return -1;
 *     gan_zip_close(z);
 */
#ifndef GAN_EXPORT_ZIP_H
#define GAN_EXPORT_ZIP_H

#include <stddef.h>
#include <stdint.h>

#include "gan/atomic_file.h"

typedef struct gan_zip gan_zip;

typedef struct gan_zip_entry {
    const char *name; /* borrowed from the archive */
    size_t bytes;     /* lie within the file */
    uint64_t header;  /* where its local header is */
    uint32_t crc;
    int stored; /* neither compressed nor encrypted */
} gan_zip_entry;

gan_zip *gan_zip_open(const char *path);
void gan_zip_close(gan_zip *z);
size_t gan_zip_count(const gan_zip *z);
const gan_zip_entry *gan_zip_at(const gan_zip *z, size_t i);
const gan_zip_entry *gan_zip_find(const gan_zip *z, const char *name); /* NULL: absent, no message */

/* All bytes of an entry, e->bytes, whose checksum is checked. */
int gan_zip_read(gan_zip *z, const gan_zip_entry *e, void *out);

/* Writing: entries one after the other, each with its data at a multiple of 64 bytes, then the end. */
typedef struct gan_zip_writer {
    gan_atomic_file file;
    unsigned char *directory; /* owned */
    size_t directory_bytes, entries;
    uint64_t at; /* bytes written so far */
} gan_zip_writer;

int gan_zip_create(gan_zip_writer *w, const char *path);
int gan_zip_add(gan_zip_writer *w, const char *name, const void *bytes, size_t n);
int gan_zip_finish(gan_zip_writer *w); /* the archive appears under its name; releases w */
void gan_zip_abandon(gan_zip_writer *w);

#endif
