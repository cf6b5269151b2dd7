/* What a link carries, as the ring uses it: every rank sends to the next and receives from the one before. */
#include "dist/dist.h"
#include "gan/mem.h"
#include "gan/progress.h"

enum { LARGE = 1 << 22, WARM = 2, REPEAT = 8, PINGS = 50 };

static int shift(gan_dist *d, const char *out, char *in, size_t bytes)
{
    int next = (d->t.rank + 1) % d->t.size, before = (d->t.rank + d->t.size - 1) % d->t.size;
    int in_message = d->t.receive(d->t.self, before, GAN_TAG_MEASURE, in, bytes);
    int out_message = d->t.send(d->t.self, next, GAN_TAG_MEASURE, out, bytes);
    return gan_dist_wait(d, in_message) | gan_dist_wait(d, out_message);
}

/* Seconds of a shift, the mean of `repeat` after a few that open connections. */
static int time_shift(gan_dist *d, const char *out, char *in, size_t bytes, int repeat, double *seconds)
{
    double begin = 0;
    for (int i = -WARM; i < repeat; i++) {
        if (!i) begin = gan_clock_s();
        if (shift(d, out, in, bytes)) return -1;
    }
    *seconds = (gan_clock_s() - begin) / repeat;
    return 0;
}

int gan_dist_measure(gan_dist *d, gan_link *out)
{
    double large, small;
    char *from = gan_mem_alloc(LARGE, 1), *into = gan_mem_alloc(LARGE, 1);
    int bad = !from || !into || time_shift(d, from, into, 1, PINGS, &small) ||
              time_shift(d, from, into, LARGE, REPEAT, &large);
    gan_mem_free(from);
    gan_mem_free(into);
    double sum[2] = { bad ? 0 : large, bad ? 0 : small };
    if (bad || gan_dist_sum(d, sum, 2)) return -1;
    *out = (gan_link){ LARGE * d->t.size / sum[0], sum[1] / d->t.size };
    return 0;
}
