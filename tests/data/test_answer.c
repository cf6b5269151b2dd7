/* Tasks that colour gray pictures: whatever the space, luminance goes in and chroma comes out. */
#include <criterion/criterion.h>
#include <math.h>

#include "gan/colour.h"
#include "gan/error.h"
#include "gan/task.h"

enum { N = 1000 }; /* more than a block, and no multiple of one */

static gan_task task(const char *space, int restore)
{
    gan_config c;
    char text[128];
    snprintf(text, sizeof text, "[data]\ncolour_space = %s\nrestore_luminance = %s", space, restore ? "yes" : "no");
    cr_assert_eq(gan_config_parse(&c, "x", text, 0, NULL), 0, "%s", gan_error_message());
    return gan_task_of(&c);
}

static void paint(uint8_t *rgb, int gray)
{
    for (int i = 0; i < N; i++) {
        rgb[3 * i] = (uint8_t)(60 + i % 120);
        rgb[3 * i + 1] = (uint8_t)(gray ? rgb[3 * i] : 80 + i * 7 % 90);
        rgb[3 * i + 2] = (uint8_t)(gray ? rgb[3 * i] : 70 + i * 11 % 100);
    }
}

static const char *const spaces[] = { "lab", "yuv601", "yuv709", "hsv", "rgb" };

Test(answer, a_gray_picture_looks_as_in_training)
{
    static uint8_t rgb[3 * N];
    static float l[N], x[N], trained[N];
    paint(rgb, 1);
    gan_lab_normalise(rgb, N, l, NULL);
    for (size_t i = 0; i < 5; i++) {
        gan_task t = task(spaces[i], i == 4);
        gan_task_see(&t, l, N, x);
        t.space->split(rgb, N, trained, NULL);
        for (int k = 0; k < N; k++) cr_assert_float_eq(x[k], trained[k], 1e-4, "%s", spaces[i]);
    }
}

/* Hints go in as chroma and would come back as it. */
Test(answer, chroma_survives_every_space)
{
    static uint8_t rgb[3 * N];
    static float l[N], ab[2 * N], y[3 * N], x[N], back[2 * N];
    paint(rgb, 0);
    gan_lab_normalise(rgb, N, l, ab);
    for (size_t i = 0; i < 5; i++) {
        gan_task t = task(spaces[i], i == 4);
        double worst = 0;
        cr_expect(gan_task_colours(&t));
        t.space->split(rgb, N, x, NULL);
        gan_task_answer(&t, l, ab, N, y);
        gan_task_chroma(&t, x, y, N, back);
        for (int k = 0; k < 2 * N; k++) worst = fmax(worst, fabs((double)back[k] - (double)ab[k]));
        cr_expect_lt(worst, 0.02, "%s: %g", spaces[i], worst); /* 8 bits between */
    }
}

Test(answer, pictures_of_their_own_do_not_colour)
{
    gan_config c;
    gan_task own = task("rgb", 0);
    cr_expect_not(gan_task_colours(&own));
    cr_assert_eq(gan_config_parse(&c, "x", "[data]\ninput = lines\ncolour_space = rgb", 0, NULL), 0);
    own = gan_task_of(&c);
    cr_expect_not(gan_task_colours(&own));
}
