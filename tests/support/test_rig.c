/* The rig notices what it is there to notice. */
#include <criterion/criterion.h>

#include <math.h>

#include "gan/layers.h"
#include "gan/mem.h"
#include "support/rig.h"

Test(rig, measures_the_largest_error)
{
    const double right[] = { 1, -4, 2 };
    cr_expect(rig_distance((const float[]){ 1, -4, 2 }, right, 3) == 0);
    cr_expect(fabs(rig_distance((const float[]){ 1, -4, 3 }, right, 3) - 0.25) < 1e-12);
    cr_expect(isnan(rig_distance((const float[]){ NAN, -4, 3 }, right, 3)));
    cr_expect(isnan(rig_distance((const float[]){ 1, -4, NAN }, right, 3)));
}

static struct rig small(void)
{
    gan_graph *g = gan_graph_new("small");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 2, 4, 3 });
    gan_id t = gan_conv(g, "c", x, (gan_conv_opt){ .oc = 3, .k = 3, .stride = 1, .pad = 1 });
    gan_graph_output(g, "y", gan_batchnorm(g, "c", t, 1e-5f));
    return rig_new(g, (gan_plan_opt){ .batch = 2,
                                      .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS | GAN_UPDATE_STATS,
                                      .input_diffs = RIG_ALL });
}

Test(rig, finds_plan_and_reference_equal)
{
    struct rig r = small();
    rig_run(&r);
    rig_expect(&r, 1e-5, "small");
    rig_free(&r);
}

/* Everything compared is put off by 1e-3 in turn. */
Test(rig, notices_every_kind_of_difference)
{
    struct rig r = small();
    rig_run(&r);
    gan_id y = gan_graph_output_at(r.g, 0);
    int mean = gan_graph_params(r.g) - 2;
    double *const found[] = { &r.e->dst[y][5], &r.e->diff[0][5], &r.e->grad[0][5], &r.e->param[mean][1] };
    size_t n;
    float *before = rig_results(&r, &n);
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        double kept = *found[i];
        *found[i] += 1e-2;
        cr_expect(rig_worst(&r) > 1e-4, "difference %zu", i);
        *found[i] = kept;
        cr_expect(rig_worst(&r) < 1e-5, "difference %zu", i);
    }
    cr_expect(n > 4 * 36, "only %zu results", n);
    gan_mem_free(before);
    rig_free(&r);
}
