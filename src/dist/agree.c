#include <stdio.h>

#include "dist/dist.h"
#include "gan/error.h"

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
