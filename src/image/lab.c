/* sRGB (IEC 61966-2-1) through XYZ to CIELAB (CIE 15, D65, 2 degrees) and back. Pixels go in blocks: bytes through a
 * table, then arithmetic on planes that the compiler turns into vectors. Matrices: B. Lindbloom, "RGB/XYZ matrices",
 * whose rows add up to the white point, so that gray has no chroma.
 */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <pthread.h>

#include "base/simd.h"
#include "gan/colour.h"
#include "gan/parallel.h"

#define WHITE_X 0.95047
#define WHITE_Z 1.08883

enum { BLOCK = 256, CELLS = 4096, PARALLEL_PIXELS = 1 << 18, DEEP = 65536, DEEP_CELLS = 16384 };

static pthread_once_t tables_made = PTHREAD_ONCE_INIT, tables16_made = PTHREAD_ONCE_INIT;
static float linear[256]; /* of an 8-bit value: 0..1 */

/* Linear back to 8 bits: a cell of 1/4096 is narrower than any of the 255 steps, so it holds one boundary at most, the
 * upper end of the value at its start. */
static uint8_t value_at[CELLS + 1];
static float upper[256];

/* The same of 16-bit values; back by interpolation between 16384 cells: within 0.1 of a value. */
static float linear16[DEEP], value16_at[DEEP_CELLS + 1];

static double decode_srgb(double v)
{
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double encode_srgb(double v)
{
    return v <= 0.0031308 ? 12.92 * v : 1.055 * pow(v, 1 / 2.4) - 0.055;
}

static void make_tables16(void)
{
    for (int v = 0; v < DEEP; v++) linear16[v] = (float)decode_srgb(v / 65535.0);
    for (int cell = 0; cell <= DEEP_CELLS; cell++)
        value16_at[cell] = (float)(65535 * encode_srgb((double)cell / DEEP_CELLS));
}

static void make_tables(void)
{
    for (int v = 0; v < 256; v++) {
        linear[v] = (float)decode_srgb(v / 255.0);
        upper[v] = v < 255 ? (float)decode_srgb((v + 0.5) / 255.0) : INFINITY;
    }
    for (int cell = 0, v = 0; cell <= CELLS; cell++) {
        while ((float)cell / CELLS >= upper[v]) v++;
        value_at[cell] = (uint8_t)v;
    }
}

/* x ^ (1/3) for 0 < x < 4, within a unit in the last place: a third of the exponent as a start (within 4 %), then
 * two of Halley's steps, each of which cubes the error. */
static inline float cube_root(float x)
{
    union {
        float f;
        int32_t i;
    } start = { x };
    start.i = (int32_t)((float)start.i * (1.0f / 3)) + 0x2a514067;
    float y = start.f, cube = y * y * y;
    y += y * (x - cube) / (2 * cube + x);
    cube = y * y * y;
    return y + y * (x - cube) / (2 * cube + x);
}

/* CIE's f, the cube root with a straight foot: t > (6/29)^3. */
static inline float lab_f(float t)
{
    float root = cube_root(t), foot = t * (float)(841.0 / 108) + (float)(4.0 / 29);
    return t > (float)(216.0 / 24389) ? root : foot;
}

static inline float lab_f_inverse(float f)
{
    float cube = f * f * f, foot = (f - (float)(4.0 / 29)) * (float)(108.0 / 841);
    return f > (float)(6.0 / 29) ? cube : foot;
}

struct block { /* of planes: r g b, then X Y Z relative to white, then f of them */
    float v[3][BLOCK];
};

static void load(struct block *p, const void *samples, size_t at, size_t n)
{
    const uint8_t *rgb = (const uint8_t *)samples + 3 * at;
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) p->v[c][i] = linear[rgb[3 * i + (size_t)c]];
}

static void load16(struct block *p, const void *samples, size_t at, size_t n)
{
    const uint16_t *rgb = (const uint16_t *)samples + 3 * at;
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) p->v[c][i] = linear16[rgb[3 * i + (size_t)c]];
}

