/* Every row of both tables: against the reference kernels, gradients against central differences, known values, the same
 * bits whatever the number of threads. A row without a reference is a failure. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "gan/error.h"
#include "gan/loss.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "ref/ref.h"
#include "support/rig.h"

enum { N = 40000, SAMPLES = 50 }; /* more than one block of a parallel sum, and no multiple of it */

static const struct {
    const char *name;
    double (*eval)(size_t n, const double *pred, const double *target, double *diff);
    double at_half; /* of pred - target = 0.5 everywhere */
} pixel_rows[] = { { "l1", ref_l1, 0.5 }, { "l2", ref_l2, 0.25 } };

static const struct {
    const char *name;
    double (*eval)(size_t n, enum ref_role role, const double *score, double *diff);
    double at_half[3]; /* of scores of 0.5, by role: real, fake, fool */
} adversarial_rows[] = {
    { "vanilla", ref_vanilla, { 0.4740769841801067, 0.9740769841801067, 0.4740769841801067 } },
    { "lsgan", ref_lsgan, { 0.25, 0.25, 0.25 } },
    { "hinge", ref_hinge, { 0.5, 1.5, -0.5 } },
};

static double *widen(const float *x, size_t n)
{
    double *wide = gan_mem_alloc(n, sizeof *wide);
    cr_assert(wide, "%s", gan_error_message());
    for (size_t i = 0; i < n; i++) wide[i] = (double)x[i];
    return wide;
}

static size_t pixel_row(const char *name)
{
    size_t i = 0;
    while (i < sizeof pixel_rows / sizeof *pixel_rows && strcmp(pixel_rows[i].name, name)) i++;
    cr_assert(i < sizeof pixel_rows / sizeof *pixel_rows, "%s has no reference", name);
    return i;
}

static size_t adversarial_row(const char *name)
{
    size_t i = 0;
    while (i < sizeof adversarial_rows / sizeof *adversarial_rows && strcmp(adversarial_rows[i].name, name)) i++;
    cr_assert(i < sizeof adversarial_rows / sizeof *adversarial_rows, "%s has no reference", name);
    return i;
}

/* got has to be before + weight * right. */
static void expect_diff(const float *got, const float *before, const double *right, float weight, const char *name)
{
    double largest = 0, error = 0;
    for (size_t i = 0; i < N; i++) {
        double r = (double)before[i] + (double)weight * right[i];
        largest = fmax(largest, fabs((double)weight * right[i]));
        error = fmax(error, fabs((double)got[i] - r));
    }
    cr_expect(error <= 1e-4 * largest, "%s: gradient off by %g of %g", name, error, largest);
}

Test(losses, of_pixels_agree_with_the_reference)
{
    float *pred = rig_numbers(1, N), *target = rig_numbers(2, N);
    pred[7] = target[7]; /* the kink of l1, where its gradient is 0 */
    double *p = widen(pred, N), *t = widen(target, N), *right = widen(pred, N);
    for (int i = 0; gan_loss_all()[i]; i++) {
        const gan_loss_def *d = gan_loss_all()[i];
        float *diff = rig_floats(N), *before = rig_floats(N);
        for (size_t k = 0; k < N; k++) diff[k] = before[k] = k % 2 ? 1e-4f : 0;
        double value = pixel_rows[pixel_row(d->name)].eval(N, p, t, right);
        cr_expect(fabs(d->eval(pred, target, N, 3.5f, diff) - value) < 1e-6 * value, "%s", d->name);
        expect_diff(diff, before, right, 3.5f, d->name);
        cr_expect(d->eval(pred, target, N, 3.5f, NULL) == d->eval(pred, target, N, 0, diff), "%s", d->name);
        gan_mem_free(diff);
        gan_mem_free(before);
    }
    void *all[] = { pred, target, p, t, right };
    for (int i = 0; i < 5; i++) gan_mem_free(all[i]);
}

Test(losses, of_scores_agree_with_the_reference)
{
    float *score = rig_numbers(3, N), *zero = rig_floats(N), *diff = rig_floats(N);
    double *s = widen(score, N), *right = widen(score, N);
    for (int i = 0; gan_adversarial_all()[i]; i++)
        for (int role = GAN_REAL; role <= GAN_FOOL; role++) {
            const gan_adversarial_def *d = gan_adversarial_all()[i];
            double value = adversarial_rows[adversarial_row(d->name)].eval(N, (enum ref_role)role, s, right);
            for (size_t k = 0; k < N; k++) diff[k] = NAN; /* is set, not added to */
            double got = d->eval(score, N, (enum gan_role)role, 0.5f, diff);
            cr_expect(fabs(got - value) <= 1e-6 * fabs(value), "%s, role %d: %g", d->name, role, got);
            expect_diff(diff, zero, right, 0.5f, d->name);
            cr_expect(d->eval(score, N, (enum gan_role)role, 0.5f, NULL) == got, "%s", d->name);
        }
    void *all[] = { score, zero, diff, s, right };
    for (int i = 0; i < 5; i++) gan_mem_free(all[i]);
}

/* The derivative by one element, from the values alone. Numbers are clear of kinks, and few, so that one shows. */
static double slope(double (*value)(void *ctx), void *ctx, float *x)
{
    const float kept = *x, step = 0.0078125f;
    *x = kept + step;
    double up = value(ctx);
    *x = kept - step;
    double down = value(ctx);
    *x = kept;
    return (up - down) / (2 * (double)step);
}

struct sample {
    const gan_loss_def *pixel;
    const gan_adversarial_def *adversarial;
    enum gan_role role;
    float *pred, target[SAMPLES];
};

