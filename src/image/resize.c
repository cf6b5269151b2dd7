/* Resizing as Pillow does it (Image.resize): along the rows, rounding to 8 bits, then along the columns. Rows pass
 * through a ring just high enough for one destination row.
 *
 * Pillow weighs bytes in fixed point. With weights rounded to its 22 bits every sum is exact in double: the same bytes
 * as Pillow's, in whatever order the terms are added.
 */
#include <math.h>
#include <string.h>

#include "base/simd.h"
#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/photo.h"
#include "image/axis.h"

#define FIXED_POINT 0x1p-22
#define PARALLEL_SAMPLES ((size_t)3 << 20) /* read and written; smaller pictures are left to one thread */

enum { LANES = 4, ALIGN = 8 };

typedef double quad __attribute__((vector_size(LANES * sizeof(double))));

/* What differs between 8-bit RGB and a plane of floats. Rows are doubles inside; n counts samples, not pixels. */
struct kind {
    size_t channels, src_bytes, dst_bytes; /* bytes of a sample */
    double unit;                           /* of the weights */
    void (*load)(double *row, const void *src, size_t n);
    void (*across)(double *restrict dst, const double *restrict src, const gan_axis *a);
    void (*store)(void *dst, const double *row, size_t n);
};

struct resize {
    const struct kind *kind;
    gan_axis across, down;
    const uint8_t *src;
    uint8_t *dst;
    size_t src_bytes, dst_bytes; /* of a row */
    size_t bands;                /* of destination rows, worked on at the same time */
    size_t src_row, dst_row;     /* doubles of a row inside, with LANES to spare */
    size_t band_doubles;         /* source row, ring of down.most rows, sums */
    double *scratch;             /* owned: bands of band_doubles */
};

/* To within 0..255, ready for cutting off the fraction. */
static inline double settle(double x)
{
    x += 0.5;
    x = x > 0 ? x : 0;
    return x < 255.5 ? x : 255.5;
}

GAN_SIMD static void load_rgb(double *row, const void *src, size_t n)
{
    const uint8_t *bytes = src;
#pragma omp simd
    for (size_t i = 0; i < n; i++) row[i] = bytes[i];
}

/* Pixels of three samples in vectors of four: the fourth is the next pixel's, and is written over by it. */
GAN_SIMD static void across_rgb(double *restrict dst, const double *restrict src, const gan_axis *a)
{
    for (int x = 0; x < a->dst; x++) {
        const double *weights = gan_axis_weights(a, x), *from = src + 3 * (size_t)a->spans[x].first;
        quad sum = { 0 };
        for (int i = 0; i < a->spans[x].count; i++) {
            quad pixel;
            memcpy(&pixel, from + 3 * (size_t)i, sizeof pixel);
            sum += weights[i] * pixel;
        }
        memcpy(dst + 3 * (size_t)x, &sum, sizeof sum);
    }
    size_t n = 3 * (size_t)a->dst;
#pragma omp simd
    for (size_t i = 0; i < n; i++) dst[i] = (int)settle(dst[i]);
}

GAN_SIMD static void store_rgb(void *dst, const double *row, size_t n)
{
    uint8_t *bytes = dst;
#pragma omp simd
    for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)(int)settle(row[i]);
}

static void load_plane(double *row, const void *src, size_t n)
{
    const float *plane = src;
    for (size_t i = 0; i < n; i++) row[i] = plane[i];
}

static void across_plane(double *restrict dst, const double *restrict src, const gan_axis *a)
{
    for (int x = 0; x < a->dst; x++) {
        const double *weights = gan_axis_weights(a, x), *from = src + a->spans[x].first;
        double sum = 0;
        for (int i = 0; i < a->spans[x].count; i++) sum += weights[i] * from[i];
        dst[x] = sum;
    }
}

static void store_plane(void *dst, const double *row, size_t n)
{
    float *plane = dst;
    for (size_t i = 0; i < n; i++) plane[i] = (float)row[i];
}

/* Luminance of pixels as a network sees it, by blocks. */
enum { BLOCK = 256 };

static void load_luminance(double *row, const void *src, size_t n)
{
    float x[BLOCK];
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t count = n - at < BLOCK ? n - at : BLOCK;
        gan_lab_normalise((const uint8_t *)src + 3 * at, count, x, NULL);
        for (size_t i = 0; i < count; i++) row[at + i] = x[i];
    }
}

static void load_luminance16(double *row, const void *src, size_t n)
{
    float x[BLOCK];
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t count = n - at < BLOCK ? n - at : BLOCK;
        gan_lab_normalise16((const uint16_t *)src + 3 * at, count, x, NULL);
        for (size_t i = 0; i < count; i++) row[at + i] = x[i];
    }
}

static const struct kind rgb = { 3, sizeof(uint8_t), sizeof(uint8_t), FIXED_POINT, load_rgb, across_rgb, store_rgb };
static const struct kind plane = { 1, sizeof(float), sizeof(float), 0, load_plane, across_plane, store_plane };
static const struct kind luminance = { 1,          3 * sizeof(uint8_t), sizeof(float), 0, load_luminance, across_plane,
                                       store_plane };
