#include "colorize/steady.h"

#include <math.h>
#include <string.h>

#include "gan/mem.h"

/* A cut changes what is seen and where. Histograms differ by the share of pixels that would have to change their bin:
 * motion leaves it below a tenth. Correlation of the frames: flicker and fading leave it near 1. */
#define OTHER_LIGHT 0.3
#define OTHER_PLACE 0.7

int gan_steady_init(gan_steady *s, size_t cells, double keep)
{
    *s = (gan_steady){ .cells = cells, .keep = (float)keep };
    s->ab = gan_mem_alloc(cells, 2 * sizeof *s->ab);
    s->x = gan_mem_alloc(cells, sizeof *s->x);
    return s->ab && s->x ? 0 : -1;
}

void gan_steady_release(gan_steady *s)
{
    gan_mem_free(s->ab);
    gan_mem_free(s->x);
    *s = (gan_steady){ 0 };
}

static void count_cells(const float *x, size_t n, size_t *count)
{
    for (size_t i = 0; i < n; i++) {
        int bin = (int)((x[i] + 1) * (GAN_STEADY_BINS / 2.0f));
        count[bin < 0 ? 0 : bin < GAN_STEADY_BINS ? bin : GAN_STEADY_BINS - 1]++;
    }
}

static double moved(const gan_steady *s, const size_t *count)
{
    size_t sum = 0;
    for (int i = 0; i < GAN_STEADY_BINS; i++) sum += count[i] > s->count[i] ? count[i] - s->count[i] : 0;
    return (double)sum / (double)s->cells;
}

/* Of two frames; 0 if one of them is flat. */
static double correlation(const float *x, const float *y, size_t n)
{
    double sx = 0, sy = 0, xx = 0, yy = 0, xy = 0, size = (double)n;
    for (size_t i = 0; i < n; i++) {
        double a = (double)x[i], b = (double)y[i];
        sx += a;
        sy += b;
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    double of_x = xx - sx * sx / size, of_y = yy - sy * sy / size;
    return of_x > 1e-6 * size && of_y > 1e-6 * size ? (xy - sx * sy / size) / sqrt(of_x * of_y) : 0;
}

static int is_cut(const gan_steady *s, const float *x, const size_t *count)
{
    return s->begun && moved(s, count) > OTHER_LIGHT && correlation(x, s->x, s->cells) < OTHER_PLACE;
}

int gan_steady_next(gan_steady *s, const float *x, float *ab)
{
    size_t count[GAN_STEADY_BINS] = { 0 };
    count_cells(x, s->cells, count);
    int cut = is_cut(s, x, count);
    float keep = s->begun && !cut ? s->keep : 0;
    for (size_t i = 0; i < 2 * s->cells; i++) ab[i] = s->ab[i] = keep * s->ab[i] + (1 - keep) * ab[i];
    memcpy(s->x, x, s->cells * sizeof *x);
    memcpy(s->count, count, sizeof count);
    s->begun = 1;
    return cut;
}
