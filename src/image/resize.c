/* Resizing as Pillow does it (Image.resize): along rows, rounding to 8 bits, then along columns. A destination sample
 * is the weighted mean of the source samples under the filter, which is stretched by the reduction; weights are
 * renormalised where it hangs over the edge. Rows pass through a ring just high enough for one destination row.
 */
#include <math.h>
#include <string.h>

#include "gan/error.h"
#include "gan/image.h"
#include "gan/mem.h"
#include "gan/parallel.h"

#define PI 3.14159265358979323846
#define PARALLEL_SAMPLES ((size_t)3 << 20) /* source and destination together; smaller ones use one thread */

enum { LANES = 4, ALIGN = 16 };

typedef float quad __attribute__((vector_size(LANES * sizeof(float))));

static double bicubic(double x) /* Keys 1981 with a = -1/2 */
{
    x = fabs(x);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
    return 0;
}

static double sinc(double x)
{
    return x == 0 ? 1 : sin(PI * x) / (PI * x);
}

static double lanczos(double x)
{
    return fabs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
}

static const struct kernel {
    double support;
    double (*at)(double x);
} kernels[] = { [GAN_BICUBIC] = { 2, bicubic }, [GAN_LANCZOS] = { 3, lanczos } };

struct span { /* the source samples a destination sample is made of */
    int first, count;
};

struct axis {
    int src, dst;       /* samples */
    int most;           /* largest count of any span */
    struct span *spans; /* owned: dst */
    float *weights;     /* owned: dst rows of most */
};

static int clamp(int x, int least, int most)
{
    return x < least ? least : x > most ? most : x;
}

static void axis_release(struct axis *a)
{
    gan_mem_free(a->spans);
    gan_mem_free(a->weights);
}

/* Weights of the samples of one span, at distances (first + i + 1/2 - centre) / stretch, to a sum of 1. */
static void weigh(const struct kernel *k, struct span s, double centre, double stretch, float *weights)
{
    double total = 0;
    for (int i = 0; i < s.count; i++) total += k->at((s.first + i + 0.5 - centre) / stretch);
    for (int i = 0; i < s.count; i++) weights[i] = (float)(k->at((s.first + i + 0.5 - centre) / stretch) / total);
}

static int axis_init(struct axis *a, int src, int dst, const struct kernel *k)
{
    double scale = (double)src / dst, stretch = scale > 1 ? scale : 1, support = k->support * stretch;
    *a = (struct axis){ .src = src, .dst = dst };
    a->most = (int)ceil(support) * 2 + 1;
    if (a->most > src) a->most = src;
    a->spans = gan_mem_alloc((size_t)dst, sizeof *a->spans);
    a->weights = a->spans ? gan_mem_alloc((size_t)dst * (size_t)a->most, sizeof *a->weights) : NULL;
    if (!a->weights) {
        axis_release(a);
        return -1;
    }
    for (int i = 0; i < dst; i++) {
        double centre = (i + 0.5) * scale;
        int first = clamp((int)(centre - support + 0.5), 0, src - 1);
        int end = clamp((int)(centre + support + 0.5), first + 1, src);
        a->spans[i] = (struct span){ first, end - first };
        weigh(k, a->spans[i], centre, stretch, a->weights + (size_t)i * (size_t)a->most);
    }
    return 0;
}

/* What differs between 8-bit RGB and planes of floats. Rows are floats inside; n counts samples, not pixels. */
struct kind {
    size_t channels, sample_bytes;
    void (*load)(float *row, const void *src, size_t n);
    void (*across)(float *restrict dst, const float *restrict src, const struct axis *a);
    void (*store)(void *dst, const float *row, size_t n);
};

static void load_bytes(float *row, const void *src, size_t n)
{
    const uint8_t *bytes = src;
#pragma omp simd
    for (size_t i = 0; i < n; i++) row[i] = bytes[i];
}

/* To nearest within 0..255, halves up. */
static inline float settle(float x)
{
    x += 0.5f;
    x = x > 0 ? x : 0;
    x = x < 255 ? x : 255;
    return x;
}

/* Pixels of three samples in vectors of four: the fourth is the next pixel's, and is written over by it. */
static void across_rgb(float *restrict dst, const float *restrict src, const struct axis *a)
{
    for (int x = 0; x < a->dst; x++) {
        const float *weights = a->weights + (size_t)x * (size_t)a->most, *from = src + 3 * (size_t)a->spans[x].first;
        quad sum = { 0 };
        for (int i = 0; i < a->spans[x].count; i++) {
            quad pixel;
            memcpy(&pixel, from + 3 * i, sizeof pixel);
            sum += weights[i] * pixel;
        }
        memcpy(dst + 3 * (size_t)x, &sum, sizeof sum);
    }
    size_t n = 3 * (size_t)a->dst;
#pragma omp simd
    for (size_t i = 0; i < n; i++) dst[i] = (float)(int)settle(dst[i]);
}

static void store_bytes(void *dst, const float *row, size_t n)
{
    uint8_t *bytes = dst;
#pragma omp simd
    for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)(int)settle(row[i]);
}

static void load_floats(float *row, const void *src, size_t n)
{
    memcpy(row, src, n * sizeof *row);
}

static void across_plane(float *restrict dst, const float *restrict src, const struct axis *a)
{
    for (int x = 0; x < a->dst; x++) {
        const float *weights = a->weights + (size_t)x * (size_t)a->most, *from = src + a->spans[x].first;
        float sum = 0;
        for (int i = 0; i < a->spans[x].count; i++) sum += weights[i] * from[i];
        dst[x] = sum;
    }
}

