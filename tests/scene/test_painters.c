/* What scenes are painted with: noise, materials, the canvas, perspective. */
#include <criterion/criterion.h>
#include <math.h>

#include "scene/patch.h"
#include "scene/sky.h"

static struct gan_stage stage; /* too large for some stacks */

static void stage_init(int side)
{
    stage = (struct gan_stage){ .dice = { gan_rng_at(1, GAN_STREAM_TEST, 0), 0 }, .pixel = 2 / (float)side };
    cr_assert_eq(gan_canvas_init(&stage.canvas, side), 0);
    stage.canvas.width = side;
    stage.view = (struct gan_view){ .cx = 0.5f, .cy = 0.5f, .focal = 1, .eye = 2 };
    gan_noise_init(&stage.noise, stage.dice.rng, (uint64_t)1 << 32);
    gan_light_init(&stage.light, &stage.dice);
    gan_palette_init(&stage.palette, &stage.dice);
}

static int painted(int row, int column)
{
    return gan_canvas_row(&stage.canvas, row)[column].g > 0;
}

static int painted_count(void)
{
    int n = 0;
    for (int row = 0; row < stage.canvas.side; row++)
        for (int column = 0; column < stage.canvas.width; column++) n += painted(row, column);
    return n;
}

Test(noise, stays_in_range_and_is_continuous)
{
    struct gan_noise n;
    gan_noise_init(&n, gan_rng_at(1, GAN_STREAM_TEST, 0), 0);
    double sum = 0;
    for (int i = 0; i < 20000; i++) {
        float x = (float)i * 0.37f - 3000, y = (float)i * -0.11f, v = gan_noise_at(&n, x, y);
        cr_assert(v >= -1 && v <= 1);
        cr_assert_lt(fabsf(gan_noise_at(&n, x + 1 / 64.0f, y) - v), 4 / 64.0f);
        sum += v;
    }
    cr_assert_lt(fabs(sum / 20000), 0.05);
}

Test(noise, repeats_after_its_side)
{
    struct gan_noise n;
    gan_noise_init(&n, gan_rng_at(2, GAN_STREAM_TEST, 0), 0);
    for (int i = 0; i < 100; i++) {
        float x = (float)i * 0.625f, y = (float)i * 0.375f;
        cr_assert_float_eq(gan_noise_at(&n, x, y), gan_noise_at(&n, x - GAN_NOISE_SIDE, y + GAN_NOISE_SIDE), 1e-6);
    }
}

/* Octaves come and go without a step as the band moves, at powers of two too. */
Test(noise, detail_changes_little_with_its_band)
{
    struct gan_noise n;
    gan_noise_init(&n, gan_rng_at(3, GAN_STREAM_TEST, 0), 0);
    float unit = 0.1f;
    for (int i = 0; i < 600; i++, unit *= 1.01f) {
        struct gan_band band = { unit, unit / 9 }, next = { unit * 1.001f, unit * 1.001f / 9 };
        float here = gan_noise_detail(&n, 5.3f, 2.7f, 0.4f, band, 0.8f);
        cr_assert_lt(fabsf(gan_noise_detail(&n, 5.3f, 2.7f, 0.4f, next, 0.8f) - here), 0.02f, "at %g", (double)unit);
    }
}

Test(material, gives_back_light_and_never_takes_it)
{
    stage_init(32);
    for (int m = 0; m < GAN_MATERIALS; m++) {
        for (int i = 0; i < 5000; i++) {
            struct gan_spot at = { 0 };
            float depth = gan_dice_between(&stage.dice, 0.5f, 3000);
            at.u = gan_dice_between(&stage.dice, -500, 500);
            at.v = at.upright = gan_dice_between(&stage.dice, -500, 500);
            gan_stage_scale(&stage, &at, depth);
            struct gan_rgb c = gan_material_colour(&stage.palette, (enum gan_material)m, &stage.noise, &at);
            cr_assert(c.r >= 0 && c.g > 0 && c.b >= 0 && c.r < 2 && c.g < 2 && c.b < 2, "material %d", m);
        }
    }
    gan_canvas_release(&stage.canvas);
}

Test(canvas, box_takes_any_floats)
{
    stage_init(100);
    struct gan_box all = gan_canvas_box(&stage.canvas, -INFINITY, -1e30f, 1e30f, INFINITY);
    cr_assert(all.left == 0 && all.top == 0 && all.right == 100 && all.bottom == 100);
    struct gan_box none = gan_canvas_box(&stage.canvas, 2, -3, 5, -2);
    cr_assert(none.right <= none.left && none.bottom <= none.top);
    struct gan_box nan = gan_canvas_box(&stage.canvas, NAN, NAN, NAN, NAN);
    cr_assert(nan.left == 0 && nan.right == 0 && nan.top == 0 && nan.bottom == 0);
    gan_canvas_release(&stage.canvas);
}