GAN_SIMD static void forward(struct block *p, size_t n)
{
    float *r = p->v[0], *g = p->v[1], *b = p->v[2];
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        float red = r[i], green = g[i], blue = b[i];
        float x = (float)(0.4124564 / WHITE_X) * red + (float)(0.3575761 / WHITE_X) * green +
                  (float)(0.1804375 / WHITE_X) * blue;
        float y = 0.2126729f * red + 0.7151522f * green + 0.0721750f * blue;
        float z = (float)(0.0193339 / WHITE_Z) * red + (float)(0.1191920 / WHITE_Z) * green +
                  (float)(0.9503041 / WHITE_Z) * blue;
        r[i] = lab_f(x);
        g[i] = lab_f(y);
        b[i] = lab_f(z);
    }
}

/* f(Y) alone, for luminance. */
GAN_SIMD static void forward_luminance(struct block *p, size_t n)
{
    const float *r = p->v[0], *b = p->v[2];
    float *g = p->v[1];
#pragma omp simd
    for (size_t i = 0; i < n; i++) g[i] = lab_f(0.2126729f * r[i] + 0.7151522f * g[i] + 0.0721750f * b[i]);
}

GAN_SIMD static void backward(struct block *p, size_t n)
{
    float *fx = p->v[0], *fy = p->v[1], *fz = p->v[2];
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        float x = (float)WHITE_X * lab_f_inverse(fx[i]), y = lab_f_inverse(fy[i]);
        float z = (float)WHITE_Z * lab_f_inverse(fz[i]);
        fx[i] = 3.2404542f * x - 1.5371385f * y - 0.4985314f * z;
        fy[i] = -0.9692660f * x + 1.8760108f * y + 0.0415560f * z;
        fz[i] = 0.0556434f * x - 0.2040259f * y + 1.0572252f * z;
    }
}

/* Linear to 8 bits, clipped; what is not a number is 0. */
static inline uint8_t value_of(float v)
{
    v = v > 0 ? v : 0;
    v = v < 1 ? v : 1;
    uint8_t value = value_at[(int)(v * CELLS)];
    return (uint8_t)(value + (v >= upper[value]));
}

static inline uint16_t value16_of(float v)
{
    v = v > 0 ? v : 0;
    v = v < 1 ? v : 1;
    float at = v * DEEP_CELLS;
    int cell = (int)at < DEEP_CELLS ? (int)at : DEEP_CELLS - 1;
    float low = value16_at[cell], high = value16_at[cell + 1];
    return (uint16_t)(low + (at - (float)cell) * (high - low) + 0.5f);
}

static void store(const struct block *p, void *samples, size_t at, size_t n)
{
    uint8_t *rgb = (uint8_t *)samples + 3 * at;
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) rgb[3 * i + (size_t)c] = value_of(p->v[c][i]);
}

static void store16(const struct block *p, void *samples, size_t at, size_t n)
{
    uint16_t *rgb = (uint16_t *)samples + 3 * at;
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) rgb[3 * i + (size_t)c] = value16_of(p->v[c][i]);
}

static void prepare(void)
{
    pthread_once(&tables_made, make_tables);
}

static void prepare16(void)
{
    pthread_once(&tables16_made, make_tables16);
}

/* Samples of 8 or 16 bits. */
struct depth {
    void (*prepare)(void);
    void (*load)(struct block *p, const void *samples, size_t at, size_t n);
    void (*store)(const struct block *p, void *samples, size_t at, size_t n);
};
static const struct depth bits8 = { prepare, load, store };
static const struct depth bits16 = { prepare16, load16, store16 };

struct units { /* L = gain * f(Y) + shift; a and b are this times 500 (f(X) - f(Y)) and 200 (f(Y) - f(Z)) */
    float l_gain, l_shift, ab_gain;
};
static const struct units cie = { 116, -16, 1 };
static const struct units network = { 116.0f / 50, -16.0f / 50 - 1, 1 / GAN_AB_RANGE };

struct job {
    const struct units *units;
    const struct depth *depth;
    const void *rgb;
    float *l, *a, *b; /* n each; NULL: not wanted */
};

