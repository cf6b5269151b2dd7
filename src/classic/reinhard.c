/* Reinhard, Ashikhmin, Gooch and Shirley 2001, "Color transfer between images": in l-alpha-beta, each channel takes the
 * mean and the deviation of the reference. A gray picture has no deviation of alpha and beta to stretch, so they move by
 * the difference of the means alone. l is not needed: that shift multiplies L, M and S, so all pixels get one
 * chromaticity, whatever their luminance, which stays.
 */
#include <math.h>

#include "classic/method.h"
#include "classic/reference.h"
#include "gan/colour.h"
#include "gan/mem.h"
#include "gan/parallel.h"

#define DARKEST (1.0 / 4096) /* of L, M and S, before their logarithm */

enum { GRAIN = 65536 };

static const double to_lms[3][3] = { { 0.3811, 0.5783, 0.0402 },
                                     { 0.1967, 0.7244, 0.0782 },
                                     { 0.0241, 0.1288, 0.8444 } };

typedef struct tint {
    double xyz[3]; /* of the one chromaticity, relative to white; Y is 1 */
} tint;

static void to_opponents(const double rgb[3], double *alpha, double *beta)
{
    double log_lms[3];
    for (int i = 0; i < 3; i++)
        log_lms[i] = log10(fmax(to_lms[i][0] * rgb[0] + to_lms[i][1] * rgb[1] + to_lms[i][2] * rgb[2], DARKEST));
    *alpha = (log_lms[0] + log_lms[1] - 2 * log_lms[2]) / sqrt(6);
    *beta = (log_lms[0] - log_lms[1]) / sqrt(2);
}

/* Solves m v = v by elimination; m has a strong diagonal. */
static void solve3(const double matrix[3][3], double v[3])
{
    double m[3][3];
    for (int i = 0; i < 9; i++) m[i / 3][i % 3] = matrix[i / 3][i % 3];
    for (int i = 0; i < 3; i++)
        for (int row = 0; row < 3; row++) {
            double factor = m[row][i] / m[i][i];
            for (int k = 0; k < 3 && row != i; k++) m[row][k] -= factor * m[i][k];
            if (row != i) v[row] -= factor * v[i];
        }
    for (int i = 0; i < 3; i++) v[i] /= m[i][i];
}

/* The mean of alpha and beta over a picture. */
static void mean_opponents(const gan_image *im, double *alpha, double *beta)
{
    size_t n = (size_t)im->w * (size_t)im->h;
    *alpha = *beta = 0;
    for (size_t i = 0; i < n; i++) {
        double rgb[3], a, b;
        for (size_t c = 0; c < 3; c++) rgb[c] = gan_srgb_linear(im->rgb[3 * i + c] / 255.0);
        to_opponents(rgb, &a, &b);
        *alpha += a / (double)n;
        *beta += b / (double)n;
    }
}

/* White, with alpha and beta of the reference: l = 0 will do, since only the ratios count. */
static void set_tint(tint *t, const gan_reference *r)
{
    double alpha, beta, rgb[3];
    mean_opponents(&r->picture, &alpha, &beta);
    rgb[0] = pow(10, alpha / sqrt(6) + beta / sqrt(2));
    rgb[1] = pow(10, alpha / sqrt(6) - beta / sqrt(2));
    rgb[2] = pow(10, -2 * alpha / sqrt(6));
    solve3(to_lms, rgb);
    gan_xyz_from_linear(rgb, t->xyz);
    double luminance = t->xyz[1];
    for (int i = 0; i < 3; i++) t->xyz[i] = fmax(t->xyz[i] / luminance, 0);
}

static void *prepare(const gan_classic_opt *o)
{
    gan_reference r;
    if (gan_reference_load(&r, o->reference)) return NULL;
    tint *t = gan_mem_alloc(1, sizeof *t);
    if (t) set_tint(t, &r);
    gan_reference_release(&r);
    return t;
}

struct job {
    const tint *t;
    const gan_gray *g;
    float *y;
};

static void colour_range(void *ctx, size_t begin, size_t end)
{
    const struct job *j = ctx;
    size_t n = (size_t)j->g->w * (size_t)j->g->h;
    for (size_t i = begin; i < end; i++) {
        double f = (50 * (double)j->g->x[i] + 66) / 116, luminance = gan_cie_f_inverse(f);
        j->y[i] = (float)(500 / (double)GAN_AB_RANGE * (gan_cie_f(j->t->xyz[0] * luminance) - f));
        j->y[n + i] = (float)(200 / (double)GAN_AB_RANGE * (f - gan_cie_f(j->t->xyz[2] * luminance)));
    }
}

static int colour(const void *common, const gan_gray *g, float *y)
{
    struct job j = { common, g, y };
    gan_parallel_range((size_t)g->w * (size_t)g->h, GRAIN, colour_range, &j);
    return 0;
}

const gan_method gan_method_reinhard = {
    .info = { "reinhard", "gives the tint of a reference (Reinhard et al. 2001)", GAN_NEEDS_REFERENCE },
    .prepare = prepare,
    .release = gan_mem_free,
    .colour = colour,
};