Test(canvas, develops_black_gray_and_more_than_white)
{
    stage_init(4);
    static const float light[] = { 0, 0.2158605f, 0.5f, 50 };
    static const int code[] = { 0, 128, 188, 254 }; /* sRGB, the last compressed */
    for (int row = 0; row < 4; row++)
        for (int column = 0; column < 4; column++)
            gan_canvas_row(&stage.canvas, row)[column] = (struct gan_rgb){ light[row], light[row], light[row] };
    gan_image im;
    cr_assert_eq(gan_image_init(&im, 4, 4), 0);
    gan_canvas_develop(&stage.canvas, 1, &im);
    for (int i = 0; i < 48; i++) cr_assert_leq(abs(im.rgb[i] - code[i / 12]), 1, "%d: %d", i, im.rgb[i]);
    gan_image_release(&im);
    gan_canvas_release(&stage.canvas);
}

/* A wall 4 m wide and 3 m high, 10 m away, eye 2 m up, focal length 1: 0.4 by 0.3 of the picture. */
Test(patch, a_wall_stands_where_geometry_says)
{
    stage_init(100);
    struct gan_patch wall = {
        .origin = { -2, 0, 10 }, .across = { 1, 0, 0 }, .up = { 0, 1, 0 }, .right = 4, .top = 3, .material = GAN_PLASTER
    };
    gan_patch_paint(&stage, &wall);
    cr_assert_eq(painted_count(), 40 * 30);
    cr_assert(painted(40, 30) && painted(69, 69) && !painted(39, 30) && !painted(70, 69) && !painted(40, 29));
    gan_canvas_release(&stage.canvas);
}

Test(patch, is_not_seen_from_behind_nor_behind_the_viewer)
{
    stage_init(50);
    struct gan_patch back = { .origin = { 2, 0, 10 }, .across = { -1, 0, 0 }, .up = { 0, 1, 0 }, .right = 4, .top = 3 };
    gan_patch_paint(&stage, &back);
    struct gan_patch behind = {
        .origin = { -2, 0, -10 }, .across = { 1, 0, 0 }, .up = { 0, 1, 0 }, .right = 4, .top = 3
    };
    gan_patch_paint(&stage, &behind);
    cr_assert_eq(painted_count(), 0);
    gan_canvas_release(&stage.canvas);
}

Test(patch, the_ground_ends_at_the_horizon)
{
    stage_init(50);
    struct gan_patch ground = { .across = { 1, 0, 0 }, .up = { 0, 0, 1 }, .left = -1e6f, .right = 1e6f, .top = 1e6f };
    gan_patch_paint(&stage, &ground);
    cr_assert_eq(painted_count(), 25 * 50);
    cr_assert(painted(25, 0) && !painted(24, 49));
    gan_canvas_release(&stage.canvas);
}

Test(patch, masks_cut_a_triangle_and_an_ellipse)
{
    static const struct shape {
        gan_patch_mask *mask;
        double share;
    } shapes[] = { { gan_mask_gable, 0.5 }, { gan_mask_disc, 0.785398 } };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        stage_init(200);
        struct gan_patch p = { .origin = { -4, 0, 10 },
                               .across = { 1, 0, 0 },
                               .up = { 0, 1, 0 },
                               .right = 8,
                               .top = 4,
                               .mask = shapes[i].mask };
        gan_patch_paint(&stage, &p);
        cr_assert_float_eq(painted_count() / (160.0 * 80), shapes[i].share, 0.02);
        gan_canvas_release(&stage.canvas);
    }
}

Test(patch, shadows_darken_both_sides_and_only_themselves)
{
    for (int side = -1; side <= 1; side += 2) {
        stage_init(40);
        gan_sky_paint(&stage);
        for (int i = 0; i < 40 * GAN_CANVAS_STRIP; i++) stage.canvas.rgb[i] = (struct gan_rgb){ 1, 1, 1 };
        struct gan_patch p = {
            .origin = { 0, 0, 5 }, .across = { (float)side, 0, 0 }, .up = { 0, 0, 1 }, .left = -1, .right = 1, .top = 5
        };
        gan_patch_shadow(&stage, &p, 1);
        float in = gan_canvas_row(&stage.canvas, 30)[20].g, out = gan_canvas_row(&stage.canvas, 10)[20].g;
        cr_assert(in > 0 && in < 1 && out == 1, "%g %g", (double)in, (double)out);
        gan_canvas_release(&stage.canvas);
    }
}
