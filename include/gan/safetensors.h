/* The safetensors format: u64 little-endian header length, JSON, packed tensors without holes.
 * Writing is atomic (temporary file in the same folder, synced, renamed) and streams: no copy of the data is made.
 *     gan_st_writer *w = gan_st_writer_new();
 *     gan_st_text(w, "format", "gan 1");
 *     gan_st_tensor(w, "gen/enc1.conv.weights", GAN_F32, 4, dims, fill, ctx);
 *     int bad = gan_st_write(w, path);
 *     gan_st_writer_free(w);
 */
#ifndef GAN_SAFETENSORS_H
#define GAN_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gan_dtype { GAN_F32, GAN_I64, GAN_U8 };
enum { GAN_ST_MAX_DIMS = 8 };

/* Produces a whole tensor in canonical layout into out (its size in bytes given); 0 or -1. */
typedef int gan_st_fill(void *ctx, void *out, size_t bytes);

typedef struct gan_st_writer gan_st_writer;
gan_st_writer *gan_st_writer_new(void);
void gan_st_writer_free(gan_st_writer *w);
int gan_st_text(gan_st_writer *w, const char *key, const char *value); /* into __metadata__; UTF-8 */

/* Declares a tensor; fill is called once, by gan_st_write, in the order of the calls (a stable order: same state, same
 * bytes). ctx must stay valid until then. Names are unique. */
int gan_st_tensor(gan_st_writer *w, const char *name, enum gan_dtype type, int ndims, const int64_t *dims,
                  gan_st_fill *fill, void *ctx);

/* Writes path. A CRC-32 per tensor goes into __metadata__ ("crc32", a JSON object as text: name to 8 hex digits), and
 * one of all other texts ("crc32_metadata"). In the file, tensors with wide elements come first: all are aligned.
 * On failure whatever path held before is untouched, the temporary file is gone, and the message names path. */
int gan_st_write(gan_st_writer *w, const char *path);

typedef struct gan_st_info { /* borrowed from the file */
    const char *name;
    enum gan_dtype type;
    int ndims;
    int64_t dims[GAN_ST_MAX_DIMS];
    size_t bytes;
} gan_st_info;

typedef struct gan_st_file gan_st_file;
/* Opens and checks the header: sizes, types, holes, overlaps, trailing bytes, duplicate names, the texts' checksum if
 * there is one. Data stays on disk. */
gan_st_file *gan_st_open(const char *path);
void gan_st_close(gan_st_file *f);
const char *gan_st_get_text(const gan_st_file *f, const char *key); /* NULL: absent; borrowed */
size_t gan_st_count(const gan_st_file *f);
const gan_st_info *gan_st_at(const gan_st_file *f, size_t i);
const gan_st_info *gan_st_find(const gan_st_file *f, const char *name); /* NULL: absent */

/* Reads one tensor's bytes (info->bytes) and checks its CRC if the file has one. */
int gan_st_read(gan_st_file *f, const gan_st_info *info, void *out);

#ifdef __cplusplus
}
#endif
#endif
