#include "ref/gather.h"

/* Offset in src of what element i of dst shows. */
static ptrdiff_t origin(struct ref_shape src, struct ref_shape dst, ref_gather_from *from, int amount, size_t i)
{
    size_t plane = (size_t)dst.h * (size_t)dst.w;
    int row = (int)(i % plane / (size_t)dst.w), column = (int)(i % (size_t)dst.w);
    return (ptrdiff_t)(i / plane) * src.h * src.w + (ptrdiff_t)from(row, src.h, amount) * src.w +
           from(column, src.w, amount);
}

void ref_gather_fwd(struct ref_shape src, struct ref_shape dst, ref_gather_from *from, int amount, const double *in,
                    double *out)
{
    for (size_t i = 0; i < ref_count(dst); i++) out[i] = in[origin(src, dst, from, amount, i)];
}

void ref_gather_bwd(struct ref_shape src, struct ref_shape dst, ref_gather_from *from, int amount,
                    const double *diff_dst, double *diff_src)
{
    for (size_t i = 0; i < ref_count(src); i++) diff_src[i] = 0;
    for (size_t i = 0; i < ref_count(dst); i++) diff_src[origin(src, dst, from, amount, i)] += diff_dst[i];
}
