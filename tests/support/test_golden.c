/* The reader of golden values. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "gan/mem.h"
#include "support/golden.h"

enum { LOSSES = 40 };

static gan_st_file *file;

static void open_file(void)
{
    file = golden_open("training.safetensors");
    cr_assert(file, "%s", gan_error_message());
}

static void close_file(void)
{
    gan_st_close(file);
}

TestSuite(golden, .init = open_file, .fini = close_file);

Test(golden, reads_floats_and_doubles)
{
    float *floats = golden_floats(file, LOSSES, "lo%s", "ss");
    double *doubles = golden_doubles(file, LOSSES, "loss");
    cr_assert(floats && doubles, "%s", gan_error_message());
    for (int i = 0; i < LOSSES; i++) {
        cr_expect((double)floats[i] == doubles[i]);
        cr_expect(doubles[i] > 0.4 && doubles[i] < 0.8, "no such loss: %g", doubles[i]);
    }
    gan_mem_free(floats);
    gan_mem_free(doubles);
}

Test(golden, refuses_what_is_not_there)
{
    cr_expect(!golden_floats(file, LOSSES, "los"));
    cr_expect(strstr(gan_error_message(), "no golden tensor 'los'"), "%s", gan_error_message());
    cr_expect(!golden_doubles(file, LOSSES - 1, "loss"));
    cr_expect(strstr(gan_error_message(), "not 39 floats"), "%s", gan_error_message());
    cr_expect(!golden_open("absent.safetensors"));
    cr_expect(strstr(gan_error_message(), "absent.safetensors"), "%s", gan_error_message());
}

Test(golden, measures_distance)
{
    float *loss = golden_floats(file, LOSSES, "loss");
    cr_assert(loss, "%s", gan_error_message());
    cr_expect(golden_distance(file, loss, LOSSES, "loss") == 0);
    for (int i = 0; i < LOSSES; i++) loss[i] *= 1.25f;
    cr_expect(fabs(golden_distance(file, loss, LOSSES, "loss") - 0.25) < 1e-6);
    cr_expect(isnan(golden_distance(file, loss, LOSSES + 1, "loss")));
    loss[7] = NAN;
    cr_expect(isnan(golden_distance(file, loss, LOSSES, "loss")));
    gan_mem_free(loss);
}

/* 1 if everything succeeded; leaves nothing allocated either way. */
static int all_of_it(void)
{
    float right[LOSSES] = { 0 };
    gan_st_file *f = golden_open("training.safetensors");
    double *loss = f ? golden_doubles(f, LOSSES, "loss") : NULL;
    double distance = loss ? golden_distance(f, right, LOSSES, "loss") : NAN;
    gan_mem_free(loss);
    gan_st_close(f);
    return !isnan(distance);
}

Test(golden, survives_every_failing_allocation)
{
    for (uint64_t n = 1;; n++) {
        gan_mem_fail_at(n);
        int done = all_of_it();
        gan_mem_fail_at(0);
        if (done) {
            cr_expect(n > 1, "nothing was allocated");
            return;
        }
        cr_assert(n < 100000, "no end");
    }
}
