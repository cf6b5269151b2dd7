/* The recipe that classifies: its decoding, its weights, what it trains, what it refuses. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/recipes.h"
#include "gan/rng.h"
#include "models/models.h"

enum { SIZE = 16, BATCH = 2, PIXELS = SIZE * SIZE, MOST_SET = 16 };

static gan_config config(int n, const char *const *more)
{
    static const char *const common[] = { "train.recipe=classification", "generator.model=zhang", "generator.filters=4",
                                          "data.size=16", "train.batch=2" };
    enum { N = sizeof common / sizeof *common };
    const char *set[MOST_SET];
    gan_config c;
    for (int i = 0; i < N + n; i++) set[i] = i < N ? common[i] : more[i - N];
    cr_assert_eq(gan_config_parse(&c, "x", "", N + n, set), 0, "%s", gan_error_message());
    return c;
}

static gan_recipe *new_recipe(const gan_config *c)
{
    return gan_recipe_new(gan_recipe_find(c->train.recipe), c);
}

/* Decoding */

static void decode(const gan_bins *b, const float *logits, float temperature, float *y)
{
    gan_graph *g = gan_graph_new("decode");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, b->count, 1, 1 });
    cr_assert_eq(gan_graph_output(g, "y", gan_model_annealed_mean(g, x, b, temperature)), 0, "%s", gan_error_message());
    gan_params *w = gan_params_new(g, 0);
    gan_params_init(w, 1, 1, 0.02);
    gan_plan *p = gan_plan_new(g, w, &(gan_plan_opt){ 0 });
    cr_assert(p && !gan_plan_bind(p, NULL, 0), "%s", gan_error_message());
    gan_plan_put(p, x, 0, 1, logits);
    cr_assert_eq(gan_plan_run(p, GAN_FWD, (gan_step_key){ 0 }), 0);
    for (int i = 0; i < 2; i++) y[i] = GAN_AB_RANGE * gan_plan_dst(p, gan_graph_output_at(g, 0))[i];
    gan_plan_free(p);
    gan_params_free(w);
    gan_graph_free(g);
}

static int is_centre(const gan_bins *b, int i, const float *y)
{
    return fabsf(y[0] - b->centre[i][0]) < 1e-3f && fabsf(y[1] - b->centre[i][1]) < 1e-3f;
}

Test(classification, decodes_by_the_annealed_mean)
{
    gan_bins *b = gan_bins_reachable();
    float *logits = gan_mem_alloc((size_t)b->count, sizeof *logits), y[2];
    logits[77] = 1000;
    decode(b, logits, 0.38f, y);
    cr_expect(is_centre(b, 77, y), "one-hot: %g, %g", (double)y[0], (double)y[1]);
    logits[77] = 2;
    logits[200] = 1;
    decode(b, logits, 0.01f, y);
    cr_expect(is_centre(b, 77, y), "cold: %g, %g", (double)y[0], (double)y[1]);
    for (int i = 0; i < b->count; i++) logits[i] = -1000;
    logits[77] = 1;
    logits[200] = 1 - 0.38f * logf(3);
    decode(b, logits, 0.38f, y); /* three parts of one, one of the other */
    float mix[2];
    for (int i = 0; i < 2; i++) mix[i] = 0.75f * b->centre[77][i] + 0.25f * b->centre[200][i];
    cr_expect(fabsf(y[0] - mix[0]) < 1e-3f && fabsf(y[1] - mix[1]) < 1e-3f, "mixed: %g, %g", (double)y[0],
              (double)y[1]);
    gan_mem_free(logits);
    gan_bins_free(b);
}

/* Training */

static float x[BATCH * PIXELS], y[BATCH * 2 * PIXELS];

/* Pictures half green, half red; gray tells which. */
static gan_batch pictures(void)
{
    for (int n = 0; n < BATCH; n++)
        for (int i = 0; i < PIXELS; i++) {
            int red = i % SIZE < SIZE / 2;
            x[n * PIXELS + i] = red ? -0.5f : 0.5f;
            y[2 * n * PIXELS + i] = (red ? 50 : -40) / GAN_AB_RANGE;
            y[(2 * n + 1) * PIXELS + i] = 30 / GAN_AB_RANGE;
        }
    return (gan_batch){ BATCH, SIZE, x, y };
}

static int has_op(const gan_plan *p, const char *label)
{
    int found = 0;
    for (int i = 0; i < gan_plan_ops(p); i++) found |= strstr(gan_plan_op_at(p, i).label, label) != NULL;
    return found;
}

