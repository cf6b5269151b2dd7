/* Transforms and sums of products for blocks of LANES channels; included once for each width by winograd_tiles.c. */
#define JOIN(a, b) a##b
#define JOIN_LANES(a, b) JOIN(a, b)
#define NAME(x) JOIN_LANES(x, LANES)
#define vec NAME(vec)
#define ALWAYS static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float))));
typedef void NAME(line)(const vec *x, int step, vec *y, int y_step);

/* One dimension: the matrices of the scheme. Elements of x lie `step` apart. */

/* B': values at the points of five pixels. */
ALWAYS void NAME(src_line)(const vec *x, int step, vec *y, int y_step)
{
    vec a = x[0], b = x[step], c = x[2 * step], d = x[3 * step], e = x[4 * step];
    y[0] = a + d - 1.5f * (b + c);
    y[y_step] = 2.5f * c - (b + d);
    y[2 * y_step] = 2.0f * b + c - d;
    y[3 * y_step] = 2.0f * d + c - b;
    y[4 * y_step] = b + e - 1.5f * (c + d);
}

/* A': two sums of the values at the points. */
ALWAYS void NAME(dst_line)(const vec *x, int step, vec *y, int y_step)
{
    vec b = x[step], c = x[2 * step], d = x[3 * step];
    y[0] = x[0] + b + 2.0f * c + d;
    y[y_step] = x[4 * step] - b + c + 2.0f * d;
}

/* A */
ALWAYS void NAME(diff_line)(const vec *x, int step, vec *y, int y_step)
{
    vec a = x[0], b = x[step];
    y[0] = a;
    y[y_step] = a - b;
    y[2 * y_step] = 2.0f * a + b;
    y[3 * y_step] = a + 2.0f * b;
    y[4 * y_step] = b;
}

/* G */
ALWAYS void NAME(weights_line)(const vec *x, int step, vec *y, int y_step)
{
    vec a = x[0], b = x[step], c = x[2 * step], d = x[3 * step];
    y[0] = a;
    y[y_step] = (2.0f / 9) * ((a + c) - (b + d));
    y[2 * y_step] = (1.0f / 18) * (8.0f * a + 4.0f * b + 2.0f * c + d);
    y[3 * y_step] = (1.0f / 18) * (a + 2.0f * b + 4.0f * c + 8.0f * d);
    y[4 * y_step] = d;
}

/* G' */
ALWAYS void NAME(taps_line)(const vec *x, int step, vec *y, int y_step)
{
    vec b = (4.0f / 18) * x[step], c = (1.0f / 18) * x[2 * step], d = (1.0f / 18) * x[3 * step];
    y[0] = x[0] + b + 8.0f * c + d;
    y[y_step] = 4.0f * c + 2.0f * d - b;
    y[2 * y_step] = b + 2.0f * c + 4.0f * d;
    y[3 * y_step] = x[4 * step] - b + c + 8.0f * d;
}

/* Both dimensions, from n x n to m x m. */
ALWAYS void NAME(square)(NAME(line) * line, int n, int m, const vec *x, vec *y)
{
    vec columns[GAN_WINOGRAD_POINTS];
    for (int i = 0; i < n; i++) line(x + i, n, columns + i, n);
    for (int i = 0; i < m; i++) line(columns + n * i, 1, y + m * i, 1);
}

ALWAYS void NAME(scatter)(const vec *x, float *points, size_t step)
{
    for (size_t i = 0; i < GAN_WINOGRAD_POINTS; i++) *(vec *)(void *)(points + i * step) = x[i];
}

ALWAYS void NAME(collect)(vec *x, const float *points, size_t step)
{
    for (size_t i = 0; i < GAN_WINOGRAD_POINTS; i++) x[i] = *(const vec *)(const void *)(points + i * step);
}

/* Tensors */

/* size x size pixels from (y, x) on; zeros outside. */
ALWAYS void NAME(load)(vec *to, int size, const float *plane, int h, int w, int y, int x)
{
    if (y >= 0 && x >= 0 && y + size <= h && x + size <= w)
        for (int i = 0; i < size; i++)
            for (int k = 0; k < size; k++) to[i * size + k] = *(const vec *)(const void *)PIXEL(plane, w, y + i, x + k);
    else
        for (int i = 0; i < size; i++)
            for (int k = 0; k < size; k++)
                to[i * size + k] = y + i >= 0 && y + i < h && x + k >= 0 && x + k < w
                                       ? *(const vec *)(const void *)PIXEL(plane, w, y + i, x + k)
                                       : (vec){ 0 };
}

ALWAYS void NAME(store)(const vec *from, float *plane, int h, int w, int y, int x)
{
    for (int i = 0; i < GAN_WINOGRAD_OUT; i++)
        for (int k = 0; k < GAN_WINOGRAD_OUT; k++)
            if (y + i < h && x + k < w) *(vec *)(void *)PIXEL(plane, w, y + i, x + k) = from[i * GAN_WINOGRAD_OUT + k];
}