static void store_floats(void *dst, const float *row, size_t n)
{
    memcpy(dst, row, n * sizeof *row);
}

static const struct kind rgb_kind = { 3, 1, load_bytes, across_rgb, store_bytes };
static const struct kind plane_kind = { 1, sizeof(float), load_floats, across_plane, store_floats };

struct resize {
    const struct kind *kind;
    struct axis across, down;
    const uint8_t *src;
    uint8_t *dst;
    size_t bands;                   /* of destination rows, worked on at the same time */
    size_t src_floats, ring_stride; /* one source row; one row of the ring and of the sums */
    size_t band_floats;             /* source row, ring of down.most rows, sums */
    float *scratch;                 /* owned: bands of band_floats */
};

/* One destination row from rows of the ring. */
static void mix(const struct resize *r, int y, const float *restrict ring, float *restrict sum)
{
    size_t n = r->ring_stride;
    struct span s = r->down.spans[y];
    const float *weights = r->down.weights + (size_t)y * (size_t)r->down.most;
    for (int i = 0; i < s.count; i++) {
        const float *row = ring + (size_t)((s.first + i) % r->down.most) * n, w = weights[i], keep = i ? 1.0f : 0.0f;
#pragma omp simd
        for (size_t x = 0; x < n; x++) sum[x] = keep * sum[x] + w * row[x];
    }
}

static void resize_band(void *ctx, size_t band)
{
    const struct resize *r = ctx;
    const struct kind *k = r->kind;
    size_t src_samples = (size_t)r->across.src * k->channels, dst_samples = (size_t)r->across.dst * k->channels;
    float *row = r->scratch + band * r->band_floats, *ring = row + r->src_floats;
    float *sum = ring + (size_t)r->down.most * r->ring_stride;
    int y = (int)((size_t)r->down.dst * band / r->bands), end = (int)((size_t)r->down.dst * (band + 1) / r->bands);
    int next = r->down.spans[y].first; /* first source row that has not been through the ring */
    for (; y < end; y++) {
        struct span s = r->down.spans[y];
        for (; next < s.first + s.count; next++) {
            k->load(row, r->src + (size_t)next * src_samples * k->sample_bytes, src_samples);
            k->across(ring + (size_t)(next % r->down.most) * r->ring_stride, row, &r->across);
        }
        mix(r, y, ring, sum);
        k->store(r->dst + (size_t)y * dst_samples * k->sample_bytes, sum, dst_samples);
    }
}

static size_t round_up(size_t floats)
{
    return (floats + ALIGN - 1) / ALIGN * ALIGN;
}

static int run(struct resize *r)
{
    size_t channels = r->kind->channels, samples = (size_t)r->across.src * (size_t)r->down.src * channels;
    samples += (size_t)r->across.dst * (size_t)r->down.dst * channels;
    r->bands = samples > PARALLEL_SAMPLES ? (size_t)gan_parallel_threads() : 1;
    if (r->bands > (size_t)r->down.dst) r->bands = (size_t)r->down.dst;
    r->src_floats = round_up((size_t)r->across.src * channels + LANES);
    r->ring_stride = round_up((size_t)r->across.dst * channels + LANES);
    r->band_floats = r->src_floats + ((size_t)r->down.most + 1) * r->ring_stride;
    r->scratch = gan_mem_alloc_large(r->bands * r->band_floats * sizeof *r->scratch);
    if (!r->scratch) return -1;
    gan_parallel_each(r->bands, resize_band, r);
    gan_mem_free(r->scratch);
    return 0;
}

static int resize(struct resize *r, int dw, int dh, int sw, int sh, enum gan_filter filter)
{
    if (axis_init(&r->across, sw, dw, &kernels[filter])) return -1;
    int failed = axis_init(&r->down, sh, dh, &kernels[filter]);
    if (!failed) {
        failed = run(r);
        axis_release(&r->down);
    }
    axis_release(&r->across);
    return failed;
}

int gan_image_resize(gan_image *out, const gan_image *im, int w, int h, enum gan_filter filter)
{
    if (gan_image_init(out, w, h)) return -1;
    struct resize r = { .kind = &rgb_kind, .src = im->rgb, .dst = out->rgb };
    if (!resize(&r, w, h, im->w, im->h, filter)) return 0;
    gan_image_release(out);
    return -1;
}

int gan_image_resize_short(gan_image *out, const gan_image *im, int side, enum gan_filter filter)
{
    int least = im->w < im->h ? im->w : im->h, most = im->w < im->h ? im->h : im->w;
    double other = floor((double)most * side / least + 0.5);
    *out = (gan_image){ 0 };
    if (side < 1 || other > GAN_IMAGE_MAX_SIDE)
        return gan_error("cannot resize %dx%d pixels to a short side of %d", im->w, im->h, side);
    int wide = im->w >= im->h;
    return gan_image_resize(out, im, wide ? (int)other : side, wide ? side : (int)other, filter);
}

int gan_plane_resize(float *dst, int dw, int dh, const float *src, int sw, int sh, enum gan_filter filter)
{
    int sizes[] = { dw, dh, sw, sh };
    for (int i = 0; i < 4; i++)
        if (sizes[i] < 1 || sizes[i] > GAN_IMAGE_MAX_SIDE)
            return gan_error("cannot resize a plane of %dx%d to %dx%d", sw, sh, dw, dh);
    struct resize r = { .kind = &plane_kind, .src = (const uint8_t *)src, .dst = (uint8_t *)dst };
    return resize(&r, dw, dh, sw, sh, filter);
}
