#include <stdio.h>
#include <string.h>

#include "dist/dist.h"
#include "gan/error.h"

enum { PART = 1 << 24 }; /* bytes of a message: MPI counts them in an int */

/* Either way between rank 0 and another. */
static int pass(gan_dist *d, int other, const char *out, char *in, size_t bytes)
{
    for (size_t done = 0; done < bytes; done += PART) {
        size_t n = bytes - done < PART ? bytes - done : PART;
        if (out ? gan_dist_send(d, other, GAN_TAG_GATHER, out + done, n)
                : gan_dist_receive(d, other, GAN_TAG_GATHER, in + done, n))
            return -1;
    }
    return 0;
}

int gan_dist_gather(gan_dist *d, const void *mine, size_t bytes, void *all)
{
    if (gan_dist_rank(d)) return pass(d, 0, mine, NULL, bytes);
    memcpy(all, mine, bytes);
    for (int r = 1; r < gan_dist_size(d); r++)
        if (pass(d, r, NULL, (char *)all + (size_t)r * bytes, bytes)) return -1;
    return 0;
}

typedef struct verdict {
    int failed;
    char text[512];
} verdict;

/* The first failure by rank, in rank 0; the others say how they fared. */
static int collect(gan_dist *d, verdict *v)
{
    if (d->t.rank) return gan_dist_send(d, 0, GAN_TAG_GATHER, v, sizeof *v);
    for (int r = 1; r < d->t.size; r++) {
        verdict other;
        if (gan_dist_receive(d, r, GAN_TAG_GATHER, &other, sizeof other)) return -1;
        if (v->failed || !other.failed) continue;
        v->failed = 1;
        snprintf(v->text, sizeof v->text, "rank %d: %.*s", r, (int)sizeof v->text - 20, other.text);
    }
    return 0;
}

int gan_dist_agree(gan_dist *d, int failed)
{
    verdict v = { failed != 0, "" };
    if (gan_dist_size(d) < 2) return failed ? -1 : 0;
    if (failed) snprintf(v.text, sizeof v.text, "%s", gan_error_message());
    if (collect(d, &v) || gan_dist_broadcast(d, &v, sizeof v)) return -1;
    if (!v.failed) return 0;
    d->agreed = 1;
    return gan_error("%s", v.text);
}

int gan_dist_agreed(const gan_dist *d)
{
    return d && d->agreed;
}
