#include "ref/ref.h"

#include <string.h>

/* Elements one image has in a and in b. */
static size_t run(const struct ref_concat *o, int channels)
{
    return (size_t)channels * (size_t)o->h * (size_t)o->w;
}

void ref_concat_fwd(const struct ref_concat *o, const double *a, const double *b, double *dst)
{
    size_t na = run(o, o->ac), nb = run(o, o->bc);
    for (size_t n = 0; n < (size_t)o->n; n++) {
        memcpy(dst + n * (na + nb), a + n * na, na * sizeof *dst);
        memcpy(dst + n * (na + nb) + na, b + n * nb, nb * sizeof *dst);
    }
}

void ref_concat_bwd(const struct ref_concat *o, const double *diff_dst, double *diff_a, double *diff_b)
{
    size_t na = run(o, o->ac), nb = run(o, o->bc);
    for (size_t n = 0; n < (size_t)o->n; n++) {
        if (diff_a) memcpy(diff_a + n * na, diff_dst + n * (na + nb), na * sizeof *diff_a);
        if (diff_b) memcpy(diff_b + n * nb, diff_dst + n * (na + nb) + na, nb * sizeof *diff_b);
    }
}
