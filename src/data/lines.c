/* The difference D = (1 + p) G(sigma) - p G(k sigma) of blurred luminances sharpens edges; where it lies above the
 * threshold there is paper, below it ink that fades in: 1 + tanh(phi (D - eps)). Blurs are separable, edges mirrored. */
#include "data/lines.h"

#include <math.h>

#include "gan/colour.h"

/* In units of the paper's equations 7 and 8, on luminance 0..1. */
static const float SIGMA = 0.7f, RATIO = 1.6f, SHARPEN = 15, THRESHOLD = 0.72f, STEEP = 8;
enum { RADIUS = 4, TAPS = 2 * RADIUS + 1 };

struct plane {
    float *v;
    int w, h;
};

static void set_taps(float sigma, float *taps)
{
    float total = 0;
    for (int i = 0; i < TAPS; i++) {
        float d = (float)(i - RADIUS) / sigma;
        total += taps[i] = expf(-0.5f * d * d);
    }
    for (int i = 0; i < TAPS; i++) taps[i] /= total;
}

static int mirrored(int i, int n)
{
    int period = n > 1 ? 2 * (n - 1) : 1, at = (i % period + period) % period;
    return at < n ? at : period - at;
}

/* One direction: samples of a line are `step` floats apart. */
static void blur_line(const float *src, float *dst, int n, size_t step, const float *taps)
{
    for (int i = 0; i < n; i++) {
        float sum = 0;
        for (int k = 0; k < TAPS; k++) sum += taps[k] * src[(size_t)mirrored(i + k - RADIUS, n) * step];
        dst[(size_t)i * step] = sum;
    }
}

static void blur(const struct plane *src, float *between, float *dst, float sigma)
{
    float taps[TAPS];
    size_t w = (size_t)src->w, h = (size_t)src->h;
    set_taps(sigma, taps);
    for (size_t y = 0; y < h; y++) blur_line(src->v + y * w, between + y * w, src->w, 1, taps);
    for (size_t x = 0; x < w; x++) blur_line(between + x, dst + x, src->h, w, taps);
}

void gan_lines_draw(const uint8_t *rgb, int w, int h, float *scratch, float *out)
{
    size_t n = (size_t)w * (size_t)h;
    struct plane l = { scratch, w, h };
    float *between = scratch + n, *wide = between + n;
    gan_lab_from_rgb(rgb, n, l.v, NULL, NULL);
    for (size_t i = 0; i < n; i++) l.v[i] /= 100;
    blur(&l, between, out, SIGMA);
    blur(&l, between, wide, SIGMA * RATIO);
    for (size_t i = 0; i < n; i++) {
        float d = (1 + SHARPEN) * out[i] - SHARPEN * wide[i];
        out[i] = d >= THRESHOLD * l.v[i] ? 1 : 1 + 2 * tanhf(STEEP * (d - THRESHOLD * l.v[i]));
        out[i] = fmaxf(out[i], -1);
    }
}
