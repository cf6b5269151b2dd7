/* Between a video's planes and pixels. Sources: ITU-R BT.601-7 and BT.709-6: luma weights, and 219 and 224 steps. */
#include <math.h>

#include "gan/parallel.h"
#include "image/y4m.h"

enum { GRAIN = 16 }; /* rows; even, so that rows that share chroma stay together */

static const struct luma { /* weights of R' and B' in Y' */
    double red, blue;
} matrices[] = { [GAN_BT601] = { 0.299, 0.114 }, [GAN_BT709] = { 0.2126, 0.0722 } };

struct range { /* of 8-bit samples */
    double black, luma, chroma;
};
static const struct range limited = { 16, 219, 224 }, full = { 0, 255, 255 };

static const struct range *range_of(const gan_y4m *v)
{
    return v->full_range ? &full : &limited;
}

struct to_photo {
    const uint8_t *luma;
    uint16_t *rgb;
    uint16_t value[256]; /* of a luma sample */
};

static void gray_range(void *ctx, size_t begin, size_t end)
{
    const struct to_photo *t = ctx;
    for (size_t i = begin; i < end; i++) t->rgb[3 * i] = t->rgb[3 * i + 1] = t->rgb[3 * i + 2] = t->value[t->luma[i]];
}

void gan_y4m_to_photo(const gan_y4m *v, const gan_y4m_frame *f, gan_photo *p)
{
    const struct range *r = range_of(v);
    struct to_photo t = { f->planes, p->rgb16, { 0 } };
    for (int i = 0; i < 256; i++) t.value[i] = (uint16_t)lround(65535 * fmin(fmax((i - r->black) / r->luma, 0), 1));
    gan_parallel_range((size_t)v->w * (size_t)v->h, GRAIN * (size_t)v->w, gray_range, &t);
}

struct from_photo {
    const gan_sampling *s;
    const uint16_t *rgb;
    uint8_t *luma, *cb, *cr;
    int w, h;
    float black, y[3], b[3], r[3]; /* what R', G' and B' of 16 bits add to the samples */
};

static uint8_t sample(float v)
{
    return (uint8_t)(v > 0 ? v < 255 ? v + 0.5f : 255 : 0);
}

static float dot(const float *weights, const float *rgb)
{
    return weights[0] * rgb[0] + weights[1] * rgb[1] + weights[2] * rgb[2];
}

static void luma_row(const struct from_photo *t, size_t y)
{
    const uint16_t *rgb = t->rgb + 3 * y * (size_t)t->w;
    uint8_t *luma = t->luma + y * (size_t)t->w;
    for (int x = 0; x < t->w; x++, rgb += 3)
        luma[x] = sample(t->black + t->y[0] * (float)rgb[0] + t->y[1] * (float)rgb[1] + t->y[2] * (float)rgb[2]);
}

/* Sums R', G' and B' of a chroma sample's place on one row: two columns between which it lies, or (1 2 1) / 4 around the
 * column it lies on; the edge is repeated. */
static void add_columns(const struct from_photo *t, const uint16_t *row, int x, float weight, float *rgb)
{
    static const float between[3] = { 0, 0.5f, 0.5f }, on[3] = { 0.25f, 0.5f, 0.25f }, alone[3] = { 0, 1, 0 };
    const float *taps = t->s->across == 1 ? alone : t->s->left ? on : between;
    for (int k = -1; k <= 1; k++) {
        int at = x * t->s->across + k;
        at = at < 0 ? 0 : at < t->w ? at : t->w - 1;
        for (int c = 0; c < 3; c++) rgb[c] += weight * taps[k + 1] * (float)row[3 * at + c];
    }
}

static void chroma_row(const struct from_photo *t, size_t y)
{
    int columns = gan_chroma_side(t->w, t->s->across), down = t->s->down;
    for (int x = 0; x < columns; x++) {
        float rgb[3] = { 0 };
        for (int k = 0; k < down; k++) {
            size_t row = y * (size_t)down + (size_t)k, last = (size_t)t->h - 1;
            add_columns(t, t->rgb + 3 * (row < last ? row : last) * (size_t)t->w, x, 1 / (float)down, rgb);
        }
        t->cb[y * (size_t)columns + (size_t)x] = sample(128 + dot(t->b, rgb));
        t->cr[y * (size_t)columns + (size_t)x] = sample(128 + dot(t->r, rgb));
    }
}

static void plane_rows(void *ctx, size_t begin, size_t end)
{
    const struct from_photo *t = ctx;
    size_t down = (size_t)t->s->down;
    for (size_t y = begin; y < end; y++) luma_row(t, y);
    for (size_t y = begin / down; y < (end + down - 1) / down; y++) chroma_row(t, y);
}

/* Y' = wr R' + wg G' + wb B'; Cb = (B' - Y') / (2 - 2 wb); Cr = (R' - Y') / (2 - 2 wr); scaled to the range. */
static void set_weights(struct from_photo *t, const struct range *r, const struct luma *m)
{
    const double w[3] = { m->red, 1 - m->red - m->blue, m->blue };
    double b = r->chroma / (2 - 2 * m->blue), e = r->chroma / (2 - 2 * m->red);
    for (int c = 0; c < 3; c++) {
        t->y[c] = (float)(r->luma * w[c] / 65535);
        t->b[c] = (float)(b * ((c == 2) - w[c]) / 65535);
        t->r[c] = (float)(e * ((c == 0) - w[c]) / 65535);
    }
    t->black = (float)r->black;
}

void gan_y4m_from_photo(const gan_y4m *v, const gan_photo *p, enum gan_yuv_matrix matrix, gan_y4m_frame *f)
{
    const gan_sampling *s = gan_sampling_of(gan_sampling_of(v->sampling)->written_as);
    size_t luma = (size_t)v->w * (size_t)v->h;
    size_t chroma = (size_t)gan_chroma_side(v->w, s->across) * (size_t)gan_chroma_side(v->h, s->down);
    struct from_photo t = { .s = s, .rgb = p->rgb16, .luma = f->planes, .w = v->w, .h = v->h };
    t.cb = t.luma + luma;
    t.cr = t.cb + chroma;
    set_weights(&t, range_of(v), &matrices[matrix]);
    gan_parallel_range((size_t)v->h, GRAIN, plane_rows, &t);
}