/* gain * (p - q) + shift into a plane, if it is wanted. */
GAN_SIMD static void put(float *plane, size_t at, const float *p, const float *q, float gain, float shift, size_t n)
{
    if (!plane) return;
    plane += at;
#pragma omp simd
    for (size_t i = 0; i < n; i++) plane[i] = gain * (p[i] - q[i]) + shift;
}

static void from_rgb(void *ctx, size_t begin, size_t end)
{
    static const float zero[BLOCK];
    const struct job *j = ctx;
    const struct units *u = j->units;
    struct block p;
    for (size_t at = begin; at < end; at += BLOCK) {
        size_t n = end - at < BLOCK ? end - at : BLOCK;
        j->depth->load(&p, j->rgb, at, n);
        (j->a || j->b ? forward : forward_luminance)(&p, n);
        put(j->l, at, p.v[1], zero, u->l_gain, u->l_shift, n);
        put(j->a, at, p.v[0], p.v[1], 500 * u->ab_gain, 0, n);
        put(j->b, at, p.v[1], p.v[2], 200 * u->ab_gain, 0, n);
    }
}

struct inverse_job {
    const struct units *units;
    const struct depth *depth;
    const float *l, *a, *b;
    void *rgb;
};

static void to_rgb(void *ctx, size_t begin, size_t end)
{
    const struct inverse_job *j = ctx;
    float by_l = 1 / j->units->l_gain, by_a = 1 / (500 * j->units->ab_gain), by_b = 1 / (200 * j->units->ab_gain);
    float shift = j->units->l_shift;
    struct block p;
    for (size_t at = begin; at < end; at += BLOCK) {
        size_t n = end - at < BLOCK ? end - at : BLOCK;
        const float *l = j->l + at, *a = j->a + at, *b = j->b + at;
#pragma omp simd
        for (size_t i = 0; i < n; i++) {
            float fy = (l[i] - shift) * by_l;
            p.v[0][i] = fy + a[i] * by_a;
            p.v[1][i] = fy;
            p.v[2][i] = fy - b[i] * by_b;
        }
        backward(&p, n);
        j->depth->store(&p, j->rgb, at, n);
    }
}

static void convert(struct job *j, size_t n)
{
    j->depth->prepare();
    gan_parallel_range(n, PARALLEL_PIXELS, from_rgb, j);
}

static void convert_back(struct inverse_job *j, size_t n)
{
    j->depth->prepare();
    gan_parallel_range(n, PARALLEL_PIXELS, to_rgb, j);
}

void gan_lab_from_rgb(const uint8_t *rgb, size_t n, float *l, float *a, float *b)
{
    convert(&(struct job){ &cie, &bits8, rgb, l, a, b }, n);
}

void gan_lab_to_rgb(const float *l, const float *a, const float *b, size_t n, uint8_t *rgb)
{
    convert_back(&(struct inverse_job){ &cie, &bits8, l, a, b, rgb }, n);
}

void gan_lab_normalise(const uint8_t *rgb, size_t n, float *x, float *y)
{
    convert(&(struct job){ &network, &bits8, rgb, x, y, y ? y + n : NULL }, n);
}

void gan_lab_restore(const float *x, const float *y, size_t n, uint8_t *rgb)
{
    convert_back(&(struct inverse_job){ &network, &bits8, x, y, y + n, rgb }, n);
}

void gan_lab_normalise16(const uint16_t *rgb, size_t n, float *x, float *y)
{
    convert(&(struct job){ &network, &bits16, rgb, x, y, y ? y + n : NULL }, n);
}

void gan_lab_restore16(const float *x, const float *y, size_t n, uint16_t *rgb)
{
    convert_back(&(struct inverse_job){ &network, &bits16, x, y, y + n, rgb }, n);
}

double gan_lab_mean_chroma(const uint8_t *rgb, size_t n)
{
    float a[BLOCK], b[BLOCK];
    struct job j = { &cie, &bits8, NULL, NULL, a, b };
    double sum = 0;
    prepare();
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t count = n - at < BLOCK ? n - at : BLOCK;
        j.rgb = rgb + 3 * at;
        from_rgb(&j, 0, count);
        for (size_t i = 0; i < count; i++) sum += sqrtf(a[i] * a[i] + b[i] * b[i]);
    }
    return n ? sum / (double)n : 0;
}