Test(classification, learns_and_computes_no_picture_for_it)
{
    gan_config c = config(0, NULL);
    gan_recipe *r = new_recipe(&c);
    gan_batch b = pictures();
    double first, loss = 0;
    cr_assert(r, "%s", gan_error_message());
    cr_expect(!has_op(r->plan[0], "softmax") && !has_op(r->plan[0], "bilinear"));
    cr_assert_eq(gan_recipe_step(r, &b, 0.003, &first), 0, "%s", gan_error_message());
    for (int i = 0; i < 60; i++) cr_assert_eq(gan_recipe_step(r, &b, 0.003, &loss), 0);
    cr_expect(first > 4 && loss < 2.5, "%g, then %g", first, loss); /* what soft targets leave is about 1.4 */
    gan_recipe_free(r);
}

Test(classification, weighs_by_the_photographs)
{
    gan_config c = config(0, NULL);
    gan_recipe *r = new_recipe(&c);
    gan_dataset *d = gan_dataset_synthetic(6, 48, 1);
    cr_assert(r && d, "%s", gan_error_message());
    cr_assert_eq(r->nkept, 1);
    const gan_kept *k = &r->kept[0];
    for (size_t i = 0; i < k->count; i++) cr_expect(k->value[i] == 1);
    cr_assert_eq(r->def->prepare(r, d), 0, "%s", gan_error_message());
    float *once = gan_mem_alloc(k->count, sizeof *once), least = HUGE_VALF, most = 0;
    memcpy(once, k->value, k->count * sizeof *once);
    for (size_t i = 0; i < k->count; i++) {
        least = fminf(least, once[i]);
        most = fmaxf(most, once[i]);
    }
    cr_expect(least > 0 && least < 1 && most > 1.5f, "%g to %g", (double)least, (double)most);
    cr_assert_eq(r->def->prepare(r, d), 0);
    cr_expect(!memcmp(once, k->value, k->count * sizeof *once), "counted twice, two results");
    gan_mem_free(once);
    gan_dataset_free(d);
    gan_recipe_free(r);
}

Test(classification, refuses_clearly)
{
    static const struct {
        const char *set, *message;
    } rows[] = { { "generator.model=unet", "'unet' makes pictures" },
                 { "data.colour_space=yuv601", "needs data.colour_space = lab" },
                 { "data.colour_space=rgb", "needs data.colour_space = lab" },
                 { "loss.bins=/nowhere/bins.txt", "loss.bins: cannot open '/nowhere/bins.txt'" },
                 { "data.size=20", "size 20 is not a multiple of 8" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gan_config c = config(1, &rows[i].set);
        cr_expect(!new_recipe(&c), "%s", rows[i].set);
        cr_expect(strstr(gan_error_message(), rows[i].message), "%s", gan_error_message());
    }
}

/* Pictures of classes have a gradient: the other recipes train them through the decoding. */
Test(classification, its_generator_suits_the_other_recipes)
{
    static const char *const recipes[] = { "train.recipe=regression", "train.recipe=pix2pix" };
    for (int i = 0; i < 2; i++) {
        const char *set[] = { recipes[i], "discriminator.filters=4", "discriminator.layers=1", "loss.gan_weight=0" };
        gan_config c = config(4, set);
        gan_recipe *r = new_recipe(&c);
        gan_batch b = pictures();
        double loss[GAN_MAX_LOSSES], first = 0;
        cr_assert(r, "%s", gan_error_message());
        int l1 = 0;
        while (strcmp(r->def->losses[l1], "g_l1")) l1++;
        for (int k = 0; k < 30; k++) {
            cr_assert_eq(gan_recipe_step(r, &b, 0.003, loss), 0, "%s", gan_error_message());
            if (!k) first = loss[l1];
        }
        cr_expect(loss[l1] < 0.5 * first, "%s: %g, then %g", recipes[i], first, loss[l1]);
        gan_recipe_free(r);
    }
}

Test(classification, survives_a_lack_of_memory)
{
    gan_config c = config(0, NULL);
    gan_recipe *r = NULL;
    for (uint64_t n = 1; !r; n += n < 40 ? 1 : n / 7) {
        gan_mem_fail_at(n);
        r = new_recipe(&c);
        gan_mem_fail_at(0);
        cr_expect(r || strstr(gan_error_message(), "memory"), "%s", gan_error_message());
    }
    gan_recipe_free(r);
}
