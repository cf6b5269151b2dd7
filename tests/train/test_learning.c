/* Scenes are worth a network: what it learns on them in a short time is more than twice what the best table from
 * luminance to colour can know. */
#define _DEFAULT_SOURCE
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "gan/colour.h"
#include "gan/recipes.h"
#include "gan/train.h"

enum { SIZE = 64, LEVELS = 256, TRAIN = 300, VAL = 60 };

static const char CONFIG[] = "[data]\nsize = 64\nload_size = 72\n[generator]\nfilters = 16\nlevels = 6\n"
                             "[train]\nrecipe = regression\nbatch = 16\nsteps = 150\n[optimizer]\nlr = "
                             "0.001\n[checkpoint]\nsamples = 0\nevery_epochs = 0\n";

struct table {
    double ab[LEVELS][2], count[LEVELS];
};

static int level(float x)
{
    int i = (int)((x + 1) / 2 * (LEVELS - 1) + 0.5f);
    return i < 0 ? 0 : i < LEVELS ? i : LEVELS - 1;
}

/* The mean ab of every level of luminance over the training scenes: the best table there is, in squared error. */
static void fit(struct table *t, const gan_dataset *d)
{
    static uint8_t rgb[SIZE * SIZE * 3];
    static float x[SIZE * SIZE], y[2 * SIZE * SIZE];
    for (size_t i = 0; i < gan_dataset_count(d); i++) {
        cr_assert_eq(gan_dataset_centre(d, i, SIZE, rgb), 0, "%s", gan_error_message());
        gan_lab_normalise(rgb, SIZE * SIZE, x, y);
        for (int k = 0; k < SIZE * SIZE; k++) {
            int at = level(x[k]);
            t->count[at]++;
            for (int c = 0; c < 2; c++) t->ab[at][c] += (double)y[c * SIZE * SIZE + k];
        }
    }
    for (int at = 0; at < LEVELS; at++)
        for (int c = 0; c < 2; c++) t->ab[at][c] /= t->count[at] > 0 ? t->count[at] : 1;
}

static int predict_table(void *ctx, const gan_request *q, float *y)
{
    const struct table *t = ctx;
    const float *x = q->x;
    for (int p = 0; p < q->n; p++, x += SIZE * SIZE, y += 2 * SIZE * SIZE)
        for (int k = 0; k < SIZE * SIZE; k++)
            for (int c = 0; c < 2; c++) y[c * SIZE * SIZE + k] = (float)t->ab[level(x[k])][c];
    return 0;
}

static void keep_scores(void *ctx, const gan_train_event *e)
{
    if (e->what == GAN_EVENT_EPOCH) *(gan_scores *)ctx = *e->scores;
}

static void train(const gan_dataset *data, const gan_dataset *val, gan_scores *scores)
{
    char folder[] = "/tmp/gan-learning-XXXXXX";
    gan_config c;
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(gan_config_parse(&c, "learning", CONFIG, 0, NULL), 0, "%s", gan_error_message());
    gan_train_opt o = { .config = &c,
                        .recipe = gan_recipe_find(c.train.recipe),
                        .folder = folder,
                        .data = data,
                        .val = val,
                        .tell = keep_scores,
                        .ctx = scores };
    cr_assert_eq(gan_train(&o), GAN_TRAIN_DONE, "%s", gan_error_message());
}

Test(learning, a_network_gains_more_than_twice_what_a_table_does)
{
    static struct table table;
    gan_scores by_table, by_network = { 0 };
    if (getenv("GAN_SANITIZE")) cr_skip("too slow with sanitizers: training proper is what is measured");
    gan_dataset *data = gan_dataset_synthetic(TRAIN, 72, 1), *val = gan_dataset_synthetic(VAL, 72, 2);
    cr_assert(data && val, "%s", gan_error_message());
    fit(&table, data);
    cr_assert_eq(gan_evaluate(val, &(gan_evaluate_opt){ .size = SIZE, .batch = 16 }, predict_table, &table, &by_table),
                 0, "%s", gan_error_message());
    train(data, val, &by_network);
    double of_table = by_table.mean.psnr - by_table.gray.psnr;
    double of_network = by_network.mean.psnr - by_network.gray.psnr;
    fprintf(stderr, "over gray: table %.2f dB, network %.2f dB\n", of_table, of_network);
    cr_assert_gt(of_table, 0, "the table is worse than gray: it was not fitted");
    cr_assert_gt(of_network, 2 * of_table);
    gan_dataset_free(data);
    gan_dataset_free(val);
}
