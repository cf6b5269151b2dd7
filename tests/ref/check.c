#include "ref/check.h"

#include <math.h>
#include <string.h>

#include "gan/error.h"
#include "gan/mem.h"
#include "gan/rng.h"

enum { DIRECTIONS = 3 };

struct direction {
    gan_rng r;
    double scale; /* makes it a unit vector */
};

static struct direction direction_at(uint64_t seed, size_t n)
{
    struct direction d = { gan_rng_at(seed, GAN_STREAM_TEST, 0), 0 };
    double squares = 0;
    for (size_t i = 0; i < n; i++) squares += pow(gan_rng_normal(d.r, i), 2);
    d.scale = 1 / sqrt(squares);
    return d;
}

static double along(const struct direction *d, size_t i)
{
    return d->scale * gan_rng_normal(d->r, i);
}

static double value_at(check_function *f, void *ctx, const struct check_block *block, const double *origin,
                       const struct direction *d, double step)
{
    for (size_t i = 0; i < block->n; i++) block->value[i] = origin[i] + step * along(d, i);
    return f(ctx);
}

int check_error(check_function *f, void *ctx, const struct check_block *block, uint64_t seed, double *error)
{
    double *origin = gan_mem_alloc(block->n, sizeof *origin);
    if (!origin) return -1;
    memcpy(origin, block->value, block->n * sizeof *origin);

    struct direction d = direction_at(seed, block->n);
    double analytic = 0;
    for (size_t i = 0; i < block->n; i++) analytic += block->diff[i] * along(&d, i);
    double numeric = value_at(f, ctx, block, origin, &d, CHECK_STEP);
    numeric -= value_at(f, ctx, block, origin, &d, -CHECK_STEP);
    numeric /= 2 * CHECK_STEP;

    memcpy(block->value, origin, block->n * sizeof *origin);
    gan_mem_free(origin);
    *error = (analytic - numeric) / fmax(fabs(analytic), fabs(numeric));
    return 0;
}

int check_gradient(check_function *f, void *ctx, size_t nblock, const struct check_block *block, uint64_t seed)
{
    for (size_t i = 0; i < nblock * DIRECTIONS; i++) {
        const struct check_block *b = &block[i / DIRECTIONS];
        double error;
        if (check_error(f, ctx, b, seed + i, &error)) return -1;
        if (!(fabs(error) <= CHECK_TOLERANCE)) /* NaN fails too */
            return gan_error("gradient of '%s' is wrong: relative error %.3g along direction %zu", b->name, error,
                             i % DIRECTIONS);
    }
    return 0;
}

void check_numbers(uint64_t seed, size_t n, double *out)
{
    gan_rng r = gan_rng_at(seed, GAN_STREAM_TEST, 1);
    for (size_t i = 0; i < n; i++) {
        double magnitude = 0.1 + 0.8 * gan_rng_uniform(r, 2 * i);
        uint64_t bits = gan_rng_bits(r, 2 * i + 1);
        magnitude += (double)(bits >> 63);
        out[i] = bits & 1 ? magnitude : -magnitude;
    }
}
