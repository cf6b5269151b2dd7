/* configs/alpha.ini learns one picture by heart, as in the article's first demonstration. */
#include <criterion/criterion.h>

#include <math.h>

#include "gan/colour.h"
#include "gan/data.h"
#include "gan/error.h"
#include "gan/recipes.h"

enum { SIDE = 64, PIXELS = SIDE * SIDE, STEPS = 250 };

Test(overfit, alpha_learns_one_picture_by_heart)
{
    static uint8_t rgb[3 * PIXELS];
    static float x[PIXELS], y[2 * PIXELS];
    static const char *const set[] = { "data.size=64", "data.load_size=64" };
    gan_config c;
    gan_dataset *d = gan_dataset_synthetic(1, SIDE, 3);
    cr_assert(d && !gan_dataset_centre(d, 0, SIDE, rgb), "%s", gan_error_message());
    gan_lab_normalise(rgb, PIXELS, x, y);
    cr_assert_eq(gan_config_load(&c, GAN_SOURCE_DIR "/configs/alpha.ini", 2, set), 0, "%s", gan_error_message());
    gan_recipe *r = gan_recipe_new(gan_recipe_find(c.train.recipe), &c);
    cr_assert(r, "%s", gan_error_message());
    gan_batch b = { .n = 1, .x = x, .y = y };
    double loss[GAN_MAX_LOSSES], gray = 0, last = 0;
    for (int i = 0; i < 2 * PIXELS; i++) gray += (double)(y[i] * y[i]) / (2 * PIXELS);
    for (int step = 0; step < STEPS; step++) {
        cr_assert_eq(gan_recipe_step(r, &b, c.optimizer.lr, loss), 0, "%s", gan_error_message());
        if (step >= STEPS - 10) last += loss[1] / 10; /* g_l2 */
    }
    cr_log_info("squared error %g, gray %g", last, gray);
    cr_expect(last < gray / 30, "squared error %g, of gray %g", last, gray);
    gan_recipe_free(r);
    gan_dataset_free(d);
}
