#include "train/ranks_compare.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gan/error.h"

enum { MOST = 8 };

uint64_t gan_digest(uint64_t h, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < bytes; i++) h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

uint64_t gan_digest_text(uint64_t h, const char *text)
{
    return gan_digest(h, text, strlen(text) + 1);
}

int gan_digest_file(const char *path, uint64_t *out)
{
    char part[4096];
    *out = GAN_DIGEST_BEGIN;
    if (!*path) return 0;
    FILE *f = fopen(path, "rb");
    if (!f) return gan_error("cannot open '%s': %s", path, strerror(errno));
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
