/* Welsh, Ashikhmin and Mueller 2002, "Transferring color to greyscale images": the reference is looked at in about 200
 * places, one at random in each cell of a grid; each pixel takes the chroma of the sample that is most like it in
 * luminance and in the deviation of luminance around it, half and half. The samples' luminances get the picture's mean
 * and deviation first.
 */
#include <math.h>

#include "classic/method.h"
#include "classic/reference.h"
#include "classic/texture.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/rng.h"

enum { COLUMNS = 16, ROWS = 13, SAMPLES = COLUMNS * ROWS, GRAIN = 4096 };

typedef struct samples {
    gan_spread luminance; /* of the whole reference */
    float x[SAMPLES], deviation[SAMPLES], ab[2][SAMPLES];
} samples;

/* A pixel of cell i of n cells of a side. */
static int draw(gan_rng rng, uint64_t number, int i, int n, int side)
{
    int begin = (int)((int64_t)side * i / n), end = (int)((int64_t)side * (i + 1) / n);
    return end > begin ? begin + (int)gan_rng_below(rng, number, (uint64_t)(end - begin)) : begin;
}

static void take_samples(samples *s, const gan_reference *r, const float *deviation)
{
    gan_rng rng = gan_rng_at(0, GAN_STREAM_SAMPLES, 0);
    int w = r->picture.w, h = r->picture.h;
    size_t n = (size_t)w * (size_t)h;
    for (int i = 0; i < SAMPLES; i++) {
        int x = draw(rng, 2 * (uint64_t)i, i % COLUMNS, COLUMNS, w);
        int y = draw(rng, 2 * (uint64_t)i + 1, i / COLUMNS, ROWS, h);
        size_t at = (size_t)y * (size_t)w + (size_t)x;
        s->x[i] = r->x[at];
        s->deviation[i] = deviation[at];
        for (size_t c = 0; c < 2; c++) s->ab[c][i] = r->ab[c * n + at];
    }
    s->luminance = gan_spread_of(r->x, n);
}

static void *prepare(const gan_classic_opt *o)
{
    gan_reference r;
    if (gan_reference_load(&r, o->reference)) return NULL;
    samples *s = gan_mem_alloc(1, sizeof *s);
    float *deviation = gan_mem_alloc((size_t)r.picture.w * (size_t)r.picture.h, sizeof *deviation);
    if (s && deviation) {
        gan_texture(r.x, r.picture.w, r.picture.h, deviation);
        take_samples(s, &r, deviation);
    } else {
        gan_mem_free(s);
        s = NULL;
    }
    gan_mem_free(deviation);
    gan_reference_release(&r);
    return s;
}

struct job {
    const samples *s; /* as the picture's luminance has them */
    const float *x, *deviation;
    size_t n;
    float *y;
};

/* s with the mean and the deviation of the picture's luminance. */
static samples adapted(const samples *s, const float *x, size_t n)
{
    samples a = *s;
    gan_spread to = gan_spread_of(x, n);
    double stretch = s->luminance.deviation > 1e-9 ? to.deviation / s->luminance.deviation : 1;
    for (int i = 0; i < SAMPLES; i++) {
        a.x[i] = (float)gan_spread_move((double)s->x[i], &s->luminance, &to);
        a.deviation[i] = (float)(stretch * (double)s->deviation[i]);
    }
    return a;
}

static int nearest(const samples *s, float x, float deviation)
{
    float least = INFINITY;
    int best = 0;
    for (int i = 0; i < SAMPLES; i++) {
        float distance = 0.5f * fabsf(s->x[i] - x) + 0.5f * fabsf(s->deviation[i] - deviation);
        if (distance >= least) continue;
        least = distance;
        best = i;
    }
    return best;
}

static void colour_range(void *ctx, size_t begin, size_t end)
{
    const struct job *j = ctx;
    for (size_t i = begin; i < end; i++) {
        int best = nearest(j->s, j->x[i], j->deviation[i]);
        for (size_t c = 0; c < 2; c++) j->y[c * j->n + i] = j->s->ab[c][best];
    }
}

static int colour(const void *common, const gan_gray *g, float *y)
{
    size_t n = (size_t)g->w * (size_t)g->h;
    float *deviation = gan_mem_alloc(n, sizeof *deviation);
    if (!deviation) return -1;
    samples s = adapted(common, g->x, n);
    gan_texture(g->x, g->w, g->h, deviation);
    gan_parallel_range(n, GRAIN, colour_range, &(struct job){ &s, g->x, deviation, n, y });
    gan_mem_free(deviation);
    return 0;
}

const gan_method gan_method_welsh = {
    .info = { "welsh", "takes each pixel's colour from a like one of a reference (Welsh et al. 2002)",
              GAN_NEEDS_REFERENCE },
    .prepare = prepare,
    .release = gan_mem_free,
    .colour = colour,
};
