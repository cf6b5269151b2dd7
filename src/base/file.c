#define _GNU_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gan/error.h"

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
