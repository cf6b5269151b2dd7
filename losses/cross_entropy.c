#include <math.h>
#include <string.h>

#include "gan/loss.h"
#include "gan/parallel.h"

enum { PIXEL = 64, CHUNK = GAN_SUM_BLOCK / PIXEL }; /* a pixel counts as PIXEL elements of a sum: it has many logits */

struct args {
    const float *logits;
    const gan_class_target *target;
    float *diff;
    size_t classes, pixels, all; /* pixels of a picture, and of all */
};

struct chunk {           /* consecutive pixels of one picture */
    const float *logits; /* of the first pixel's first class */
    float *diff;         /* likewise, or NULL */
    size_t first, n;     /* number of the first among all pixels */
    float largest[CHUNK], sum[CHUNK];
};

static float weight_of(const gan_class_target *t, size_t pixel)
{
    return t->weight ? t->weight[t->bin[pixel * (size_t)t->shares]] : 1;
}

/* sum: of exp(logit - largest) over classes. These exponentials stay in diff. */
static void exponentials(const struct args *a, struct chunk *c)
{
    memcpy(c->largest, c->logits, c->n * sizeof *c->largest);
    memset(c->sum, 0, c->n * sizeof *c->sum);
    for (size_t k = 1; k < a->classes; k++)
        for (size_t i = 0; i < c->n; i++) {
            float x = c->logits[k * a->pixels + i];
            c->largest[i] = x > c->largest[i] ? x : c->largest[i];
        }
    for (size_t k = 0; k < a->classes; k++)
        for (size_t i = 0; i < c->n; i++) {
            float e = expf(c->logits[k * a->pixels + i] - c->largest[i]);
            c->sum[i] += e;
            if (c->diff) c->diff[k * a->pixels + i] = e;
        }
}

static double loss(const struct args *a, const struct chunk *c)
{
    const gan_class_target *t = a->target;
    double total = 0;
    for (size_t i = 0; i < c->n; i++) {
        size_t at = (c->first + i) * (size_t)t->shares;
        double log_sum = (double)c->largest[i] + log((double)c->sum[i]), pixel = 0;
        for (size_t k = at; k < at + (size_t)t->shares; k++)
            pixel += (double)t->share[k] * (log_sum - (double)c->logits[(size_t)t->bin[k] * a->pixels + i]);
        total += (double)weight_of(t, c->first + i) * pixel;
    }
    return total;
}

/* weight / pixels * (softmax - share) */
static void gradient(const struct args *a, struct chunk *c)
{
    const gan_class_target *t = a->target;
    float *scale = c->largest;
    for (size_t i = 0; i < c->n; i++) scale[i] = weight_of(t, c->first + i) / (float)a->all;
    for (size_t k = 0; k < a->classes; k++)
        for (size_t i = 0; i < c->n; i++) c->diff[k * a->pixels + i] *= scale[i] / c->sum[i];
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = (c->first + i) * (size_t)t->shares, s = 0; s < (size_t)t->shares; s++)
            c->diff[(size_t)t->bin[k + s] * a->pixels + i] -= scale[i] * t->share[k + s];
}

static double block(void *ctx, size_t begin, size_t end)
{
    const struct args *a = ctx;
    double total = 0;
    size_t last = end / PIXEL;
    for (size_t first = begin / PIXEL, n; first < last; first += n) {
        size_t picture = first / a->pixels, within = first % a->pixels;
        size_t at = picture * a->classes * a->pixels + within, left = a->pixels - within;
        n = left < last - first ? left : last - first;
        struct chunk c = { .logits = a->logits + at, .diff = a->diff ? a->diff + at : NULL, .first = first, .n = n };
        exponentials(a, &c);
        total += loss(a, &c);
        if (c.diff) gradient(a, &c);
    }
    return total;
}

/* Cross entropy of classes with soft targets, weighted by each pixel's likeliest class.
 *   logits   (n, classes, pixels), borrowed
 *   target   of n * pixels pixels, borrowed
 *   diff     NULL, or as many floats as logits, set to d loss / d logit
 *   returns  the mean over pixels of weight * - sum over classes of share * log softmax(logits)
 *   errors   none; source: Zhang, Isola, Efros 2016, arXiv:1603.08511, eq. 2 */
double gan_cross_entropy(const float *logits, size_t n, size_t classes, size_t pixels, const gan_class_target *target,
                         float *diff)
{
    struct args a = { logits, target, diff, classes, pixels, n * pixels };
    return gan_parallel_sum(a.all * PIXEL, block, &a) / (double)a.all;
}
