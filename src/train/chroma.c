#include "train/chroma.h"

#include "base/simd.h"
#include "gan/colour.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "image/axis.h"

struct join {
    const gan_image *in;
    const gan_chroma *c;
    gan_image *out;
    gan_axis across, down;
    size_t bands;       /* of rows, worked on at the same time */
    size_t band_floats; /* of scratch: x, a and b of a row of the picture; a row of c */
    float *scratch;     /* owned */
};

/* Row y of the picture, at c's width. */
GAN_SIMD static void mix_rows(const struct join *j, const float *restrict plane, int y, float *restrict mixed)
{
    gan_span s = j->down.spans[y];
    const double *weights = gan_axis_weights(&j->down, y);
    size_t n = (size_t)j->c->w, stride = (size_t)j->c->stride;
    const float *row = plane + (size_t)s.first * stride;
    for (size_t x = 0; x < n; x++) mixed[x] = 0;
    for (int i = 0; i < s.count; i++, row += stride) {
        float weight = (float)weights[i];
#pragma omp simd
        for (size_t x = 0; x < n; x++) mixed[x] += weight * row[x];
    }
}

static void stretch(const gan_axis *a, const float *mixed, float *row)
{
    for (int x = 0; x < a->dst; x++) {
        const double *weights = gan_axis_weights(a, x);
        const float *from = mixed + a->spans[x].first;
        double sum = 0;
        for (int i = 0; i < a->spans[x].count; i++) sum += weights[i] * from[i];
        row[x] = (float)sum;
    }
}

static void join_row(const struct join *j, int y, float *scratch)
{
    size_t w = (size_t)j->in->w, at = 3 * (size_t)y * w, plane = (size_t)j->c->stride * (size_t)j->c->plane_h;
    float *x = scratch, *ab = x + w, *mixed = ab + 2 * w;
    for (size_t i = 0; i < 2; i++) {
        mix_rows(j, j->c->ab + i * plane, y, mixed);
        stretch(&j->across, mixed, ab + i * w);
    }
    gan_lab_normalise(j->in->rgb + at, w, x, NULL);
    gan_lab_restore(x, ab, w, j->out->rgb + at);
}

static void join_band(void *ctx, size_t band)
{
    const struct join *j = ctx;
    size_t rows = (size_t)j->in->h;
    int y = (int)(rows * band / j->bands), end = (int)(rows * (band + 1) / j->bands);
    for (; y < end; y++) join_row(j, y, j->scratch + band * j->band_floats);
}

int gan_chroma_join(const gan_image *in, const gan_chroma *c, gan_image *out)
{
    struct join j = { .in = in, .c = c, .out = out, .bands = (size_t)gan_parallel_threads() };
    int result = -1;
    if (j.bands > (size_t)in->h) j.bands = (size_t)in->h;
    j.band_floats = 3 * (size_t)in->w + (size_t)c->w;
    *out = (gan_image){ 0 };
    if (gan_axis_init(&j.across, c->w, in->w, GAN_BICUBIC, 0)) goto done;
    if (gan_axis_init(&j.down, c->h, in->h, GAN_BICUBIC, 0)) goto done;
    j.scratch = gan_mem_alloc(j.bands, j.band_floats * sizeof *j.scratch);
    if (!j.scratch || gan_image_init(out, in->w, in->h)) goto done;
    gan_parallel_each(j.bands, join_band, &j);
    result = 0;
done:
    gan_axis_release(&j.across);
    gan_axis_release(&j.down);
    gan_mem_free(j.scratch);
    return result;
}
