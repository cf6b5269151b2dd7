/* Stands in for libFuzzer in ordinary builds: hands every file of a folder, and the first half of each, to the target. */
#define _POSIX_C_SOURCE 200809L
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    long size = -1;
    uint8_t *bytes = NULL;
    if (f && !fseek(f, 0, SEEK_END)) size = ftell(f);
    if (size >= 0 && !fseek(f, 0, SEEK_SET)) bytes = malloc(size ? (size_t)size : 1);
    *n = bytes ? fread(bytes, 1, (size_t)size, f) : 0;
    if (f) fclose(f);
    return bytes;
}

/* In a block of exactly n bytes, so that AddressSanitizer sees a read beyond them. */
static int feed(const uint8_t *bytes, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    if (!exact) return -1;
    memcpy(exact, bytes, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 0;
}

static int replay(const char *path)
{
    size_t n;
    uint8_t *bytes = read_file(path, &n);
    int failed = !bytes || feed(bytes, n) || feed(bytes, n / 2);
    free(bytes);
    return failed ? -1 : 0;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s FOLDER (an existing corpus)\n", argv[0]);
        return 2;
    }
    int files = 0, failed = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[4096];
        if (entry->d_name[0] == '.') continue;
        int length = snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        if (length < 0 || (size_t)length >= sizeof path || replay(path)) {
            fprintf(stderr, "cannot read '%s' in '%s'\n", entry->d_name, argv[1]);
            failed = 1;
        }
        files++;
    }
    closedir(folder);
    printf("%d files replayed\n", files);
    return failed || !files;
}
