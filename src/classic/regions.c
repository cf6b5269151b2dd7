/* Colour transfer by the region: the picture and a reference are cut into regions of like luminance (segment.c), each
 * region of the picture is given the region of the reference that is most like it in luminance, its deviation, texture
 * and place, and takes from it how a and b run with luminance, a straight line each.
 */
#include <math.h>

#include "classic/method.h"
#include "classic/reference.h"
#include "classic/segment.h"
#include "classic/texture.h"
#include "gan/mem.h"
#include "gan/parallel.h"

enum { LEAST_SHARE = 400 }; /* a region has at least 1/LEAST_SHARE of the pixels */

/* How far regions are apart: weights of the differences' squares. Luminance and deviations are of x, -1 to 1, the
 * picture's brought to the mean and deviation of the reference; places are shares of the sides. */
#define BY_LUMINANCE 4.0
#define BY_DEVIATION 4.0
#define BY_TEXTURE 16.0
#define BY_HEIGHT 1.0
#define BY_SIDE 0.1 /* left or right says little */

typedef struct region {
    double n, x, xx, texture, left, top; /* sums over pixels at first, means later; xx: the variance then */
    double ab[2], xab[2];                /* mean of a and b; later xab is their slope along x */
} region;

typedef struct lender {
    gan_spread luminance;
    size_t count;
    region *region; /* owned */
} lender;

/* Describing */

static void add_pixel(region *r, double x, double texture, double left, double top)
{
    r->n++;
    r->x += x;
    r->xx += x * x;
    r->texture += texture;
    r->left += left;
    r->top += top;
}

static void finish(region *r)
{
    double n = r->n;
    r->x /= n;
    r->xx = fmax(r->xx / n - r->x * r->x, 0);
    r->texture /= n;
    r->left /= n;
    r->top /= n;
    for (int c = 0; c < 2; c++) {
        r->ab[c] /= n;
        double covariance = r->xab[c] / n - r->x * r->ab[c];
        r->xab[c] = covariance / (r->xx + 1e-3); /* a flat region has no slope to speak of */
    }
}

struct parts { /* of a picture; owned */
    uint32_t *label;
    region *region;
    size_t count;
};

static void parts_release(struct parts *p)
{
    gan_mem_free(p->label);
    gan_mem_free(p->region);
}

/* ab: two planes, or NULL for a gray picture. */
static void describe(struct parts *p, const float *x, const float *texture, const float *ab, int w, int h)
{
    size_t n = (size_t)w * (size_t)h;
    for (size_t i = 0; i < n; i++) {
        region *r = &p->region[p->label[i]];
        size_t row = i / (size_t)w, column = i % (size_t)w;
        add_pixel(r, (double)x[i], (double)texture[i], (double)column / w, (double)row / h);
        for (size_t c = 0; c < 2 && ab; c++) {
            r->ab[c] += (double)ab[c * n + i];
            r->xab[c] += (double)x[i] * (double)ab[c * n + i];
        }
    }
    for (size_t i = 0; i < p->count; i++) finish(&p->region[i]);
}

static int parts_init(struct parts *p, const float *x, const float *ab, int w, int h)
{
    size_t n = (size_t)w * (size_t)h;
    *p = (struct parts){ .label = gan_mem_alloc(n, sizeof *p->label) };
    float *texture = gan_mem_alloc(n, sizeof *texture);
    int64_t count = p->label && texture ? gan_segment(x, w, h, (int)(n / LEAST_SHARE), p->label) : -1;
    if (count > 0) p->region = gan_mem_alloc((size_t)count, sizeof *p->region);
    if (p->region) {
        p->count = (size_t)count;
        gan_texture(x, w, h, texture);
        describe(p, x, texture, ab, w, h);
    }
    gan_mem_free(texture);
    return p->region ? 0 : -1;
}

/* The reference */

static void release(void *common)
{
    lender *l = common;
    gan_mem_free(l->region);
    gan_mem_free(l);
}

static void *prepare(const gan_classic_opt *o)
{
    gan_reference r;
    struct parts p = { 0 };
    lender *l = NULL;
    if (gan_reference_load(&r, o->reference)) return NULL;
    int w = r.picture.w, h = r.picture.h;
    if (!parts_init(&p, r.x, r.ab, w, h) && (l = gan_mem_alloc(1, sizeof *l))) {
        *l = (lender){ gan_spread_of(r.x, (size_t)w * (size_t)h), p.count, p.region };
        p.region = NULL;
    }
    parts_release(&p);
    gan_reference_release(&r);
    return l;
}

/* Matching */

static double square(double v)
{
    return v * v;
}

/* How unlike a region is to one of the reference. */
static double distance(const region *mine, const region *theirs, double x, double stretch)
{
    return BY_LUMINANCE * square(x - theirs->x) + BY_DEVIATION * square(stretch * sqrt(mine->xx) - sqrt(theirs->xx)) +
           BY_TEXTURE * square(stretch * mine->texture - theirs->texture) +
           BY_HEIGHT * square(mine->top - theirs->top) + BY_SIDE * square(mine->left - theirs->left);
}

static const region *nearest(const lender *l, const region *mine, double x, double stretch)
{
    const region *best = l->region;
    double least = INFINITY;
    for (size_t i = 0; i < l->count; i++) {
        double d = distance(mine, &l->region[i], x, stretch);
        if (d >= least) continue;
        least = d;
        best = &l->region[i];
    }
    return best;
}

/* Gives a region colours: mean and slope of the nearest one, the slope along its own luminance. */
static void borrow(const lender *l, const gan_spread *luminance, region *mine)
{
    double stretch = luminance->deviation > 1e-9 ? l->luminance.deviation / luminance->deviation : 1;
    const region *from = nearest(l, mine, gan_spread_move(mine->x, luminance, &l->luminance), stretch);
    for (int c = 0; c < 2; c++) {
        mine->ab[c] = from->ab[c];
        mine->xab[c] = from->xab[c] * fmin(stretch, 1);
    }
}

struct job {
    const struct parts *p;
    const float *x;
    float *y;
    size_t n;
};

static void colour_range(void *ctx, size_t begin, size_t end)
{
    const struct job *j = ctx;
    for (size_t i = begin; i < end; i++) {
        const region *r = &j->p->region[j->p->label[i]];
        for (size_t c = 0; c < 2; c++)
            j->y[c * j->n + i] = (float)fmax(-1, fmin(r->ab[c] + r->xab[c] * ((double)j->x[i] - r->x), 1));
    }
}

static int colour(const void *common, const gan_gray *g, float *y)
{
    const lender *l = common;
    struct parts p;
    size_t n = (size_t)g->w * (size_t)g->h;
    int failed = parts_init(&p, g->x, NULL, g->w, g->h);
    if (!failed) {
        gan_spread luminance = gan_spread_of(g->x, n);
        for (size_t i = 0; i < p.count; i++) borrow(l, &luminance, &p.region[i]);
        gan_parallel_range(n, 65536, colour_range, &(struct job){ &p, g->x, y, n });
    }
    parts_release(&p);
    return failed;
}

const gan_method gan_method_regions = {
    .info = { "regions", "takes each region's colours from a like one of a reference", GAN_NEEDS_REFERENCE },
    .prepare = prepare,
    .release = release,
    .colour = colour,
};
