/* Files that are read whole or by position. */
#ifndef GAN_BASE_FILE_H
#define GAN_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Opens a regular file for reading and tells its size. Folders, pipes and devices are refused, without waiting for
 * anybody to write into them. Owned, fclose. */
FILE *gan_file_open(const char *path, uint64_t *bytes);

/* The whole file, ended by NUL. Owned, gan_mem_free.
 *   what      names what it should be, for the message: "a configuration"
 *   errors    NULL: cannot be read, larger than `most` bytes, holds a zero byte, out of memory */
char *gan_file_text(const char *path, size_t most, const char *what);

#endif
