#include "ref/ref.h"

size_t ref_count(struct ref_shape s)
{
    return (size_t)s.n * (size_t)s.c * (size_t)s.h * (size_t)s.w;
}

ptrdiff_t ref_at(struct ref_shape s, int n, int c, int h, int w)
{
    return (((ptrdiff_t)n * s.c + c) * s.h + h) * s.w + w;
}
