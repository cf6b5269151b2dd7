#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "data/photos.h"
#include "gan/data.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/photo.h"
#include "gan/task.h"

enum { SIZE = 16, PIXELS = SIZE * SIZE, BATCH = 2 };

static char a[PATH_BYTES], b[PATH_BYTES];

static void setup(void)
{
    make_folder(a);
    make_folder(b);
    warnings = 0;
    gan_log_to(count_warnings);
}

static void teardown(void)
{
    gan_log_to(NULL);
    remove_folder(a);
    remove_folder(b);
}

TestSuite(pairs, .init = setup, .fini = teardown);

static gan_task task(const char *text)
{
    gan_config c;
    cr_assert_eq(gan_config_parse(&c, "x", text, 0, NULL), 0, "%s", gan_error_message());
    return gan_task_of(&c);
}

/* A|B in one file: A gray, B in colour. */
static void put_halves(const char *name, int w, int h)
{
    char path[PATH_BYTES];
    gan_image im;
    join(path, a, name);
    cr_assert_eq(gan_image_init(&im, w, h), 0);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            uint8_t *p = im.rgb + 3 * (y * w + x);
            if (x < w / 2)
                memset(p, 100, 3);
            else
                memcpy(p, (uint8_t[]){ 200, 20, 60 }, 3);
        }
    cr_assert_eq(gan_image_save(&im, path), 0);
    gan_image_release(&im);
}

struct seen {
    float x[3 * PIXELS], y[3 * PIXELS];
    uint8_t target[3 * PIXELS], floor[3 * PIXELS];
};

static int view(const gan_dataset *d, size_t i, const gan_task *t, struct seen *s)
{
    gan_view_out out = { s->x, s->y, s->target, s->floor };
    return gan_dataset_view(d, i, t, SIZE, 0, &out);
}

Test(pairs, halves_are_source_and_target_either_way)
{
    static struct seen s;
    gan_task there = task("[data]\nlayout = halves\ncolour_space = rgb\ninput = rgb"), back = there;
    back.direction = GAN_B_TO_A;
    put_halves("1.png", 64, 32);
    gan_dataset *d = gan_dataset_open(a);
    cr_assert_eq(view(d, 0, &there, &s), 0, "%s", gan_error_message());
    cr_expect(s.floor[0] == 100 && s.target[0] == 200 && s.target[1] == 20);
    cr_assert_eq(view(d, 0, &back, &s), 0);
    cr_expect(s.floor[0] == 200 && s.target[0] == 100 && s.target[1] == 100);
    gan_dataset_free(d);
}

/* A gray PNG of 16 bits: two shades that 8 bits cannot tell apart, left and right. */
static void put_deep(const char *folder, const char *name, int w, int h)
{
    char path[PATH_BYTES];
    gan_photo p;
    join(path, folder, name);
    cr_assert_eq(gan_photo_init(&p, w, h, 16), 0);
    for (int i = 0; i < w * h; i++)
        for (int c = 0; c < 3; c++) p.rgb16[3 * i + c] = i % w < w / 2 ? 30000 : 30040;
    cr_assert_eq(gan_photo_save(&p, path, GAN_QUALITY), 0, "%s", gan_error_message());
    gan_photo_release(&p);
}

Test(pairs, sixteen_bits_of_gray_sources_are_kept)
{
    static struct seen s;
    gan_batch batch;
    gan_task t = task("[data]\nlayout = folders\ncolour_space = rgb");
    put_deep(a, "1.png", 40, 40);
    put_photo(b, "1.png", 40, 40, 1, 0);
    gan_dataset *d = gan_dataset_open_pairs(a, b);
    cr_assert_eq(view(d, 0, &t, &s), 0, "%s", gan_error_message());
    cr_expect_float_eq(s.x[1], t.space->tone(30000 / 65535.0), 1e-5);
    cr_expect_float_eq(s.x[SIZE - 2], t.space->tone(30040 / 65535.0), 1e-5);
    gan_loader_opt o = { .task = &t, .size = SIZE, .load_size = SIZE, .batch = 1 };
    gan_loader *l = gan_loader_new(d, &o);
    cr_assert(l && !gan_loader_batch(l, 0, &batch), "%s", gan_error_message());
    cr_expect_arr_eq(batch.x, s.x, PIXELS * sizeof(float));
    gan_loader_free(l);
    gan_dataset_free(d);
}

Test(pairs, an_odd_width_is_no_pair)
{
    static struct seen s;
    gan_task t = task("[data]\nlayout = halves\ncolour_space = rgb");
    put_halves("1.png", 65, 32);
    gan_dataset *d = gan_dataset_open(a);
    cr_assert_eq(view(d, 0, &t, &s), -1);
    cr_expect_str_eq(gan_error_message(), "'1.png' is 65 pixels wide: no two pictures side by side");
    gan_dataset_free(d);
}

