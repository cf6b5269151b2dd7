#define _POSIX_C_SOURCE 200809L
#include "support/damage.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

unsigned char *file_bytes(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    cr_assert(f, "no file '%s'", path);
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    rewind(f);
    unsigned char *bytes = malloc((size_t)size + 1);
    *n = fread(bytes, 1, (size_t)size, f);
    cr_assert_eq(*n, (size_t)size);
    fclose(f);
    return bytes;
}

void put_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    cr_assert(f);
    cr_assert_eq(fwrite(bytes, 1, n, f), n);
    cr_assert_eq(fclose(f), 0);
}

void damage_shorten(const char *path, const unsigned char *bytes, size_t n, damage_look *look, void *ctx)
{
    put_bytes(path, bytes, n);
    while (n-- > 0) {
        cr_assert_eq(truncate(path, (off_t)n), 0);
        look(ctx, n);
    }
}

void damage_flip(const char *path, const unsigned char *bytes, size_t n, damage_look *look, void *ctx)
{
    static const unsigned char bits[] = { 0xff, 0x01, 0x80, 0 }; /* the last restores it */
    put_bytes(path, bytes, n);
    int fd = open(path, O_WRONLY);
    cr_assert_geq(fd, 0);
    for (size_t at = 0; at < n; at++)
        for (size_t i = 0; i < sizeof bits; i++) {
            unsigned char changed = bytes[at] ^ bits[i];
            cr_assert_eq(pwrite(fd, &changed, 1, (off_t)at), 1);
            if (bits[i]) look(ctx, at);
        }
    close(fd);
}
