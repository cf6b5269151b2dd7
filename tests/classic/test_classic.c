/* Every row of the table of methods: sizes, threads, memory, what they need; and each method's own idea. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gan/classic.h"
#include "gan/colour.h"
#include "gan/error.h"
#include "gan/image.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/rng.h"

enum { W = 70, H = 50, N = W * H, PATH_BYTES = 512 };

static char folder[64], reference[PATH_BYTES];

/* Above dark blue, below bright yellow, a little noise. */
static void paint(gan_image *im)
{
    cr_assert_eq(gan_image_init(im, 60, 48), 0);
    for (int i = 0; i < im->w * im->h; i++) {
        static const uint8_t colours[2][3] = { { 20, 40, 140 }, { 230, 210, 60 } };
        int shade = (int)gan_rng_below(gan_rng_at(1, GAN_STREAM_TEST, 1), (uint64_t)i, 21) - 10;
        for (int c = 0; c < 3; c++)
            im->rgb[3 * i + c] =
                (uint8_t)(colours[i / im->w >= im->h / 2][c] + (c < 2 || i / im->w < im->h / 2 ? shade : 0));
    }
}

static void save(const char *name, gan_image *im, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    cr_assert_eq(gan_image_save(im, path), 0, "%s", gan_error_message());
    gan_image_release(im);
}

