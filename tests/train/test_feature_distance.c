/* The feature distance: its properties, on random weights. */
#define _DEFAULT_SOURCE
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gan/error.h"
#include "gan/feature_distance.h"
#include "support/squeezenet.h"

enum { SIDE = 48, BYTES = 3 * SIDE * SIDE };

static char weights[] = "/tmp/gan-squeezenet-XXXXXX";

static void begin(void)
{
    int fd = mkstemp(weights);
    cr_assert(fd >= 0);
    close(fd);
    cr_assert_eq(squeezenet_write(weights), 0, "%s", gan_error_message());
}

static void end(void)
{
    unlink(weights);
}

TestSuite(feature_distance, .init = begin, .fini = end);

static double between(gan_feature_distance *d, const uint8_t *a, const uint8_t *b)
{
    double distance;
    cr_assert_eq(gan_feature_distance_of(d, a, b, &distance), 0, "%s", gan_error_message());
    return distance;
}

/* A picture of waves; shift moves its colours. */
static void paint(uint8_t *rgb, int shift)
{
    for (int i = 0; i < SIDE * SIDE; i++) {
        int x = i % SIDE, y = i / SIDE, wave = (x * y / 7 + x * 3) % 97;
        rgb[3 * i] = (uint8_t)(60 + wave + shift);
        rgb[3 * i + 1] = (uint8_t)(90 + (y * 2 + wave) % 80);
        rgb[3 * i + 2] = (uint8_t)(120 - wave + shift / 2);
    }
}

Test(feature_distance, is_zero_symmetric_and_grows)
{
    static uint8_t a[BYTES], near[BYTES], far[BYTES];
    gan_feature_distance *d = gan_feature_distance_new(weights, SIDE, SIDE);
    cr_assert(d, "%s", gan_error_message());
    paint(a, 0);
    paint(near, 10);
    paint(far, 60);
    cr_expect(between(d, a, a) == 0);
    cr_expect(between(d, a, near) == between(d, near, a));
    cr_expect(between(d, a, near) > 0 && between(d, a, near) < between(d, a, far) && between(d, a, far) <= 2);
    gan_feature_distance_free(d);
}

Test(feature_distance, refuses_what_it_cannot_see)
{
    cr_expect(!gan_feature_distance_new(weights, 4, 4));
    cr_expect(!gan_feature_distance_new("", SIDE, SIDE));
    cr_expect(strstr(gan_error_message(), "SqueezeNet"), "%s", gan_error_message());
    cr_expect(!gan_feature_distance_new("/nowhere", SIDE, SIDE));
}
