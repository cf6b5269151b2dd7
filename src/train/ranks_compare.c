#include "train/ranks_compare.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "gan/error.h"

enum { MOST = 8 };

uint64_t gan_digest_text(uint64_t h, const char *text)
{
    return gan_digest(h, text, strlen(text) + 1);
}

int gan_digest_file(const char *path, uint64_t *out)
{
    char part[4096];
    *out = GAN_DIGEST_BEGIN;
    if (!*path) return 0;
    uint64_t bytes;
    FILE *f = gan_file_open(path, &bytes);
    if (!f) return -1;
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) *out = gan_digest(*out, part, n);
    int bad = ferror(f) ? gan_error("cannot read '%s'", path) : 0;
    fclose(f);
    return bad;
}

int gan_ranks_compare(gan_dist *d, const gan_aspect *mine, int n)
{
    uint64_t first[MOST] = { 0 };
    int bad = 0;
    GAN_ASSERT(n <= MOST);
    for (int i = 0; i < n; i++) first[i] = mine[i].digest;
    if (gan_dist_broadcast(d, first, (size_t)n * sizeof *first)) return -1;
    for (int i = 0; i < n && !bad; i++)
        if (mine[i].digest != first[i]) bad = gan_error("%s is not rank 0's", mine[i].name);
    return gan_dist_agree(d, bad);
}
