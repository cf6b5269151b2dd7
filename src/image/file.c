/* Pictures from files and to files: finds the format, reads or writes the whole file. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

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

int gan_image_decode(gan_image *im, const char *name, const void *bytes, size_t n, int least_side)
{
    *im = (gan_image){ 0 };
    if (!n) return gan_error("'%s' is empty", name);
    const gan_format *format = by_magic(bytes, n);
    if (!format) return gan_error("'%s' is not a PNG or JPEG file", name);
    return format->decode(im, &(gan_encoded){ name, bytes, n, least_side });
}

/* The size of a regular file: a pipe would block, a folder reads as nothing. */
static int file_size(const char *path, size_t *bytes)
{
    struct stat info;
    if (stat(path, &info)) return gan_error("cannot open '%s': %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode)) return gan_error("cannot read '%s': not a regular file", path);
    if (info.st_size < 0 || (uintmax_t)info.st_size > MAX_FILE_BYTES)
        return gan_error("cannot read '%s': larger than %zu bytes", path, MAX_FILE_BYTES);
    *bytes = (size_t)info.st_size;
    return 0;
}

static int read_file(const char *path, void *bytes, size_t n)
{
    FILE *f = fopen(path, "rb");
    if (!f) return gan_error("cannot open '%s': %s", path, strerror(errno));
    errno = 0;
    size_t got = fread(bytes, 1, n, f);
    int why = errno;
    fclose(f);
    if (got == n) return 0;
    return gan_error("cannot read '%s': %s", path, why ? strerror(why) : "it became shorter");
}

int gan_image_load(gan_image *im, const char *path, int least_side)
{
    *im = (gan_image){ 0 };
    size_t n = 0;
    if (file_size(path, &n)) return -1;
    void *bytes = gan_mem_alloc(n, 1);
    if (!bytes) return -1;
    int failed = read_file(path, bytes, n) || gan_image_decode(im, path, bytes, n, least_side);
    gan_mem_free(bytes);
    return failed ? -1 : 0;
}

int gan_image_save(const gan_image *im, const char *path)
{
    const gan_format *format = by_ending(path);
    if (!format) return gan_error("cannot save '%s': the name does not end in .png, .jpg or .jpeg", path);
    gan_atomic_file f;
    if (gan_atomic_open(&f, path)) return -1;
    if (!format->encode(im, path, f.stream)) return gan_atomic_commit(&f);
    gan_atomic_abandon(&f);
    return -1;
}
