/* Pictures from files and to files: finds the format, reads or writes the whole file. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "gan/atomic_file.h"
#include "gan/error.h"
#include "gan/image.h"
#include "gan/mem.h"
#include "image/format.h"

static const gan_format *const formats[] = {
#define X(name) &gan_format_##name,
#include "image/list.h"
#undef X
};
enum { NFORMATS = sizeof formats / sizeof *formats };

#define MAX_FILE_BYTES ((size_t)1 << 30)

static const gan_format *by_magic(const uint8_t *bytes, size_t n)
{
    for (int i = 0; i < NFORMATS; i++)
        if (n >= formats[i]->magic_bytes && !memcmp(bytes, formats[i]->magic, formats[i]->magic_bytes))
            return formats[i];
    return NULL;
}

static int ends_with(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n > m && !strcasecmp(path + n - m, ending);
}

static const gan_format *by_ending(const char *path)
{
    for (int i = 0; i < NFORMATS; i++)
        for (const char *const *ending = formats[i]->endings; *ending; ending++)
            if (ends_with(path, *ending)) return formats[i];
    return NULL;
}

static int decode(gan_photo *p, const gan_encoded *file)
{
    *p = (gan_photo){ 0 };
    if (!file->n) return gan_error("'%s' is empty", file->name);
    const gan_format *format = by_magic(file->bytes, file->n);
    if (!format) return gan_error("'%s' is not a PNG or JPEG file", file->name);
    if (format->decode(p, file)) return -1;
    p->format = format->name;
    return 0;
}

int gan_image_decode(gan_image *im, const char *name, const void *bytes, size_t n, int least_side)
{
    gan_photo p;
    *im = (gan_image){ 0 };
    if (decode(&p, &(gan_encoded){ .name = name, .bytes = bytes, .n = n, .least_side = least_side })) return -1;
    *im = (gan_image){ p.w, p.h, p.rgb };
    return 0;
}

int gan_photo_decode(gan_photo *p, const char *name, const void *bytes, size_t n)
{
    return decode(p, &(gan_encoded){ .name = name, .bytes = bytes, .n = n, .whole = 1 });
}

/* All of a file; owned. */
static uint8_t *read_file(const char *path, size_t *n)
{
    uint64_t bytes = 0;
    uint8_t *content = NULL;
    FILE *f = gan_file_open(path, &bytes);
    if (!f) return NULL;
    if (bytes > MAX_FILE_BYTES)
        gan_error("cannot read '%s': it is larger than %zu bytes", path, MAX_FILE_BYTES);
    else
        content = gan_mem_alloc((size_t)bytes, 1);
    *n = content ? fread(content, 1, (size_t)bytes, f) : 0;
    int failed = ferror(f);
    fclose(f);
    if (!content || !failed) return content;
    gan_error("cannot read '%s'", path);
    gan_mem_free(content);
    return NULL;
}

int gan_image_load(gan_image *im, const char *path, int least_side)
{
    *im = (gan_image){ 0 };
    size_t n = 0;
    uint8_t *content = read_file(path, &n);
    if (!content) return -1;
    int failed = gan_image_decode(im, path, content, n, least_side);
    gan_mem_free(content);
    return failed;
}

int gan_photo_load(gan_photo *p, const char *path)
{
    *p = (gan_photo){ 0 };
    size_t n = 0;
    uint8_t *content = read_file(path, &n);
    if (!content) return -1;
    int failed = gan_photo_decode(p, path, content, n);
    gan_mem_free(content);
    return failed;
}

/* All that a stream still has; owned. */
static uint8_t *read_stream(const char *name, FILE *in, size_t *n)
{
    enum { FIRST = 1 << 16 };
    uint8_t *content = NULL;
    for (size_t room = FIRST; room <= MAX_FILE_BYTES; room *= 2) {
        uint8_t *larger = gan_mem_resize(content, room, 1);
        if (!larger) goto fail;
        content = larger;
        *n += fread(content + *n, 1, room - *n, in);
        if (*n < room && !ferror(in)) return content;
        if (ferror(in)) break;
    }
    if (ferror(in))
        gan_error("cannot read '%s'", name);
    else
        gan_error("cannot read '%s': it is larger than %zu bytes", name, MAX_FILE_BYTES);
fail:
    gan_mem_free(content);
    return NULL;
}

int gan_photo_read(gan_photo *p, const char *name, FILE *in)
{
    *p = (gan_photo){ 0 };
    size_t n = 0;
    uint8_t *content = read_stream(name, in, &n);
    if (!content) return -1;
    int failed = gan_photo_decode(p, name, content, n);
    gan_mem_free(content);
    return failed;
}

int gan_image_can_save(const char *path)
{
    return by_ending(path) != NULL;
}

int gan_photo_save(const gan_photo *p, const char *path, int quality)
{
    const gan_format *format = by_ending(path);
    if (!format) return gan_error("cannot save '%s': the name does not end in .png, .jpg or .jpeg", path);
    gan_atomic_file f;
    if (gan_atomic_open(&f, path)) return -1;
    if (!format->encode(p, &(gan_encoding){ path, f.stream, quality })) return gan_atomic_commit(&f);
    gan_atomic_abandon(&f);
    return -1;
}

int gan_image_save(const gan_image *im, const char *path)
{
    return gan_photo_save(&(gan_photo){ .w = im->w, .h = im->h, .rgb = im->rgb }, path, GAN_QUALITY);
}

int gan_photo_write(const gan_photo *p, const char *name, FILE *out, int quality)
{
    const gan_format *format = formats[0];
    for (int i = 0; p->format && i < NFORMATS; i++)
        if (!strcmp(formats[i]->name, p->format)) format = formats[i];
    if (format->encode(p, &(gan_encoding){ name, out, quality })) return -1;
    return fflush(out) ? gan_error("cannot write '%s'", name) : 0;
}
