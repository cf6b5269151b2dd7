#include "colorize/steady.h"

#include <string.h>

#include "gan/mem.h"

/* Share of the pixels that would have to change their bin: a moving picture stays below a tenth, flicker too. */
#define CUT 0.3

int gan_steady_init(gan_steady *s, size_t cells, double keep)
{
    *s = (gan_steady){ .cells = cells, .keep = (float)keep, .ab = gan_mem_alloc(cells, 2 * sizeof *s->ab) };
    return s->ab ? 0 : -1;
}

void gan_steady_release(gan_steady *s)
{
    gan_mem_free(s->ab);
    *s = (gan_steady){ 0 };
}

static void count_cells(const float *x, size_t n, size_t *count)
{
    for (size_t i = 0; i < n; i++) {
        int bin = (int)((x[i] + 1) * (GAN_STEADY_BINS / 2));
        count[bin < 0 ? 0 : bin < GAN_STEADY_BINS ? bin : GAN_STEADY_BINS - 1]++;
    }
}

static int is_cut(const gan_steady *s, const size_t *count)
{
    size_t moved = 0;
    for (int i = 0; i < GAN_STEADY_BINS; i++) moved += count[i] > s->count[i] ? count[i] - s->count[i] : 0;
    return (double)moved > CUT * (double)s->cells;
}

int gan_steady_next(gan_steady *s, const float *x, float *ab)
{
    size_t count[GAN_STEADY_BINS] = { 0 };
    count_cells(x, s->cells, count);
    int cut = s->begun && is_cut(s, count);
    float keep = s->begun && !cut ? s->keep : 0;
    for (size_t i = 0; i < 2 * s->cells; i++) ab[i] = s->ab[i] = keep * s->ab[i] + (1 - keep) * ab[i];
    memcpy(s->count, count, sizeof count);
    s->begun = 1;
    return cut;
}
