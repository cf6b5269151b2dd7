/* For targets whose readers want a file: the input under a name, in memory where the system has such files. */
#ifndef GAN_TESTS_FUZZ_FILE_H
#define GAN_TESTS_FUZZ_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

/* Calls use with the path of a file of these n bytes, which is gone afterwards. */
static inline void fuzz_with_file(const uint8_t *bytes, size_t n, void (*use)(const char *path))
{
    char path[] = "/dev/shm/gan-fuzz-XXXXXX", slow[] = "/tmp/gan-fuzz-XXXXXX", *name = path;
    int fd = mkstemp(path);
    if (fd < 0) fd = mkstemp(name = slow);
    if (fd < 0) return;
    if (write(fd, bytes, n) == (ssize_t)n) use(name);
    close(fd);
    unlink(name);
}

#endif
