#include <math.h>
#include <string.h>

#include "gan/rng.h"
#include "gan/task.h"

enum { ALL, COUNT, POINTS, PER_POINT = 8 }; /* indices within the sample's stream */
enum { X, Y, SIDE };
enum { MAX_PATCH = 9, MAX_COUNT = 512 };
static const double STOP = 1.0 / 8, SHOW_ALL = 0.01;

struct patch {
    int left, top, side;
};

/* How often a draw with probability STOP of success fails first. */
static int geometric(gan_rng r)
{
    double k = floor(log1p(-gan_rng_uniform(r, COUNT)) / log1p(-STOP));
    return k < MAX_COUNT ? (int)k : MAX_COUNT;
}

static int centred(gan_rng r, uint64_t index, int side)
{
    double at = floor(side * (0.5 + 0.25 * gan_rng_normal(r, index)));
    return (int)fmin(fmax(at, 0), side - 1);
}

static int within(int at, int least, int most)
{
    return at < least ? least : at > most ? most : at;
}

static struct patch draw(gan_rng r, int i, int side)
{
    uint64_t at = POINTS + PER_POINT * (uint64_t)i;
    int p = 1 + (int)gan_rng_below(r, at + SIDE, MAX_PATCH);
    p = p < side ? p : side;
    int left = centred(r, at + X, side) - p / 2, top = centred(r, at + Y, side) - p / 2;
    return (struct patch){ within(left, 0, side - p), within(top, 0, side - p), p };
}

static double mean(const float *plane, struct patch p, int side)
{
    double sum = 0;
    for (int y = 0; y < p.side; y++)
        for (int x = 0; x < p.side; x++) sum += plane[(size_t)(p.top + y) * (size_t)side + (size_t)(p.left + x)];
    return sum / (p.side * p.side);
}

static void fill(float *plane, struct patch p, int side, float value)
{
    for (int y = 0; y < p.side; y++)
        for (int x = 0; x < p.side; x++) plane[(size_t)(p.top + y) * (size_t)side + (size_t)(p.left + x)] = value;
}

void gan_task_hint(const gan_task *t, uint64_t seed, uint64_t sample, int count, int side, const float *y, float *out)
{
    gan_rng r = gan_rng_at(seed, GAN_STREAM_HINTS, sample);
    size_t n = (size_t)side * (size_t)side, planes = (size_t)t->outputs;
    float *mask = out + planes * n;
    if (count == GAN_HINTS_DRAWN && gan_rng_uniform(r, ALL) < SHOW_ALL) {
        memcpy(out, y, planes * n * sizeof *out);
        for (size_t i = 0; i < n; i++) mask[i] = 1;
        return;
    }
    memset(out, 0, (planes + 1) * n * sizeof *out);
    if (count == GAN_HINTS_DRAWN) count = geometric(r);
    for (int i = 0; i < count; i++) {
        struct patch p = draw(r, i, side);
        for (size_t c = 0; c < planes; c++) fill(out + c * n, p, side, (float)mean(y + c * n, p, side));
        fill(mask, p, side, 1);
    }
}
