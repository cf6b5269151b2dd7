/* Our exp and tanh against libm's in double, at every 64th float there is. */
#include <criterion/criterion.h>

#include <math.h>

#include "core/dnn/vmath.h"

enum { STEP = 64 };

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The largest error over the floats of both signs, 0 to infinity excluded, that lie within -limit and limit. */
static double largest(double (*error)(float x), float limit)
{
    double worst = 0;
    for (uint32_t bits = 0; bits < 0x7f800000u && float_of(bits) <= limit; bits += STEP)
        for (int sign = 0; sign < 2; sign++) {
            double e = error(sign ? -float_of(bits) : float_of(bits));
            if (!(e <= worst)) worst = e;
        }
    return worst;
}

static double exp_error(float x)
{
    double right = exp((double)x);
    return fabs((double)gan_vexp(x) - right) / right;
}

static double tanh_error(float x)
{
    return fabs((double)gan_vtanh(x) - tanh((double)x));
}

static double tanh_relative_error(float x)
{
    return x == 0 ? 0 : tanh_error(x) / fabs(tanh((double)x));
}

Test(vmath, exp_is_as_exact_as_its_header_says)
{
    double worst = largest(exp_error, 87.0f);
    cr_log_info("exp: %.3g", worst);
    cr_expect(worst < 3e-7, "%g", worst);
}

Test(vmath, tanh_is_as_exact_as_its_header_says)
{
    double worst = largest(tanh_error, INFINITY), relative = largest(tanh_relative_error, INFINITY);
    cr_log_info("tanh: %.3g, relative %.3g", worst, relative);
    cr_expect(worst < 2e-7, "%g", worst);
    cr_expect(relative < 1e-6, "%g", relative);
}

Test(vmath, stays_within_bounds_at_the_ends)
{
    cr_expect(gan_vexp(-INFINITY) >= 0 && gan_vexp(-INFINITY) < 1e-37f);
    cr_expect(gan_vexp(-1000.0f) >= 0 && gan_vexp(-1000.0f) < 1e-37f);
    cr_expect(gan_vexp(1000.0f) > 1e38f && isfinite(gan_vexp(INFINITY)));
    cr_expect(gan_vtanh(INFINITY) == 1.0f && gan_vtanh(-INFINITY) == -1.0f);
    cr_expect(gan_vtanh(0.0f) == 0.0f);
    cr_expect(isnan(gan_vexp(NAN)) && isnan(gan_vtanh(NAN)), "what is not a number has to be seen");
}
