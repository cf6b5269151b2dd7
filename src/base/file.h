/* Files that are read whole or by position. */
#ifndef GAN_BASE_FILE_H
#define GAN_BASE_FILE_H

#include <stdint.h>
#include <stdio.h>

/* Opens a regular file for reading and tells its size. Folders, pipes and devices are refused, without waiting for
 * anybody to write into them. Owned, fclose. */
FILE *gan_file_open(const char *path, uint64_t *bytes);

#endif
