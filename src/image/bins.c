#include "gan/bins.h"

#include <math.h>
#include <string.h>

#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { MOST = 4096, FACES = 6, LEVELS = 256 };
static const float REACH = 128;

static gan_bins *new_bins(int count)
{
    gan_bins *b = gan_mem_alloc(1, sizeof *b);
    if (!b) return NULL;
    b->count = count;
    b->centre = gan_mem_alloc((size_t)count, sizeof *b->centre);
    if (b->centre) return b;
    gan_bins_free(b);
    return NULL;
}

void gan_bins_free(gan_bins *b)
{
    if (!b) return;
    gan_mem_free(b->centre);
    gan_mem_free(b);
}

/* Squares, by the multiples of 10 in their centres. */

enum { STEP = 10, EDGE = 11, SIDE = 2 * EDGE + 1 };
typedef unsigned char squares[SIDE][SIDE];

static int place(float v)
{
    return (int)lroundf(v / STEP) + EDGE;
}

/* One row of the cube's face where channel face / 2 is 0 or 255. */
static void mark_row(int face, int row, squares hit)
{
    uint8_t rgb[LEVELS][3];
    float a[LEVELS], b[LEVELS];
    int fixed = face / 2, along = (fixed + 1) % 3, across = (fixed + 2) % 3;
    for (int i = 0; i < LEVELS; i++) {
        rgb[i][fixed] = face % 2 ? 255 : 0;
        rgb[i][along] = (uint8_t)i;
        rgb[i][across] = (uint8_t)row;
    }
    gan_lab_from_rgb(rgb[0], LEVELS, NULL, a, b);
    for (int i = 0; i < LEVELS; i++) hit[place(a[i])][place(b[i])] = 1;
}

/* What lies inside the cube has the ab of something on its surface: colours leave the solid along L through both ends. */
gan_bins *gan_bins_reachable(void)
{
    squares hit = { { 0 } };
    int count = 0;
    for (int face = 0; face < FACES; face++)
        for (int row = 0; row < LEVELS; row++) mark_row(face, row, hit);
    for (int i = 0; i < SIDE * SIDE; i++) count += hit[i / SIDE][i % SIDE];
    gan_bins *bins = new_bins(count);
    for (int i = 0, n = 0; bins && i < SIDE * SIDE; i++) {
        if (!hit[i / SIDE][i % SIDE]) continue;
        bins->centre[n][0] = (float)(STEP * (i / SIDE - EDGE));
        bins->centre[n++][1] = (float)(STEP * (i % SIDE - EDGE));
    }
    return bins;
}

/* Lists */

static int check(int count, const float *centre)
{
    if (count < GAN_BIN_SHARES || count > MOST)
        return gan_error("%d bins of colour are not within %d and %d", count, GAN_BIN_SHARES, MOST);
    for (int i = 0; i < count; i++) {
        const float *c = centre + 2 * i;
        if (!(fabsf(c[0]) <= REACH && fabsf(c[1]) <= REACH))
            return gan_error("bin %d of colour lies at %g, %g: beyond %g", i + 1, (double)c[0], (double)c[1],
                             (double)REACH);
        for (int k = 0; k < i; k++)
            if (c[0] == centre[2 * k] && c[1] == centre[2 * k + 1])
                return gan_error("bins %d and %d of colour are the same", k + 1, i + 1);
    }
    return 0;
}

gan_bins *gan_bins_of(int count, const float *centre)
{
    gan_bins *b = check(count, centre) ? NULL : new_bins(count);
    if (b) memcpy(b->centre, centre, (size_t)count * sizeof *b->centre);
    return b;
}

/* Soft encoding */

static double square_of_distance(const float *centre, float a, float b)
{
    double da = (double)centre[0] - (double)a, db = (double)centre[1] - (double)b;
    return da * da + db * db;
}

static double gauss(double square)
{
    return exp(-square / (2 * GAN_BIN_DEVIATION * GAN_BIN_DEVIATION));
}

/* Of bins at the same distance the first comes first. */
static void find_nearest(const gan_bins *bins, float a, float b, int32_t *bin, double *square)
{
    for (int k = 0; k < GAN_BIN_SHARES; k++) square[k] = HUGE_VAL;
    for (int i = 0; i < bins->count; i++) {
        double d = square_of_distance(bins->centre[i], a, b);
        int k = GAN_BIN_SHARES;
        while (k > 0 && d < square[k - 1]) k--;
        if (k == GAN_BIN_SHARES) continue;
        memmove(square + k + 1, square + k, (size_t)(GAN_BIN_SHARES - 1 - k) * sizeof *square);
        memmove(bin + k + 1, bin + k, (size_t)(GAN_BIN_SHARES - 1 - k) * sizeof *bin);
        square[k] = d;
        bin[k] = i;
    }
}

/* Shares are measured from the nearest bin, so that a colour far from all of them has some too. */
void gan_bins_encode(const gan_bins *bins, float a, float b, int32_t *bin, float *share)
{
    double square[GAN_BIN_SHARES], sum = 0;
    find_nearest(bins, a, b, bin, square);
    for (int k = 0; k < GAN_BIN_SHARES; k++) sum += gauss(square[k] - square[0]);
    for (int k = 0; k < GAN_BIN_SHARES; k++) share[k] = (float)(gauss(square[k] - square[0]) / sum);
}

/* Rebalancing */

/* Each bin's share of the prior goes to all bins by a Gaussian of their distance. */
static void smooth(const gan_bins *b, const double *count, double *prior)
{
    double total = 0;
    for (int i = 0; i < b->count; i++) total += count[i];
    memset(prior, 0, (size_t)b->count * sizeof *prior);
    for (int i = 0; i < b->count; i++) {
        double sum = 0, share = total > 0 ? count[i] / total : 1.0 / b->count;
        const float *from = b->centre[i];
        for (int k = 0; k < b->count; k++) sum += gauss(square_of_distance(b->centre[k], from[0], from[1]));
        for (int k = 0; k < b->count; k++)
            prior[k] += share * gauss(square_of_distance(b->centre[k], from[0], from[1])) / sum;
    }
}

int gan_bins_rebalance(const gan_bins *b, const double *count, double *prior, float *weight)
{
    static const double uniform = 0.5; /* the paper's lambda */
    double mean = 0, *p = gan_mem_alloc((size_t)b->count, sizeof *p);
    if (!p) return -1;
    smooth(b, count, p);
    for (int i = 0; i < b->count; i++) mean += p[i] / ((1 - uniform) * p[i] + uniform / b->count);
    for (int i = 0; i < b->count; i++) weight[i] = (float)(1 / (((1 - uniform) * p[i] + uniform / b->count) * mean));
    if (prior) memcpy(prior, p, (size_t)b->count * sizeof *p);
    gan_mem_free(p);
    return 0;
}
