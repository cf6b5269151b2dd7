/* Files that appear whole or not at all: written beside their final name, synced, renamed.
 *     gan_atomic_file f;
 *     if (gan_atomic_open(&f, path)) return -1;
 *     fprintf(f.stream, ...);
 *     return gan_atomic_commit(&f);      or gan_atomic_abandon(&f)
 */
#ifndef GAN_ATOMIC_FILE_H
#define GAN_ATOMIC_FILE_H

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_atomic_file {
    FILE *stream;
    char *path, *temporary; /* owned */
} gan_atomic_file;

int gan_atomic_open(gan_atomic_file *f, const char *path);
int gan_atomic_commit(gan_atomic_file *f);   /* flush, check, fsync, rename, fsync of the folder; releases f */
void gan_atomic_abandon(gan_atomic_file *f); /* removes the temporary file; releases f */

#ifdef __cplusplus
}
#endif
#endif
