/* The perceptual loss: nothing between equal pictures, a gradient that differences confirm, and what it refuses. */
#define _DEFAULT_SOURCE
#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gan/error.h"
#include "ref/check.h"
#include "support/squeezenet.h"
#include "train/perceptual.h"

enum { SIDE = 32, BATCH = 2, PIXELS = SIDE * SIDE, CHROMA = BATCH * 2 * PIXELS };

static char weights[] = "/tmp/gan-squeezenet-XXXXXX";
static float x[BATCH * PIXELS], y[CHROMA], fake[CHROMA], diff[CHROMA];

static gan_config config(const char *const *more, int n)
{
    static char features[64];
    const char *set[8] = { "data.size=32", "data.load_size=32", "train.batch=2", "loss.perceptual=3", features };
    gan_config c;
    snprintf(features, sizeof features, "generator.features=%s", weights);
    for (int i = 0; i < n; i++) set[5 + i] = more[i];
    cr_assert_eq(gan_config_parse(&c, "test", "", 5 + n, set), 0, "%s", gan_error_message());
    return c;
}

/* Chroma within the gamut of middle grays. */
static void fill(float *at, size_t n, uint64_t seed, double scale)
{
    double *numbers = malloc(n * sizeof *numbers);
    cr_assert(numbers);
    check_numbers(seed, n, numbers);
    for (size_t i = 0; i < n; i++) at[i] = (float)(scale * tanh(numbers[i]));
    free(numbers);
}

static void begin(void)
{
    int fd = mkstemp(weights);
    cr_assert(fd >= 0);
    close(fd);
    cr_assert_eq(squeezenet_write(weights), 0, "%s", gan_error_message());
    fill(x, BATCH * PIXELS, 1, 0.3);
    fill(y, CHROMA, 2, 0.15);
    fill(fake, CHROMA, 3, 0.15);
}

static void end(void)
{
    unlink(weights);
}

TestSuite(perceptual, .init = begin, .fini = end);

static double loss_of(gan_perceptual *p, const float *at)
{
    double loss;
    memset(diff, 0, sizeof diff);
    cr_assert_eq(gan_perceptual_eval(p, x, at, y, diff, &loss), 0, "%s", gan_error_message());
    return loss;
}

Test(perceptual, is_nothing_where_pictures_are_equal)
{
    gan_config c = config(NULL, 0);
    gan_perceptual *p;
    cr_assert_eq(gan_perceptual_new(&c, &p), 0, "%s", gan_error_message());
    cr_expect(loss_of(p, y) == 0);
    for (size_t i = 0; i < CHROMA; i++) cr_assert(diff[i] == 0);
    cr_expect(loss_of(p, fake) > 0.1);
    gan_perceptual_free(p);
}

/* Along a few directions; the loss has kinks, and floats have seven digits. */
Test(perceptual, has_the_gradient_that_differences_show)
{
    static float direction[CHROMA], at[CHROMA], gradient[CHROMA];
    static const double STEP = 2e-4, TOLERANCE = 0.01;
    gan_config c = config(NULL, 0);
    gan_perceptual *p;
    cr_assert_eq(gan_perceptual_new(&c, &p), 0, "%s", gan_error_message());
    loss_of(p, fake);
    memcpy(gradient, diff, sizeof gradient);
    for (uint64_t k = 0; k < 3; k++) {
        double along = 0, far[2];
        for (size_t i = 0; i < CHROMA; i++) direction[i] = gradient[i] > 0 ? 1 : -1;
        if (k) fill(direction, CHROMA, 10 + k, 1);
        for (size_t i = 0; i < CHROMA && k; i++) direction[i] += gradient[i] > 0 ? 0.5f : -0.5f;
        for (size_t i = 0; i < CHROMA; i++) along += (double)direction[i] * (double)gradient[i];
        for (int side = 0; side < 2; side++) {
            for (size_t i = 0; i < CHROMA; i++) at[i] = fake[i] + (float)(side ? STEP : -STEP) * direction[i];
            far[side] = loss_of(p, at);
        }
        double numeric = c.loss.perceptual * (far[1] - far[0]) / (2 * STEP);
        cr_expect(fabs(numeric - along) <= TOLERANCE * fabs(along), "direction %d: %g, by differences %g", (int)k,
                  along, numeric);
    }
    gan_perceptual_free(p);
}

Test(perceptual, adds_its_gradient)
{
    static float once[CHROMA];
    double loss;
    gan_config c = config(NULL, 0);
    gan_perceptual *p;
    cr_assert_eq(gan_perceptual_new(&c, &p), 0, "%s", gan_error_message());
    loss_of(p, fake);
    memcpy(once, diff, sizeof once);
    cr_assert_eq(gan_perceptual_eval(p, x, fake, y, diff, &loss), 0, "%s", gan_error_message());
    for (size_t i = 0; i < CHROMA; i++) cr_assert(diff[i] == 2 * once[i]);
    gan_perceptual_free(p);
}

Test(perceptual, is_off_or_refused)
{
    gan_perceptual *p;
    gan_config c = config((const char *[]){ "loss.perceptual=0" }, 1);
    double loss = 1;
    cr_expect(!gan_perceptual_new(&c, &p) && !p);
    cr_expect(!gan_perceptual_eval(p, x, fake, y, diff, &loss) && loss == 0);
    c = config((const char *[]){ "data.colour_space=yuv601" }, 1);
    cr_expect(gan_perceptual_new(&c, &p) == -1 && strstr(gan_error_message(), "data.colour_space = lab"));
    c = config((const char *[]){ "generator.features=" }, 1);
    cr_expect(gan_perceptual_new(&c, &p) == -1 && strstr(gan_error_message(), "generator.features names"));
}
