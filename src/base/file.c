#define _GNU_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gan/error.h"
#include "gan/mem.h"

FILE *gan_file_open(const char *path, uint64_t *bytes)
{
    struct stat st;
    FILE *stream = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st)) {
        gan_error("cannot open '%s': %s", path, strerror(errno));
        goto fail;
    }
    if (!S_ISREG(st.st_mode)) {
        gan_error("cannot open '%s': %s", path, S_ISDIR(st.st_mode) ? "it is a folder" : "not a regular file");
        goto fail;
    }
    if (!(stream = fdopen(fd, "rb"))) {
        gan_error("cannot open '%s': %s", path, strerror(errno));
        goto fail;
    }
    *bytes = (uint64_t)st.st_size;
    return stream;
fail:
    if (fd >= 0) close(fd);
    return NULL;
}

static char *read_text(FILE *f, size_t bytes, const char *path)
{
    char *text = gan_mem_alloc(bytes + 1, 1);
    if (!text) return NULL;
    int whole = fread(text, 1, bytes, f) == bytes;
    if (whole && strlen(text) == bytes) return text;
    gan_error(whole ? "'%s' holds a zero byte: not a text" : "cannot read '%s'", path);
    gan_mem_free(text);
    return NULL;
}

char *gan_file_text(const char *path, size_t most, const char *what)
{
    uint64_t bytes;
    char *text = NULL;
    FILE *f = gan_file_open(path, &bytes);
    if (!f) return NULL;
    if (bytes > most)
        gan_error("'%s' is larger than %zu bytes: not %s", path, most, what);
    else
        text = read_text(f, (size_t)bytes, path);
    fclose(f);
    return text;
}