ALWAYS void NAME(cut)(NAME(line) * line, int size, const gan_tensor *t, const gan_tiling *g, gan_tile_range r,
                      float *points, size_t step)
{
    struct place at = place_of(t, g, r);
    for (size_t i = 0; i < r.count; i++, next_place(&at, t, g), points += 2 * LANES) {
        vec pixels[GAN_WINOGRAD_POINTS], values[GAN_WINOGRAD_POINTS];
        NAME(load)(pixels, size, at.plane, t->s.h, t->s.w, at.y, at.x);
        NAME(square)(line, size, GAN_WINOGRAD_IN, pixels, values);
        NAME(scatter)(values, points, step);
    }
}

GAN_SIMD static void NAME(src)(const gan_tensor *t, const gan_tiling *g, gan_tile_range r, float *points, size_t step)
{
    NAME(cut)(NAME(src_line), GAN_WINOGRAD_IN, t, g, r, points, step);
}

GAN_SIMD static void NAME(diff)(const gan_tensor *t, const gan_tiling *g, gan_tile_range r, float *points, size_t step)
{
    NAME(cut)(NAME(diff_line), GAN_WINOGRAD_OUT, t, g, r, points, step);
}

GAN_SIMD static void NAME(dst)(const gan_tensor *t, const gan_tiling *g, gan_tile_range r, float *points, size_t step)
{
    struct place at = place_of(t, g, r);
    for (size_t i = 0; i < r.count; i++, next_place(&at, t, g), points += 2 * LANES) {
        vec values[GAN_WINOGRAD_POINTS], pixels[GAN_WINOGRAD_OUT * GAN_WINOGRAD_OUT];
        NAME(collect)(values, points, step);
        NAME(square)(NAME(dst_line), GAN_WINOGRAD_IN, GAN_WINOGRAD_OUT, values, pixels);
        NAME(store)(pixels, at.plane, t->s.h, t->s.w, at.y, at.x);
    }
}

/* Weights */

GAN_SIMD static void NAME(weights)(const float *taps, int turned, float *points, size_t step)
{
    for (int row = 0; row < LANES; row++, taps += LANES, points += 2 * LANES) {
        vec kernel[GAN_WINOGRAD_TAPS], values[GAN_WINOGRAD_POINTS];
        for (int k = 0; k < GAN_WINOGRAD_TAPS; k++)
            kernel[k] = *(const vec *)(const void *)(taps + (turned ? GAN_WINOGRAD_TAPS - 1 - k : k) * LANES * LANES);
        NAME(square)(NAME(weights_line), GAN_WINOGRAD_K, GAN_WINOGRAD_IN, kernel, values);
        NAME(scatter)(values, points, step);
    }
}

GAN_SIMD static void NAME(diff_weights)(const float *points, size_t step, float *taps)
{
    for (int row = 0; row < LANES; row++, taps += LANES, points += 2 * LANES) {
        vec values[GAN_WINOGRAD_POINTS], kernel[GAN_WINOGRAD_TAPS];
        NAME(collect)(values, points, step);
        NAME(square)(NAME(taps_line), GAN_WINOGRAD_IN, GAN_WINOGRAD_K, values, kernel);
        for (int k = 0; k < GAN_WINOGRAD_TAPS; k++) *(vec *)(void *)(taps + k * LANES * LANES) = kernel[k];
    }
}

/* Sums of products, in registers: of ROWS rows and two vectors. */

GAN_SIMD static void NAME(sum)(const float *src, size_t panels, size_t panel_step, const float *weights,
                               const float *next, float *sums)
{
    vec sum[TILES][2] = { { { 0 } } };
    for (size_t q = 0; q < panels; q++, src += panel_step)
        for (int c = 0; c < 2 * LANES; c++, weights += 2 * LANES, next += LANES) {
            vec a = *(const vec *)(const void *)weights, b = *(const vec *)(const void *)(weights + LANES);
            __builtin_prefetch(next);
            for (int i = 0; i < TILES; i++) {
                sum[i][0] += src[i * 2 * LANES + c] * a;
                sum[i][1] += src[i * 2 * LANES + c] * b;
            }
        }
    for (int i = 0; i < TILES; i++)
        for (int k = 0; k < 2; k++) *(vec *)(void *)(sums + (2 * i + k) * LANES) = sum[i][k];
}

GAN_SIMD static void NAME(sum_tiles)(const float *a, const float *b, size_t n, float *sums)
{
    vec sum[CHANNELS][2];
    for (int i = 0; i < CHANNELS; i++)
        for (int k = 0; k < 2; k++) sum[i][k] = *(const vec *)(const void *)(sums + (2 * i + k) * LANES);
    for (size_t t = 0; t < n; t++, a += 2 * LANES, b += 2 * LANES) {
        vec x = *(const vec *)(const void *)b, y = *(const vec *)(const void *)(b + LANES);
        for (int i = 0; i < CHANNELS; i++) {
            sum[i][0] += a[i] * x;
            sum[i][1] += a[i] * y;
        }
    }
    for (int i = 0; i < CHANNELS; i++)
        for (int k = 0; k < 2; k++) *(vec *)(void *)(sums + (2 * i + k) * LANES) = sum[i][k];
}

static const gan_winograd NAME(winograd) = { LANES,     TILES,         CHANNELS,           NAME(src), NAME(diff),
                                             NAME(dst), NAME(weights), NAME(diff_weights), NAME(sum), NAME(sum_tiles) };

#undef ALWAYS
#undef vec
#undef NAME
#undef JOIN_LANES
#undef JOIN
