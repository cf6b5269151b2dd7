/* The gradient checker itself: it must pass what is right and find each way a gradient is usually wrong. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "gan/error.h"
#include "gan/mem.h"
#include "ref/check.h"

enum { N = 12 };

/* f(x) = sum of sin(x) + c x^2 + x * the next x, which couples neighbours as a layer does. */
static const double C = 0.5;

struct fixture {
    double x[N], diff[N];
};

static double f(void *ctx)
{
    const struct fixture *p = ctx;
    double sum = 0;
    for (int i = 0; i < N; i++) sum += sin(p->x[i]) + C * p->x[i] * p->x[i] + p->x[i] * p->x[(i + 1) % N];
    return sum;
}

static struct fixture right(void)
{
    struct fixture p;
    check_numbers(1, N, p.x);
    for (int i = 0; i < N; i++) p.diff[i] = cos(p.x[i]) + 2 * C * p.x[i] + p.x[(i + 1) % N] + p.x[(i + N - 1) % N];
    return p;
}

static void flip_sign(struct fixture *p)
{
    for (int i = 0; i < N; i++) p->diff[i] = -p->diff[i];
}

static void flip_one_sign(struct fixture *p)
{
    p->diff[N / 2] = -p->diff[N / 2];
}

static void drop_term(struct fixture *p)
{
    for (int i = 0; i < N; i++) p->diff[i] -= p->x[(i + 1) % N];
}

static void drop_element(struct fixture *p)
{
    p->diff[N - 1] = 0;
}

static void scale(struct fixture *p)
{
    for (int i = 0; i < N; i++) p->diff[i] *= 1.01;
}

static void scale_a_little(struct fixture *p)
{
    for (int i = 0; i < N; i++) p->diff[i] *= 1 + 1e-6;
}

static void shift(struct fixture *p)
{
    memmove(p->diff + 1, p->diff, (N - 1) * sizeof *p->diff);
}

static void forget(struct fixture *p)
{
    memset(p->diff, 0, sizeof p->diff);
}

static void leave_nan(struct fixture *p)
{
    p->diff[3] = NAN;
}

static const struct {
    const char *name;
    void (*spoil)(struct fixture *p);
} faults[] = {
    { "sign flipped", flip_sign },    { "one sign flipped", flip_one_sign },
    { "term dropped", drop_term },    { "element dropped", drop_element },
    { "scaled by 1.01", scale },      { "scaled by 1 + 1e-6", scale_a_little },
    { "shifted by one", shift },      { "all zero", forget },
    { "one not written", leave_nan },
};

static int check(struct fixture *p, uint64_t seed)
{
    struct check_block block = { "x", p->x, p->diff, N };
    return check_gradient(f, p, 1, &block, seed);
}

Test(checker, passes_a_right_gradient)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct fixture p = right();
        cr_expect(!check(&p, seed), "seed %d: %s", (int)seed, gan_error_message());
    }
}

Test(checker, fails_every_wrong_gradient)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct fixture p = right();
            faults[i].spoil(&p);
            cr_expect(check(&p, seed) == -1, "%s passed with seed %d", faults[i].name, (int)seed);
            cr_expect(strstr(gan_error_message(), "gradient of 'x' is wrong"), "%s", gan_error_message());
        }
}

Test(checker, names_the_wrong_block)
{
    struct fixture p = right();
    double bad[N / 2];
    for (int i = 0; i < N / 2; i++) bad[i] = 1.01 * p.diff[N / 2 + i];
    struct check_block block[] = { { "good", p.x, p.diff, N / 2 }, { "bad", p.x + N / 2, bad, N / 2 } };
    cr_expect(check_gradient(f, &p, 2, block, 0) == -1);
    cr_expect(strstr(gan_error_message(), "'bad'"), "%s", gan_error_message());
}

Test(checker, error_has_a_sign)
{
    struct fixture p = right();
    struct check_block block = { "x", p.x, p.diff, N };
    double error;
    scale(&p);
    cr_assert(!check_error(f, &p, &block, 3, &error));
    cr_expect(fabs(error - 0.01 / 1.01) < 1e-6, "1.01 times the gradient: %g", error);
    p = right();
    flip_sign(&p);
    cr_assert(!check_error(f, &p, &block, 3, &error));
    cr_expect(fabs(fabs(error) - 2) < 1e-6, "minus the gradient: %g", error);
}

static double constant(void *ctx)
{
    (void)ctx;
    return 1;
}

Test(checker, fails_a_check_that_measured_nothing)
{
    struct fixture p = right();
    forget(&p);
    struct check_block block = { "x", p.x, p.diff, N };
    cr_expect(check_gradient(constant, NULL, 1, &block, 0) == -1);
}

Test(checker, leaves_the_values_as_they_were)
{
    struct fixture p = right(), before = p;
    cr_assert(!check(&p, 5));
    cr_expect(!memcmp(p.x, before.x, sizeof p.x));
}

Test(checker, survives_every_failing_allocation)
{
    struct fixture p = right(), before = p;
    for (uint64_t n = 1;; n++) {
        gan_mem_fail_at(n);
        int failed = check(&p, 7);
        gan_mem_fail_at(0);
        cr_expect(!memcmp(p.x, before.x, sizeof p.x));
        if (!failed) {
            cr_expect(n > 1, "nothing was allocated");
            return;
        }
        cr_assert(strstr(gan_error_message(), "out of memory"), "%s", gan_error_message());
        cr_assert(n < 100, "no end");
    }
}

Test(checker, numbers_keep_clear_of_kinks)
{
    enum { COUNT = 10000 };
    static double x[COUNT];
    check_numbers(9, COUNT, x);
    int seen[4] = { 0 };
    for (int i = 0; i < COUNT; i++) {
        cr_assert(fabs(x[i] - round(x[i])) > 0.0999 && fabs(x[i]) < 2, "%g", x[i]);
        seen[(int)floor(x[i]) + 2]++;
    }
    for (int i = 0; i < 4; i++) cr_expect(seen[i] > COUNT / 5, "interval %d: %d", i, seen[i]);
}
