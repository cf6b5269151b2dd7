#include "gan/figures.h"

#include <math.h>

#include "gan/colour.h"
#include "gan/metrics.h"

#define X(name, ...) static int gan_figure_##name(const gan_sample *s, double *value);
GAN_FIGURES(X)
#undef X

static const gan_figure rows[] = {
#define X(name, unit, better, digits, thorough)                                                                        \
    { #name, unit, offsetof(gan_figures, name), better, digits, thorough, gan_figure_##name },
    GAN_FIGURES(X)
#undef X
};

const gan_figure *gan_figure_at(int i)
{
    return i >= 0 && i < (int)(sizeof rows / sizeof *rows) ? &rows[i] : NULL;
}

double *gan_figure_in(const gan_figure *row, gan_figures *f)
{
    return (double *)((char *)f + row->offset);
}

int gan_figures_of(const gan_sample *s, int thorough, gan_figures *f)
{
    const gan_figure *row;
    for (int i = 0; (row = gan_figure_at(i)); i++) {
        double *value = gan_figure_in(row, f);
        *value = NAN;
        if ((thorough || !row->thorough) && row->of(s, value)) return -1;
    }
    return 0;
}

static size_t pixels(const gan_sample *s)
{
    return (size_t)s->w * (size_t)s->h;
}

static int gan_figure_psnr(const gan_sample *s, double *value)
{
    *value = gan_metric_psnr(s->rgb, s->truth, pixels(s));
    return 0;
}

static int gan_figure_mse(const gan_sample *s, double *value)
{
    *value = gan_metric_mse(s->rgb, s->truth, pixels(s));
    return 0;
}

static int gan_figure_ssim(const gan_sample *s, double *value)
{
    return gan_metric_ssim(s->rgb, s->truth, s->w, s->h, value);
}

static double mean_difference(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += fabs((double)a[i] - (double)b[i]);
    return sum / (double)n;
}

/* Mean |ab difference| / 110 of two pictures. */
static double chroma_difference(const uint8_t *p, const uint8_t *q, size_t n)
{
    enum { BLOCK = 256 };
    float a[2 * BLOCK], b[2 * BLOCK];
    double sum = 0;
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t count = n - at < BLOCK ? n - at : BLOCK;
        gan_lab_normalise(p + 3 * at, count, NULL, a);
        gan_lab_normalise(q + 3 * at, count, NULL, b);
        sum += mean_difference(a, b, 2 * count) * (double)count;
    }
    return sum / (double)n;
}

/* Of the answer itself where it is ab, else of the pictures, so that spaces compare. */
static int gan_figure_l1(const gan_sample *s, double *value)
{
    *value = s->ab ? mean_difference(s->ab, s->true_ab, 2 * pixels(s)) : chroma_difference(s->rgb, s->truth, pixels(s));
    return 0;
}

static int gan_figure_delta_e(const gan_sample *s, double *value)
{
    *value = gan_metric_delta_e(s->rgb, s->truth, pixels(s));
    return 0;
}

static int gan_figure_colourfulness(const gan_sample *s, double *value)
{
    *value = gan_metric_colourfulness(s->rgb, pixels(s));
    return 0;
}

static int gan_figure_ab_intersection(const gan_sample *s, double *value)
{
    gan_ab_histogram mine = { 0 }, truth = { 0 };
    gan_ab_histogram_add(&mine, s->rgb, pixels(s));
    gan_ab_histogram_add(&truth, s->truth, pixels(s));
    *value = gan_ab_intersection(&mine, &truth);
    return 0;
}

/* The classifier takes all threads for one picture: evaluation asks it afterwards, one after another. */
static int gan_figure_feature_distance(const gan_sample *s, double *value)
{
    (void)s;
    *value = NAN;
    return 0;
}

/* The mean over the lights in which there is any hue. */
static int gan_figure_hue_drift(const gan_sample *s, double *value)
{
    double sum = 0;
    int count = 0;
    for (int i = 0; i < GAN_LIGHTS && s->relit[i]; i++) {
        double drift = gan_metric_hue_drift(s->rgb, s->relit[i], pixels(s));
        if (isnan(drift)) continue;
        sum += drift;
        count++;
    }
    *value = count ? sum / count : NAN;
    return 0;
}
