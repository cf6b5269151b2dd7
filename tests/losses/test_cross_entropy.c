/* Cross entropy of classes: against a reference in double, its gradient against differences, its bits on any threads. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "gan/bins.h"
#include "gan/loss.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/rng.h"
#include "support/rig.h"

enum { N = 3, CLASSES = 17, PIXELS = 131, SHARES = 4, LOGITS = N * CLASSES * PIXELS, TARGETS = N * PIXELS * SHARES };

static float logits[LOGITS], share[TARGETS], weight[CLASSES];
static int32_t bin[TARGETS];

/* Logits up to 40: exp of them without their maximum would leave float. */
static gan_class_target setup(void)
{
    gan_rng r = gan_rng_at(1, GAN_STREAM_TEST, 0);
    for (uint64_t i = 0; i < LOGITS; i++) logits[i] = (float)(80 * gan_rng_uniform(r, i) - 40);
    for (uint64_t i = 0; i < LOGITS / 2; i++) logits[i] /= 20;
    for (uint64_t i = 0; i < TARGETS; i++) {
        bin[i] = (int32_t)((i / SHARES + 5 * (i % SHARES)) % CLASSES);
        share[i] = (float)(SHARES - i % SHARES) / 10;
    }
    for (int i = 0; i < CLASSES; i++) weight[i] = 0.5f + (float)i / CLASSES;
    return (gan_class_target){ bin, share, SHARES, weight };
}

static double reference(const gan_class_target *t)
{
    double total = 0;
    for (size_t p = 0; p < N * PIXELS; p++) {
        const float *x = logits + p / PIXELS * CLASSES * PIXELS + p % PIXELS;
        double sum = 0, pixel = 0;
        for (size_t c = 0; c < CLASSES; c++) sum += exp((double)x[c * PIXELS]);
        for (size_t k = p * SHARES; k < (p + 1) * SHARES; k++)
            pixel -= (double)share[k] * ((double)x[(size_t)bin[k] * PIXELS] - log(sum));
        total += pixel * (t->weight ? (double)t->weight[bin[p * SHARES]] : 1);
    }
    return total / (N * PIXELS);
}

static double eval(const gan_class_target *t, float *diff)
{
    return gan_cross_entropy(logits, N, CLASSES, PIXELS, t, diff);
}

Test(cross_entropy, is_that_of_the_formula)
{
    gan_class_target t = setup();
    double right = reference(&t);
    cr_expect(fabs(eval(&t, NULL) / right - 1) < 1e-6, "%g, not %g", eval(&t, NULL), right);
    t.weight = NULL;
    right = reference(&t);
    cr_expect(fabs(eval(&t, NULL) / right - 1) < 1e-6, "%g, not %g", eval(&t, NULL), right);
}

Test(cross_entropy, has_the_gradient_of_its_differences)
{
    static float diff[LOGITS];
    const double step = 1e-2;
    gan_class_target t = setup();
    for (size_t i = 0; i < LOGITS; i++) diff[i] = NAN;
    eval(&t, diff);
    for (size_t i = 0; i < LOGITS; i += 7) {
        float at = logits[i];
        logits[i] = (float)((double)at + step);
        double up = (double)logits[i], above = reference(&t);
        logits[i] = (float)((double)at - step);
        double slope = (above - reference(&t)) / (up - (double)logits[i]);
        logits[i] = at;
        cr_expect(fabs(slope - (double)diff[i]) < 1e-4 * fmax(fabs(slope), 1e-3), "%zu: %g, not %g", i, (double)diff[i],
                  slope);
    }
}

Test(cross_entropy, has_the_same_bits_on_any_threads)
{
    static float one[LOGITS], more[LOGITS];
    gan_class_target t = setup();
    gan_parallel_use(1);
    double first = eval(&t, one);
    gan_parallel_use(3);
    double second = eval(&t, more);
    gan_parallel_use(0);
    cr_expect(first == second && !memcmp(one, more, sizeof one));
}
