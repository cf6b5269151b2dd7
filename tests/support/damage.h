/* Files made shorter and files with changed bytes, for readers of what others wrote. Each keeps a path, where the damaged
 * copies of n bytes are written in turn; look is told after each how many bytes were kept, or which byte was changed.
 */
#ifndef TESTS_DAMAGE_H
#define TESTS_DAMAGE_H

#include <stddef.h>

typedef void damage_look(void *ctx, size_t at);

unsigned char *file_bytes(const char *path, size_t *n); /* owned, free */
void put_bytes(const char *path, const void *bytes, size_t n);

/* Every length from n - 1 down to 0. */
void damage_shorten(const char *path, const unsigned char *bytes, size_t n, damage_look *look, void *ctx);

/* Every byte in turn: all its bits, then its lowest, then its highest. */
void damage_flip(const char *path, const unsigned char *bytes, size_t n, damage_look *look, void *ctx);

#endif
