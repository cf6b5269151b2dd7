/* What normalisation gets wrong easily: digits lost under a large mean, statistics of one pixel, running statistics over
 * several steps. */
#include <criterion/criterion.h>

#include <math.h>

#include "gan/layers.h"
#include "gan/mem.h"
#include "support/rig.h"

static gan_graph *conv_norm(int c, int instance, int side)
{
    gan_graph *g = gan_graph_new("norm");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 3, side, side });
    gan_id t = gan_conv(g, "c", x, (gan_conv_opt){ .oc = c, .k = 1, .stride = 1, .bias = 1 });
    gan_graph_output(g, "y", instance ? gan_instancenorm(g, "n", t, 1e-5f) : gan_batchnorm(g, "n", t, 1e-5f));
    cr_assert(!gan_graph_failed(g), "%s", gan_error_message());
    return g;
}

/* Sets a parameter, of plan and reference. */
static void set(struct rig *r, int i, float value)
{
    size_t n = gan_graph_param(r->g, i)->count;
    float *x = rig_floats(n);
    for (size_t k = 0; k < n; k++) {
        x[k] = value;
        r->e->param[i][k] = (double)value;
    }
    cr_assert(!gan_params_set(r->w, i, GAN_VALUES, x), "%s", gan_error_message());
    gan_mem_free(x);
}

/* The mean is 300 times the deviation: squares minus the square of the mean would have lost 5 digits. What is left of
 * the error is that of the numbers themselves. */
Test(norm, keeps_its_digits_under_a_large_mean)
{
    static const int channels[] = { 3, 8, 16 };
    for (int instance = 0; instance < 2; instance++)
        for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
            struct rig r = rig_new(conv_norm(channels[i], instance, 20),
                                   (gan_plan_opt){ .batch = 2, .flags = GAN_BATCH_STATS, .input_diffs = RIG_ALL });
            set(&r, 1, 300);
            rig_run(&r);
            rig_expect(&r, 1e-4, "%d channels, instance %d", channels[i], instance);
            rig_free(&r);
        }
}

Test(norm, moves_running_statistics_step_by_step)
{
    static const int channels[] = { 3, 8, 48 };
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
        for (int groups = 1; groups <= 2; groups++) {
            struct rig r =
                rig_new(conv_norm(channels[i], 0, 5),
                        (gan_plan_opt){ .batch = 4, .groups = groups, .flags = GAN_BATCH_STATS | GAN_UPDATE_STATS });
            for (int step = 1; step <= 4; step++) {
                set(&r, 1, (float)step); /* another mean each time */
                rig_run(&r);
                rig_expect(&r, 1e-5, "%d channels, %d groups, step %d", channels[i], groups, step);
            }
            rig_free(&r);
        }
}

/* One pixel deviates from itself by nothing: the result is beta, no diff passes, and the running variance, of which there
 * is no unbiased one, stays a number. */
Test(norm, of_one_pixel_is_beta)
{
    struct rig r =
        rig_new(conv_norm(8, 0, 1),
                (gan_plan_opt){ .batch = 1, .flags = GAN_BATCH_STATS | GAN_UPDATE_STATS, .input_diffs = RIG_ALL });
    float dx[3], variance[8];
    gan_id y = gan_graph_output_at(r.g, 0);
    rig_plan(&r);
    gan_plan_get_diff(r.p, 0, 0, 1, dx);
    for (int c = 0; c < 8; c++)
        cr_expect(fabs((double)gan_plan_dst(r.p, y)[c] - r.e->param[3][c]) < 1e-3, "%g",
                  (double)gan_plan_dst(r.p, y)[c]);
    for (int c = 0; c < 3; c++) cr_expect(fabsf(dx[c]) < 1e-2f, "%g", (double)dx[c]);
    cr_assert(!gan_params_get(r.w, 5, GAN_VALUES, variance), "%s", gan_error_message());
    for (int c = 0; c < 8; c++) cr_expect(fabs((double)variance[c] - 0.9 * r.e->param[5][c]) < 1e-5);
    rig_free(&r);
}
