#include "colorize/guide.h"

#include <string.h>

#include "gan/mem.h"

/* Variance of luminance (L / 50 - 1) at which a slope is halved: a deviation of 1.6 in L. */
#define NOISE 1e-3f
#define TINY 1e-9f /* keeps the fit's quality of a place without variance finite */
#define UNBOUNDED 16.0f

/* Planes of products, then of their means over 3x3 cells. The first three are the samples themselves. */
enum plane { I, A, B, II, AA, BB, IA, IB, SLOPE_A, SLOPE_B, SCRATCH, PLANES };

struct fit {
    size_t w, h;
    float *plane[PLANES];
    float *memory; /* owned */
};

static void sum3(float before, float at, float after, float *to)
{
    *to = before + at + after;
}

static void least3(float before, float at, float after, float *to)
{
    float low = before < at ? before : at;
    *to = low < after ? low : after;
}

static void most3(float before, float at, float after, float *to)
{
    float high = before > at ? before : at;
    *to = high > after ? high : after;
}

typedef void combine(float before, float at, float after, float *to);

/* Combines each sample with its neighbours, along rows and then columns; the edge is repeated. src may be dst. */
static inline void gather(const struct fit *f, combine *three, const float *src, float *dst)
{
    size_t w = f->w, h = f->h;
    float *rows = f->plane[SCRATCH];
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++)
            three(src[y * w + (x ? x - 1 : 0)], src[y * w + x], src[y * w + (x + 1 < w ? x + 1 : x)], rows + y * w + x);
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++)
            three(rows[(y ? y - 1 : 0) * w + x], rows[y * w + x], rows[(y + 1 < h ? y + 1 : y) * w + x],
                  dst + y * w + x);
}

static void mean(const struct fit *f, const float *src, float *dst)
{
    gather(f, sum3, src, dst);
    for (size_t i = 0; i < f->w * f->h; i++) dst[i] *= 1.0f / 9;
}

static int fit_init(struct fit *f, const gan_chroma *c)
{
    size_t w = (size_t)c->frame.w, h = (size_t)c->frame.h, stride = (size_t)c->frame.padded_w;
    const float *from[] = { [I] = c->x, [A] = c->ab, [B] = c->ab + gan_frame_floats(&c->frame) };
    *f = (struct fit){ .w = w, .h = h, .memory = gan_mem_alloc(PLANES, w * h * sizeof(float)) };
    if (!f->memory) return -1;
    for (size_t p = 0; p < PLANES; p++) f->plane[p] = f->memory + p * w * h;
    for (size_t p = I; p <= B; p++)
        for (size_t y = 0; y < h; y++) memcpy(f->plane[p] + y * w, from[p] + y * stride, w * sizeof(float));
    return 0;
}

/* Slopes of the lines, and how well they fit: (covariance with a)^2 + (with b)^2 over the product of the variances. */
static void fit_slopes(struct fit *f)
{
    static const enum plane products[][3] = { { II, I, I }, { AA, A, A }, { BB, B, B }, { IA, I, A }, { IB, I, B } };
    float *mean_i = f->plane[I], *mean_a = f->plane[A], *mean_b = f->plane[B];
    size_t n = f->w * f->h;
    for (size_t k = 0; k < sizeof products / sizeof *products; k++) {
        float *to = f->plane[products[k][0]], *p = f->plane[products[k][1]], *q = f->plane[products[k][2]];
        for (size_t i = 0; i < n; i++) to[i] = p[i] * q[i];
        mean(f, to, to);
    }
    for (enum plane p = I; p <= B; p++) mean(f, f->plane[p], f->plane[p]);
    for (size_t i = 0; i < n; i++) {
        float variance = f->plane[II][i] - mean_i[i] * mean_i[i];
        float of_ab = f->plane[AA][i] - mean_a[i] * mean_a[i] + f->plane[BB][i] - mean_b[i] * mean_b[i];
        float with_a = f->plane[IA][i] - mean_i[i] * mean_a[i], with_b = f->plane[IB][i] - mean_i[i] * mean_b[i];
        float quality = (with_a * with_a + with_b * with_b) / (variance * of_ab + TINY);
        quality = quality < 1 ? quality : 1;
        float gain = quality / (variance + NOISE);
        f->plane[SLOPE_A][i] = gain * with_a;
        f->plane[SLOPE_B][i] = gain * with_b;
    }
    mean(f, f->plane[SLOPE_A], f->plane[SLOPE_A]);
    mean(f, f->plane[SLOPE_B], f->plane[SLOPE_B]);
}

/* Lines through the samples themselves, with the slopes there are. */
static void draw_lines(const gan_guide *g, const gan_chroma *c, const float *slope_a, const float *slope_b)
{
    size_t stride = (size_t)c->frame.padded_w, plane = gan_frame_floats(&c->frame);
    gan_quad *line = g->line;
    for (size_t y = 0; y < (size_t)g->h; y++)
        for (size_t x = 0; x < (size_t)g->w; x++, slope_a++, slope_b++) {
            size_t at = y * stride + x;
            *line++ = (gan_quad){ *slope_a, c->ab[at] - *slope_a * c->x[at], *slope_b,
                                  c->ab[plane + at] - *slope_b * c->x[at] };
        }
}

/* Least and most around each cell, of a then b, whose planes hold the samples again. */
static void draw_bounds(const gan_guide *g, const struct fit *f)
{
    static const struct {
        enum plane of, to;
        combine *three;
    } kinds[] = { { A, II, least3 }, { A, AA, most3 }, { B, BB, least3 }, { B, IA, most3 } };
    for (size_t k = 0; k < 4; k++) {
        gather(f, kinds[k].three, f->plane[kinds[k].of], f->plane[kinds[k].to]);
        for (size_t i = 0; i < f->w * f->h; i++) g->bound[i][k] = f->plane[kinds[k].to][i];
    }
}

static int make_guided(const gan_guide *g, const gan_chroma *c)
{
    struct fit f;
    if (fit_init(&f, c)) return -1;
    draw_bounds(g, &f);
    fit_slopes(&f);
    draw_lines(g, c, f.plane[SLOPE_A], f.plane[SLOPE_B]);
    gan_mem_free(f.memory);
    return 0;
}

static int make_plain(const gan_guide *g, const gan_chroma *c)
{
    size_t n = (size_t)g->w * (size_t)g->h;
    float *zero = gan_mem_alloc(n, sizeof *zero);
    if (!zero) return -1;
    draw_lines(g, c, zero, zero);
    for (size_t i = 0; i < n; i++) g->bound[i] = (gan_quad){ -UNBOUNDED, UNBOUNDED, -UNBOUNDED, UNBOUNDED };
    gan_mem_free(zero);
    return 0;
}

int gan_guide_init(gan_guide *g, const gan_chroma *c, enum gan_upsampling upsampling)
{
    static int (*const make[])(const gan_guide *, const gan_chroma *) = {
        [GAN_UPSAMPLE_GUIDED] = make_guided, [GAN_UPSAMPLE_BICUBIC] = make_plain
    };
    size_t bytes = (size_t)c->frame.w * (size_t)c->frame.h * sizeof(gan_quad);
    *g = (gan_guide){ c->frame.w, c->frame.h, gan_mem_alloc_large(bytes), gan_mem_alloc_large(bytes) };
    if (g->line && g->bound && !make[upsampling](g, c)) return 0;
    gan_guide_release(g);
    return -1;
}

void gan_guide_release(gan_guide *g)
{
    gan_mem_free(g->line);
    gan_mem_free(g->bound);
    *g = (gan_guide){ 0 };
}