static void setup(void)
{
    gan_image im;
    strcpy(folder, "/tmp/gan-classic-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    paint(&im);
    save("reference.png", &im, reference);
}

static void teardown(void)
{
    char command[128];
    gan_mem_fail_at(0);
    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(classic, .init = setup, .fini = teardown);

static gan_classic *open_method(const gan_classic_info *m)
{
    gan_classic *c =
        gan_classic_open(m->name, &(gan_classic_opt){ m->needs & GAN_NEEDS_REFERENCE ? reference : NULL, NULL });
    cr_assert(c, "%s: %s", m->name, gan_error_message());
    return c;
}

/* Dark above, bright below, as the reference. */
static void draw(int w, int h, float *x)
{
    for (int i = 0; i < w * h; i++)
        x[i] = (i / w >= h / 2 ? 0.7f : -0.6f) +
               0.05f * (float)gan_rng_uniform(gan_rng_at(1, GAN_STREAM_TEST, 2), (uint64_t)i);
}

static gan_scribbles scribbles(int w, int h)
{
    gan_scribbles s;
    cr_assert_eq(gan_scribbles_init(&s, w, h), 0);
    s.known[0] = s.known[w * h - 1] = 1;
    s.count = w * h > 1 ? 2 : 1;
    s.ab[0] = 0.3f;
    s.ab[w * h - 1] = -0.2f;
    return s;
}

static void run(const gan_classic *c, int w, int h, const float *x, float *y)
{
    gan_scribbles s = scribbles(w, h);
    cr_assert_eq(gan_classic_run(c, w, h, x, &s, y), 0, "%s", gan_error_message());
    gan_scribbles_release(&s);
}

#define EACH(m)                                                                                                        \
    const gan_classic_info *m;                                                                                         \
    for (int m##_i = 0; (m = gan_classic_at(m##_i)); m##_i++)

Test(classic, every_method_colours_any_size)
{
    static const int sizes[][2] = { { 1, 1 }, { 2, 1 }, { 1, 40 }, { 40, 1 }, { 3, 3 }, { W, H } };
    EACH(m)
    {
        gan_classic *c = open_method(m);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            int w = sizes[i][0], h = sizes[i][1];
            float x[N], y[2 * N];
            draw(w, h, x);
            run(c, w, h, x, y);
            for (int k = 0; k < 2 * w * h; k++) cr_assert(fabsf(y[k]) <= 1.2f, "%s: %f at %dx%d", m->name, y[k], w, h);
        }
        gan_classic_free(c);
    }
}

Test(classic, no_method_depends_on_threads_or_stops_at_flat_pictures)
{
    static float x[N], y[2][2 * N];
    EACH(m)
    {
        gan_classic *c = open_method(m);
        draw(W, H, x);
        for (int threads = 1; threads <= 2; threads++) {
            gan_parallel_use(2 * threads - 1);
            run(c, W, H, x, y[threads - 1]);
        }
        cr_assert_eq(memcmp(y[0], y[1], sizeof y[0]), 0, "%s", m->name);
        for (int shade = -1; shade <= 1; shade++) {
            for (int i = 0; i < N; i++) x[i] = (float)shade;
            run(c, W, H, x, y[0]);
            for (int k = 0; k < 2 * N; k++) cr_assert(isfinite(y[0][k]), "%s", m->name);
        }
        gan_classic_free(c);
    }
}

static int colour(const gan_classic_info *m, const gan_scribbles *s, gan_photo *p)
{
    gan_classic *c =
        gan_classic_open(m->name, &(gan_classic_opt){ m->needs & GAN_NEEDS_REFERENCE ? reference : NULL, NULL });
    int failed = !c || gan_classic_photo(c, p, s, 1);
    gan_classic_free(c);
    return failed;
}

Test(classic, lack_of_memory_anywhere_is_an_error)
{
    gan_photo p;
    cr_assert_eq(gan_photo_load(&p, reference), 0);
    gan_scribbles s = scribbles(p.w, p.h);
    EACH(m)
    {
        int failed = -1;
        for (uint64_t n = 1; failed; n++) {
            gan_mem_fail_at(n);
            failed = colour(m, &s, &p);
            gan_mem_fail_at(0);
            cr_assert(!failed || *gan_error_message(), "%s", m->name);
            cr_assert(!failed || n < 1000);
        }
    }
    gan_scribbles_release(&s);
    gan_photo_release(&p);
}

/* 16 bits stay, with the same colours; strength 0 is gray; the luminance is as it was. */
Test(classic, photographs_keep_their_depth_and_luminance)
{
    gan_photo p, deep;
    const gan_classic_info *rules = gan_classic_at(4);
    cr_assert_eq(gan_photo_load(&p, reference), 0);
    cr_assert_eq(gan_photo_init(&deep, p.w, p.h, 16), 0);
    size_t n = (size_t)p.w * (size_t)p.h;
    for (size_t i = 0; i < 3 * n; i++) deep.rgb16[i] = (uint16_t)(257 * p.rgb[i]);
    float before, after;
    gan_lab_from_rgb(p.rgb, 1, &before, NULL, NULL);
    cr_assert_eq(colour(rules, NULL, &p) || colour(rules, NULL, &deep), 0, "%s", gan_error_message());
    for (size_t i = 0; i < 3 * n; i++) cr_assert_leq(abs(deep.rgb16[i] - 257 * p.rgb[i]), 257);
    gan_lab_from_rgb(p.rgb, 1, &after, NULL, NULL);
    cr_assert_float_eq(before, after, 1);
    gan_classic *c = gan_classic_open("rules", &(gan_classic_opt){ 0 });
    cr_assert_eq(gan_classic_photo(c, &p, NULL, 0), 0);
    cr_assert_lt(gan_lab_mean_chroma(p.rgb, n), 0.1);
    gan_classic_free(c);
    gan_photo_release(&p);
    gan_photo_release(&deep);
}

static void refuses(const char *method, const char *path, const char *rules, const char *words)
{
    cr_assert_null(gan_classic_open(method, &(gan_classic_opt){ path, rules }));
    cr_assert(strstr(gan_error_message(), words), "'%s' does not say '%s'", gan_error_message(), words);
}

Test(classic, says_what_is_missing)
{
    char gray[PATH_BYTES], text[PATH_BYTES];
    gan_image im;
    cr_assert_eq(gan_image_init(&im, 20, 20), 0);
    memset(im.rgb, 130, 1200);
    save("gray.png", &im, gray);
    snprintf(text, sizeof text, "%s/text.png", folder);
    FILE *f = fopen(text, "w");
    fputs("no picture", f);
    fclose(f);
    refuses("magic", NULL, NULL, "'magic' is no method; there are: gray, levin, reinhard, welsh, regions, rules");
    refuses("rules", reference, NULL, "method 'rules' takes no reference picture");
    refuses("levin", NULL, "rules.ini", "method 'levin' takes no rules");
    EACH(m)
    {
        if (!(m->needs & GAN_NEEDS_REFERENCE)) continue;
        refuses(m->name, NULL, NULL, "needs a reference picture");
        refuses(m->name, "absent.png", NULL, "cannot open 'absent.png'");
        refuses(m->name, gray, NULL, "gray.png' has no colour to lend");
        refuses(m->name, text, NULL, "is not a PNG or JPEG file");
    }
}

/* One colour lent: every pixel of its luminance gets just that. */
Test(classic, reinhard_gives_a_reference_of_one_colour_back)
{
    gan_image im;
    char path[PATH_BYTES];
    float l, ab[2], x, y[2];
    cr_assert_eq(gan_image_init(&im, 8, 8), 0);
    for (int i = 0; i < 64; i++) memcpy(im.rgb + 3 * i, (const uint8_t[]){ 200, 120, 60 }, 3);
    gan_lab_from_rgb(im.rgb, 1, &l, &ab[0], &ab[1]);
    save("orange.png", &im, path);
    gan_classic *c = gan_classic_open("reinhard", &(gan_classic_opt){ path, NULL });
    cr_assert(c, "%s", gan_error_message());
    x = l / 50 - 1;
    cr_assert_eq(gan_classic_run(c, 1, 1, &x, NULL, y), 0);
    for (int i = 0; i < 2; i++) cr_assert_float_eq(110 * y[i], ab[i], 0.05, "%f, not %f", 110 * y[i], ab[i]);
    gan_classic_free(c);
}

/* The picture is built as the reference is: dark blue above, bright yellow below. */
Test(classic, welsh_and_regions_find_what_is_alike)
{
    static const char *names[] = { "welsh", "regions" };
    static float x[N], y[2 * N];
    draw(W, H, x);
    for (int k = 0; k < 2; k++) {
        gan_classic *c = gan_classic_open(names[k], &(gan_classic_opt){ reference, NULL });
        cr_assert(c, "%s", gan_error_message());
        run(c, W, H, x, y);
        for (int i = 0; i < N; i++) {
            float b = 110 * y[N + i];
            if (i / W == H / 2 || i / W == H / 2 - 1) continue; /* the border */
            cr_assert(i / W < H / 2 ? b < -30 : b > 40, "%s: b is %f in row %d", names[k], b, i / W);
        }
        gan_classic_free(c);
    }
}