static double sample_value(void *ctx)
{
    struct sample *s = ctx;
    return s->pixel ? s->pixel->eval(s->pred, s->target, SAMPLES, 0, NULL)
                    : s->adversarial->eval(s->pred, SAMPLES, s->role, 0, NULL);
}

static void expect_slopes(struct sample *s, const char *name)
{
    float *diff = rig_floats(SAMPLES);
    if (s->pixel)
        s->pixel->eval(s->pred, s->target, SAMPLES, 1, diff);
    else
        s->adversarial->eval(s->pred, SAMPLES, s->role, 1, diff);
    for (size_t k = 0; k < SAMPLES; k++) {
        double numeric = slope(sample_value, s, &s->pred[k]);
        cr_expect(fabs((double)diff[k] - numeric) < 1e-5 / SAMPLES, "%s: %g is not %g", name, (double)diff[k], numeric);
    }
    gan_mem_free(diff);
}

Test(losses, have_the_gradients_of_their_values)
{
    struct sample s = { .pred = rig_numbers(4, SAMPLES) };
    for (int i = 0; gan_loss_all()[i]; i++) {
        s.pixel = gan_loss_all()[i];
        expect_slopes(&s, s.pixel->name);
    }
    s.pixel = NULL;
    for (int i = 0; gan_adversarial_all()[i]; i++)
        for (s.role = GAN_REAL; s.role <= GAN_FOOL; s.role++) {
            s.adversarial = gan_adversarial_all()[i];
            expect_slopes(&s, s.adversarial->name);
        }
    gan_mem_free(s.pred);
}

Test(losses, have_known_values)
{
    const float pred[] = { 0.75f, -0.25f }, target[] = { 0.25f, 0.25f }, score[] = { 0.5f, 0.5f };
    for (int i = 0; gan_loss_all()[i]; i++) {
        const gan_loss_def *d = gan_loss_all()[i];
        cr_expect(d->eval(pred, target, 2, 1, NULL) == pixel_rows[pixel_row(d->name)].at_half, "%s", d->name);
        cr_expect(d->eval(pred, pred, 2, 1, NULL) == 0, "%s", d->name);
        cr_expect(d->help[0]);
    }
    for (int i = 0; gan_adversarial_all()[i]; i++)
        for (int role = 0; role < 3; role++) {
            const gan_adversarial_def *d = gan_adversarial_all()[i];
            double right = adversarial_rows[adversarial_row(d->name)].at_half[role];
            cr_expect(fabs(d->eval(score, 2, (enum gan_role)role, 1, NULL) - right) < 1e-12, "%s", d->name);
            cr_expect(d->help[0]);
        }
}

/* Scores that a discriminator which has won gives: no overflow, and gradients that are numbers. */
Test(losses, survive_large_scores_and_show_what_is_no_number)
{
    const float score[] = { 1e4f, -1e4f, 1e30f, -1e30f };
    for (int i = 0; gan_adversarial_all()[i]; i++)
        for (int role = 0; role < 3; role++)
            for (int k = 0; k < 4; k++) {
                float diff;
                double value = gan_adversarial_all()[i]->eval(&score[k], 1, (enum gan_role)role, 1, &diff);
                cr_expect(isfinite(value) && isfinite(diff), "%s, role %d, score %g", gan_adversarial_all()[i]->name,
                          role, (double)score[k]);
            }
    float bad = NAN;
    for (int i = 0; gan_adversarial_all()[i]; i++)
        for (int role = 0; role < 3; role++)
            cr_expect(isnan(gan_adversarial_all()[i]->eval(&bad, 1, (enum gan_role)role, 1, NULL)), "%s, role %d",
                      gan_adversarial_all()[i]->name, role);
    for (int i = 0; gan_loss_all()[i]; i++) cr_expect(isnan(gan_loss_all()[i]->eval(&bad, score, 1, 1, NULL)));
}

/* One row of either table: value and gradient with 1, 2 and 3 threads. */
static void expect_same_bits(const gan_loss_def *pixel, const gan_adversarial_def *adversarial)
{
    float *pred = rig_numbers(5, N), *target = rig_numbers(6, N), *diff[3];
    double value[3];
    for (int i = 0; i < 3; i++) {
        diff[i] = rig_floats(N);
        gan_parallel_use(i + 1);
        value[i] = pixel ? pixel->eval(pred, target, N, 1, diff[i]) : adversarial->eval(pred, N, GAN_FAKE, 1, diff[i]);
        cr_expect(value[i] == value[0] && !memcmp(diff[i], diff[0], N * sizeof(float)), "%s, %d threads",
                  pixel ? pixel->name : adversarial->name, i + 1);
    }
    void *all[] = { pred, target, diff[0], diff[1], diff[2] };
    for (int i = 0; i < 5; i++) gan_mem_free(all[i]);
}

Test(losses, do_not_depend_on_threads)
{
    for (int i = 0; gan_loss_all()[i]; i++) expect_same_bits(gan_loss_all()[i], NULL);
    for (int i = 0; gan_adversarial_all()[i]; i++) expect_same_bits(NULL, gan_adversarial_all()[i]);
}

Test(losses, are_found_by_name)
{
    cr_expect(gan_loss_find("l1") && gan_adversarial_find("lsgan"));
    cr_expect(!gan_loss_find("vanilla"));
    cr_expect(strstr(gan_error_message(), "'vanilla' is no pixel loss; there are: l1, l2"), "%s", gan_error_message());
    cr_expect(!gan_adversarial_find("l1"));
    cr_expect(strstr(gan_error_message(), "vanilla, lsgan, hinge"), "%s", gan_error_message());
}
