/* A 3-level U-Net and a PatchGAN against what PyTorch computes (tests/golden/make.py): forward, every gradient, the diff
 * of D's inputs. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "gan/loss.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "gan/plan.h"
#include "support/golden.h"
#include "support/rig.h"

enum { BATCH = 2, SIDE = 32, PIXELS = BATCH * SIDE * SIDE };

static const double TOLERANCE = 1e-5; /* relative L2 */

static gan_st_file *file;

static void open_file(void)
{
    file = golden_open("networks.safetensors");
    cr_assert(file, "%s", gan_error_message());
}

static void close_file(void)
{
    gan_st_close(file);
}

TestSuite(golden_networks, .init = open_file, .fini = close_file);

static float *golden(size_t n, const char *name)
{
    float *x = golden_floats(file, n, "%s", name);
    cr_assert(x, "%s", gan_error_message());
    return x;
}

static void expect(const float *got, size_t n, const char *name)
{
    double distance = golden_distance(file, got, n, "%s", name);
    cr_expect(distance < TOLERANCE, "'%s' is off by %g %s", name, distance, isnan(distance) ? gan_error_message() : "");
}

/* A network with golden parameters and a plan; lowered or not. */
struct net {
    const char *name;
    gan_graph *g;
    gan_params *w;
    gan_plan *p;
    gan_id y;
};

static void load(struct net *m)
{
    for (int i = 0; i < gan_graph_params(m->g); i++) {
        const gan_param *p = gan_graph_param(m->g, i);
        if (p->kind != GAN_TRAINABLE) continue;
        float *x = golden_floats(file, p->count, "%s/%s", m->name, p->name);
        cr_assert(x && !gan_params_set(m->w, i, GAN_VALUES, x), "%s", gan_error_message());
        gan_mem_free(x);
    }
}

static struct net net_new(enum gan_model_kind kind, const char *name, gan_model_opt o, unsigned flags)
{
    struct net m = { .name = name };
    m.g = gan_model_build(gan_model_find(kind, name), name, &o);
    cr_assert(m.g, "%s", gan_error_message());
    m.w = gan_params_new(m.g, GAN_HAS_GRADS);
    cr_assert(m.w, "%s", gan_error_message());
    gan_params_init(m.w, 1, 0, 0.02);
    load(&m);
    m.p = gan_plan_new(
        m.g, m.w,
        &(gan_plan_opt){ .batch = BATCH, .flags = flags | GAN_GRAD_PARAMS | GAN_BATCH_STATS, .input_diffs = RIG_ALL });
    cr_assert(m.p && !gan_plan_bind(m.p, NULL, 0), "%s", gan_error_message());
    gan_plan_poison(m.p, 1);
    m.y = gan_graph_output_at(m.g, 0);
    return m;
}

static void net_free(struct net *m)
{
    gan_plan_free(m->p);
    gan_params_free(m->w);
    gan_graph_free(m->g);
}

static void run(struct net *m, enum gan_pass pass)
{
    cr_assert(!gan_plan_run(m->p, pass, (gan_step_key){ 1, 1 }), "%s", gan_error_message());
}

static void expect_gradients(struct net *m)
{
    for (int i = 0; i < gan_graph_params(m->g); i++) {
        const gan_param *p = gan_graph_param(m->g, i);
        if (p->kind != GAN_TRAINABLE) continue;
        char name[2 * GAN_NAME_BYTES];
        float *got = rig_floats(p->count);
        snprintf(name, sizeof name, "grad/%s/%s", m->name, p->name);
        cr_assert(!gan_params_get(m->w, i, GAN_GRADS, got), "%s", gan_error_message());
        expect(got, p->count, name);
        gan_mem_free(got);
    }
}

static void expect_loss(double got, const char *name)
{
    float *right = golden(1, name);
    cr_expect(fabs(got - (double)*right) < 1e-6, "'%s': %g is not %g", name, got, (double)*right);
    gan_mem_free(right);
}

static void unet(unsigned flags)
{
    gan_model_opt o = { .in = 1, .out = 2, .filters = 8, .levels = 3, .size = SIDE };
    struct net m = net_new(GAN_GENERATOR, "unet", o, flags);
    float *x = golden(2 * PIXELS, "x"), *y = golden(4 * PIXELS, "y"); /* two batches, of which the first */
    gan_plan_put(m.p, gan_graph_input_at(m.g, 0), 0, BATCH, x);
    run(&m, GAN_FWD);
    expect(gan_plan_dst(m.p, m.y), 2 * PIXELS, "forward/unet");
    float *diff = gan_plan_diff(m.p, m.y);
    memset(diff, 0, 2 * PIXELS * sizeof *diff);
    expect_loss(gan_loss_find("l1")->eval(gan_plan_dst(m.p, m.y), y, 2 * PIXELS, 1, diff), "loss/unet");
    run(&m, GAN_BWD);
    expect_gradients(&m);
    gan_mem_free(x);
    gan_mem_free(y);
    net_free(&m);
}

/* The diffs of condition and picture beside each other, as the golden file has them. */
static void expect_input_diffs(struct net *m)
{
    float *parts[] = { rig_floats(PIXELS), rig_floats(2 * PIXELS) }, *both = rig_floats(3 * PIXELS);
    const size_t plane = SIDE * SIDE;
    for (int i = 0; i < 2; i++) gan_plan_get_diff(m->p, gan_graph_input_at(m->g, i), 0, BATCH, parts[i]);
    for (size_t n = 0; n < BATCH; n++) {
        memcpy(both + n * 3 * plane, parts[0] + n * plane, plane * sizeof *both);
        memcpy(both + (n * 3 + 1) * plane, parts[1] + n * 2 * plane, 2 * plane * sizeof *both);
    }
    expect(both, 3 * PIXELS, "diff/patchgan");
    gan_mem_free(parts[0]);
    gan_mem_free(parts[1]);
    gan_mem_free(both);
}

static void patchgan(unsigned flags)
{
    gan_model_opt o = { .in = 3, .condition = 1, .out = 1, .filters = 8, .layers = 2, .size = SIDE };
    struct net m = net_new(GAN_DISCRIMINATOR, "patchgan", o, flags);
    float *x = golden(2 * PIXELS, "x"), *y = golden(4 * PIXELS, "y");
    gan_plan_put(m.p, gan_graph_input_at(m.g, 0), 0, BATCH, x);
    gan_plan_put(m.p, gan_graph_input_at(m.g, 1), 0, BATCH, y);
    run(&m, GAN_FWD);
    gan_shape s = gan_plan_shape(m.p, m.y);
    size_t scores = (size_t)(s.n * s.c * s.h * s.w);
    expect(gan_plan_dst(m.p, m.y), scores, "forward/patchgan");
    const gan_adversarial_def *bce = gan_adversarial_find("vanilla");
    expect_loss(bce->eval(gan_plan_dst(m.p, m.y), scores, GAN_REAL, 1, gan_plan_diff(m.p, m.y)), "loss/patchgan");
    run(&m, GAN_BWD);
    expect_gradients(&m);
    expect_input_diffs(&m);
    gan_mem_free(x);
    gan_mem_free(y);
    net_free(&m);
}

Test(golden_networks, unet)
{
    unet(0);
    unet(GAN_NO_LOWER);
}

Test(golden_networks, patchgan)
{
    patchgan(0);
    patchgan(GAN_NO_LOWER);
}