Test(pairs, files_match_up_to_their_endings)
{
    make_subfolder(a, "s");
    make_subfolder(b, "s");
    put_photo(a, "s/1.png", 40, 30, 1, 1);
    put_photo(b, "s/1.jpg", 80, 60, 1, 0);
    put_photo(a, "a.png", 40, 30, 2, 1);
    put_photo(b, "a.png", 40, 30, 2, 0);
    put_photo(a, "a-b.png", 40, 30, 3, 1);
    put_photo(b, "a-b.png", 40, 30, 3, 0);
    put_photo(a, "alone.png", 40, 30, 4, 1);
    put_photo(b, "other.png", 40, 30, 4, 0);
    gan_dataset *d = gan_dataset_open_pairs(a, b);
    cr_assert(d, "%s", gan_error_message());
    cr_assert_eq(gan_dataset_count(d), 3);
    cr_expect_str_eq(gan_dataset_path(d, 0), "a-b.png");
    cr_expect_str_eq(gan_dataset_path(d, 2), "s/1.png");
    cr_expect_str_eq(gan_dataset_partner(d, 2) + strlen(b), "/s/1.jpg");
    cr_expect_eq(warnings, 1);
    cr_expect(strstr(last_warning, "1 files in"), "%s", last_warning);

    static struct seen s;
    gan_task t = task("[data]\nlayout = folders\ncolour_space = rgb\ninput = rgb");
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(view(d, i, &t, &s), 0, "%s", gan_error_message());
        cr_expect(s.floor[0] == s.floor[1] && s.target[2] != s.target[1], "source gray, target in colour");
    }
    gan_dataset *held = gan_dataset_hold_out(d);
    cr_assert(held);
    cr_assert_eq(view(held, 0, &t, &s), 0, "%s", gan_error_message());
    gan_dataset_free(held);
    gan_dataset_free(d);
}

Test(pairs, partners_of_another_shape_are_refused)
{
    static struct seen s;
    gan_task t = task("[data]\nlayout = folders\ncolour_space = rgb");
    put_photo(a, "1.png", 40, 30, 1, 1);
    put_photo(b, "1.png", 40, 40, 1, 0);
    gan_dataset *d = gan_dataset_open_pairs(a, b);
    cr_assert_eq(view(d, 0, &t, &s), -1);
    cr_expect_str_eq(gan_error_message(), "'1.png' and its partner differ in shape");
    gan_dataset_free(d);
}

Test(pairs, folders_without_a_pair_are_an_error)
{
    put_photo(a, "1.png", 40, 30, 1, 1);
    put_photo(b, "2.png", 40, 40, 1, 0);
    cr_expect_null(gan_dataset_open_pairs(a, b));
    cr_expect(strstr(gan_error_message(), "has a partner of its name in"), "%s", gan_error_message());
    cr_expect_null(gan_dataset_open_pairs(a, "/nonexistent"));
}

/* Views of source and target are of the same place, whatever the augmentation: the source is the target's red. */
Test(pairs, augmentation_moves_source_and_target_together)
{
    gan_batch batch;
    gan_task t = task("[data]\nlayout = folders\ncolour_space = rgb\ninput = rgb");
    for (unsigned i = 0; i < 4; i++) {
        char name[32];
        snprintf(name, sizeof name, "%u.png", i);
        put_photo(a, name, 40, 30, i, 0);
        put_photo(b, name, 40, 30, i, 0);
    }
    gan_dataset *d = gan_dataset_open_pairs(a, b);
    gan_loader_opt o = { .task = &t,
                         .size = SIZE,
                         .load_size = 24,
                         .batch = BATCH,
                         .augment = { .flip = 1, .rotate = 30, .shear = 0.2, .zoom = 0.2 } };
    gan_loader *l = gan_loader_new(d, &o);
    cr_assert(l, "%s", gan_error_message());
    for (uint64_t step = 0; step < 6; step++) {
        cr_assert_eq(gan_loader_batch(l, step, &batch), 0);
        cr_expect_arr_eq(batch.x, batch.y, 3 * PIXELS * BATCH * sizeof(float));
    }
    gan_loader_free(l);
    gan_dataset_free(d);
}

Test(pairs, unpaired_folders_go_their_own_ways_and_steps_are_functions)
{
    enum { N = 8, STEPS = 12 };
    static float first[STEPS][2], again[2];
    int together = 0;
    gan_batch batch;
    gan_task t = task("[data]\nlayout = unpaired\ncolour_space = rgb\ninput = rgb");
    put_photos(a, N);
    put_photos(b, N);
    gan_dataset *d = gan_dataset_open(a), *e = gan_dataset_open(b);
    gan_loader_opt o = { .task = &t, .size = SIZE, .load_size = SIZE, .batch = 1, .seed = 4 };
    gan_loader *l = gan_loader_new_unpaired(d, e, &o);
    cr_assert(l, "%s", gan_error_message());
    for (uint64_t step = 0; step < STEPS; step++) {
        cr_assert_eq(gan_loader_batch(l, step, &batch), 0);
        first[step][0] = batch.x[2 * PIXELS];
        first[step][1] = batch.y[2 * PIXELS];
        together += !memcmp(batch.x, batch.y, 3 * PIXELS * sizeof(float));
    }
    cr_expect_lt(together, STEPS / 2, "%d of %d", together, STEPS);
    cr_assert_eq(gan_loader_batch(l, 5, &batch), 0);
    again[0] = batch.x[2 * PIXELS];
    again[1] = batch.y[2 * PIXELS];
    cr_expect_arr_eq(again, first[5], sizeof again);
    gan_loader_free(l);
    gan_dataset_free(d);
    gan_dataset_free(e);
}

Test(pairs, survive_every_failing_allocation)
{
    static struct seen s;
    gan_task t = task("[data]\nlayout = folders\ncolour_space = rgb\ninput = lines");
    put_photo(a, "1.png", 40, 30, 1, 1);
    put_photo(b, "1.png", 40, 30, 1, 0);
    for (uint64_t n = 1, done = 0; !done; n++) {
        gan_mem_fail_at(n);
        gan_dataset *d = gan_dataset_open_pairs(a, b);
        done = d && !view(d, 0, &t, &s);
        gan_dataset_free(d);
        gan_mem_fail_at(0);
        cr_assert_lt(n, 1000);
    }
}