static const struct kind luminance16 = { 1,          3 * sizeof(uint16_t), sizeof(float),
                                         0,          load_luminance16,     across_plane,
                                         store_plane };

static double *ring_row(const struct resize *r, double *ring, int y)
{
    return ring + (size_t)(y % r->down.most) * r->dst_row;
}

GAN_SIMD static void add(double *restrict sum, const double *restrict row, double weight, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) sum[i] += weight * row[i];
}

static void resize_band(void *ctx, size_t band)
{
    const struct resize *r = ctx;
    double *row = r->scratch + band * r->band_doubles, *ring = row + r->src_row;
    double *sum = ring + (size_t)r->down.most * r->dst_row;
    size_t channels = r->kind->channels, src_n = (size_t)r->across.src * channels, n = (size_t)r->across.dst * channels;
    int y = (int)((size_t)r->down.dst * band / r->bands), end = (int)((size_t)r->down.dst * (band + 1) / r->bands);
    int next = r->down.spans[y].first; /* first source row that has not been through the ring */
    for (; y < end; y++) {
        gan_span s = r->down.spans[y];
        for (; next < s.first + s.count; next++) {
            r->kind->load(row, r->src + (size_t)next * r->src_bytes, src_n);
            r->kind->across(ring_row(r, ring, next), row, &r->across);
        }
        memset(sum, 0, n * sizeof *sum);
        const double *weights = gan_axis_weights(&r->down, y);
        for (int i = 0; i < s.count; i++) add(sum, ring_row(r, ring, s.first + i), weights[i], n);
        r->kind->store(r->dst + (size_t)y * r->dst_bytes, sum, n);
    }
}

static size_t padded(size_t samples)
{
    return (samples + LANES + ALIGN - 1) / ALIGN * ALIGN;
}

static int run(struct resize *r)
{
    size_t src_n = (size_t)r->across.src * r->kind->channels, n = (size_t)r->across.dst * r->kind->channels;
    size_t work = src_n * (size_t)r->down.src + n * (size_t)r->down.dst;
    r->bands = work > PARALLEL_SAMPLES ? (size_t)gan_parallel_threads() : 1;
    if (r->bands > (size_t)r->down.dst) r->bands = (size_t)r->down.dst;
    r->src_bytes = src_n * r->kind->src_bytes;
    r->dst_bytes = n * r->kind->dst_bytes;
    r->src_row = padded(src_n);
    r->dst_row = padded(n);
    r->band_doubles = r->src_row + ((size_t)r->down.most + 1) * r->dst_row;
    r->scratch = gan_mem_alloc_large(r->bands * r->band_doubles * sizeof *r->scratch);
    if (!r->scratch) return -1;
    gan_parallel_each(r->bands, resize_band, r);
    gan_mem_free(r->scratch);
    return 0;
}

static int resize(const struct kind *kind, void *dst, int dw, int dh, const void *src, int sw, int sh,
                  enum gan_filter filter)
{
    struct resize r = { .kind = kind, .src = src, .dst = dst };
    int failed = gan_axis_init(&r.across, sw, dw, filter, kind->unit) ||
                 gan_axis_init(&r.down, sh, dh, filter, kind->unit) || run(&r);
    gan_axis_release(&r.across);
    gan_axis_release(&r.down);
    return failed ? -1 : 0;
}

int gan_image_resize(gan_image *out, const gan_image *im, int w, int h, enum gan_filter filter)
{
    GAN_ASSERT(im->rgb);
    if (gan_image_init(out, w, h)) return -1;
    if (!resize(&rgb, out->rgb, w, h, im->rgb, im->w, im->h, filter)) return 0;
    gan_image_release(out);
    return -1;
}

int gan_image_resize_short(gan_image *out, const gan_image *im, int side, enum gan_filter filter)
{
    GAN_ASSERT(im->rgb);
    int wide = im->w >= im->h, least = wide ? im->h : im->w, most = wide ? im->w : im->h;
    double other = floor((double)most * side / least + 0.5);
    *out = (gan_image){ 0 };
    if (side < 1 || other > GAN_IMAGE_MAX_SIDE)
        return gan_error("cannot resize %dx%d pixels to a short side of %d", im->w, im->h, side);
    return gan_image_resize(out, im, wide ? (int)other : side, wide ? side : (int)other, filter);
}

static int check_sizes(int sw, int sh, int dw, int dh)
{
    const int sizes[] = { dw, dh, sw, sh };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i] < 1 || sizes[i] > GAN_IMAGE_MAX_SIDE)
            return gan_error("cannot resize a plane of %dx%d to %dx%d", sw, sh, dw, dh);
    return 0;
}

int gan_plane_resize(float *dst, int dw, int dh, const float *src, int sw, int sh, enum gan_filter filter)
{
    return check_sizes(sw, sh, dw, dh) ? -1 : resize(&plane, dst, dw, dh, src, sw, sh, filter);
}

int gan_photo_luminance(const gan_photo *p, float *x, int w, int h, enum gan_filter filter)
{
    if (check_sizes(p->w, p->h, w, h)) return -1;
    if (p->rgb16) return resize(&luminance16, x, w, h, p->rgb16, p->w, p->h, filter);
    return resize(&luminance, x, w, h, p->rgb, p->w, p->h, filter);
}
