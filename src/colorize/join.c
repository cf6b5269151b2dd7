#include "colorize/join.h"

#include "base/simd.h"
#include "gan/colour.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "image/axis.h"

struct stretch { /* from cells to pixels */
    gan_axis across, down;
};

struct join {
    gan_photo *p;
    gan_guide guide;
    struct stretch line, bound;
    size_t bands;      /* of rows, worked on at the same time */
    size_t band_quads; /* of scratch: a row of lines and one of bounds, then x, a and b of a row of p */
    gan_quad *scratch; /* owned */
};

void gan_row_luminance(const gan_photo *p, size_t y, float *x)
{
    size_t w = (size_t)p->w, at = 3 * y * w;
    if (p->rgb16)
        gan_lab_normalise16(p->rgb16 + at, w, x, NULL);
    else
        gan_lab_normalise(p->rgb + at, w, x, NULL);
}

void gan_row_colour(gan_photo *p, size_t y, const float *x, const float *ab)
{
    size_t w = (size_t)p->w, at = 3 * y * w;
    if (p->rgb16)
        gan_lab_restore16(x, ab, w, p->rgb16 + at);
    else
        gan_lab_restore(x, ab, w, p->rgb + at);
}

/* The cells of row y of the picture, at the guide's width. */
GAN_SIMD static void mix_rows(const gan_axis *down, int y, const gan_quad *cells, size_t w, gan_quad *restrict mixed)
{
    gan_span s = down->spans[y];
    const double *weights = gan_axis_weights(down, y);
    const gan_quad *row = cells + (size_t)s.first * w;
    for (size_t x = 0; x < w; x++) mixed[x] = (gan_quad){ 0 };
    for (int i = 0; i < s.count; i++, row += w) {
        float weight = (float)weights[i];
        for (size_t x = 0; x < w; x++) mixed[x] += weight * row[x];
    }
}

static inline gan_quad mix_columns(const gan_axis *across, int x, const gan_quad *row)
{
    gan_span s = across->spans[x];
    const double *weights = gan_axis_weights(across, x);
    gan_quad sum = { 0 };
    for (int i = 0; i < s.count; i++) sum += (float)weights[i] * row[s.first + i];
    return sum;
}

static inline float within(float v, float least, float most)
{
    v = v > least ? v : least;
    return v < most ? v : most;
}

/* Lines applied to luminance, and held within bounds: w floats of a, then of b. */
GAN_SIMD static void apply(const struct join *j, const gan_quad *lines, const gan_quad *bounds, const float *restrict x,
                           float *restrict ab, int w)
{
    for (int i = 0; i < w; i++) {
        gan_quad line = mix_columns(&j->line.across, i, lines), bound = mix_columns(&j->bound.across, i, bounds);
        ab[i] = within(line[0] * x[i] + line[1], bound[0], bound[1]);
        ab[w + i] = within(line[2] * x[i] + line[3], bound[2], bound[3]);
    }
}

static void join_row(const struct join *j, int y, gan_quad *scratch)
{
    size_t cells = (size_t)j->guide.w;
    gan_quad *lines = scratch, *bounds = lines + cells;
    float *x = (float *)(bounds + cells), *ab = x + j->p->w;
    mix_rows(&j->line.down, y, j->guide.line, cells, lines);
    mix_rows(&j->bound.down, y, j->guide.bound, cells, bounds);
    gan_row_luminance(j->p, (size_t)y, x);
    apply(j, lines, bounds, x, ab, j->p->w);
    gan_row_colour(j->p, (size_t)y, x, ab);
}

static void join_band(void *ctx, size_t band)
{
    const struct join *j = ctx;
    size_t rows = (size_t)j->p->h;
    int y = (int)(rows * band / j->bands), end = (int)(rows * (band + 1) / j->bands);
    for (; y < end; y++) join_row(j, y, j->scratch + band * j->band_quads);
}

static int stretch_init(struct stretch *s, const gan_guide *g, const gan_photo *p, enum gan_filter filter)
{
    return gan_axis_init(&s->across, g->w, p->w, filter, 0) || gan_axis_init(&s->down, g->h, p->h, filter, 0) ? -1 : 0;
}

static void join_release(struct join *j)
{
    gan_guide_release(&j->guide);
    gan_axis_release(&j->line.across);
    gan_axis_release(&j->line.down);
    gan_axis_release(&j->bound.across);
    gan_axis_release(&j->bound.down);
    gan_mem_free(j->scratch);
}

int gan_chroma_join(gan_photo *p, const gan_chroma *c, enum gan_upsampling upsampling)
{
    struct join j = { .p = p, .bands = (size_t)gan_parallel_threads() };
    int result = -1;
    if (j.bands > (size_t)p->h) j.bands = (size_t)p->h;
    j.band_quads = 2 * (size_t)c->frame.w + (3 * (size_t)p->w + 3) / 4;
    if (gan_guide_init(&j.guide, c, upsampling)) goto done;
    if (stretch_init(&j.line, &j.guide, p, GAN_BICUBIC)) goto done;
    if (stretch_init(&j.bound, &j.guide, p, GAN_BILINEAR)) goto done; /* no weight below 0: bounds hold */
    j.scratch = gan_mem_alloc_large(j.bands * j.band_quads * sizeof *j.scratch);
    if (!j.scratch) goto done;
    gan_parallel_each(j.bands, join_band, &j);
    result = 0;
done:
    join_release(&j);
    return result;
}
