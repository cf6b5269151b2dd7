/* Video: frames through the network, and what keeps their colours steady. */
#define _GNU_SOURCE
#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "colorize/models.h"
#include "colorize/steady.h"
#include "gan/mem.h"

enum { W = 40, H = 24, LUMA = W * H, CHROMA = LUMA / 2, FRAME = 6 + LUMA + CHROMA, MOST = 12 };

static const char config[] = "[data]\nsize = 16\n"
                             "[generator]\nfilters = 4\nlevels = 3\ninit = 0.12\n"
                             "[train]\nrecipe = regression\nbatch = 1\n";
static const char head[] = "YUV4MPEG2 W40 H24 F25:1 C420jpeg\n";

static char folder[PATH_BYTES];
static gan_colorizer *c;

static void setup(void)
{
    make_folder(folder);
    c = open_model(folder, config);
}

static void teardown(void)
{
    gan_mem_fail_at(0);
    gan_colorizer_free(c);
    remove_folder(folder);
}

TestSuite(film, .init = setup, .fini = teardown);

struct reel { /* a film in memory */
    char *at; /* free() */
    size_t n;
};

/* Frames of two scenes: the first `cut` are dark and flicker, the others are bright and move. */
static struct reel make_reel(int frames, int cut)
{
    struct reel r = { 0 };
    FILE *f = open_memstream(&r.at, &r.n);
    fputs(head, f);
    for (int k = 0; k < frames; k++) {
        uint8_t planes[LUMA + CHROMA];
        for (int i = 0; i < LUMA; i++) {
            double wave = sin((i % W + (k < cut ? 0 : k)) * 0.5) + cos((double)(i / W) * 0.3);
            planes[i] = (uint8_t)(k < cut ? 60 + 15 * wave + 6 * (k % 2) : 190 - 20 * wave);
        }
        memset(planes + LUMA, 33, CHROMA); /* not looked at */
        fputs("FRAME\n", f);
        fwrite(planes, 1, sizeof planes, f);
    }
    fclose(f);
    return r;
}

static int run(const gan_film *film, struct reel in, struct reel *out, uint64_t *frames)
{
    FILE *from = fmemopen(in.at, in.n, "rb"), *to = open_memstream(&out->at, &out->n);
    int failed = gan_colorize_film(c, film, "film", from, to, NULL, NULL, frames);
    fclose(from);
    fclose(to);
    return failed;
}

static struct reel colour(double smooth, struct reel in, uint64_t wanted)
{
    gan_film film = { gan_colouring_default(), smooth, GAN_BT601 };
    struct reel out = { 0 };
    uint64_t frames;
    cr_assert_eq(run(&film, in, &out, &frames), 0, "%s", gan_error_message());
    cr_assert_eq(frames, wanted);
    cr_assert_eq(out.n, in.n);
    return out;
}

static const char *frame_of(struct reel r, int k)
{
    return r.at + sizeof head - 1 + (size_t)k * FRAME;
}

static double mean_difference(const char *a, const char *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += abs((uint8_t)a[i] - (uint8_t)b[i]);
    return sum / (double)n;
}

Test(film, luma_stays_and_chroma_comes)
{
    struct reel in = make_reel(MOST, 5), out = colour(0, in, MOST);
    double chroma = 0;
    for (int k = 0; k < MOST; k++) {
        const char *a = frame_of(in, k), *b = frame_of(out, k);
        cr_assert_eq(memcmp(a, b, 6), 0);
        cr_assert_lt(mean_difference(a + 6, b + 6, LUMA), 10, "%f",
                     mean_difference(a + 6, b + 6, LUMA)); /* the same L is another Y in colour */
        for (int i = 0; i < CHROMA; i++) chroma += abs((uint8_t)b[6 + LUMA + i] - 128);
    }
    cr_assert_gt(chroma / (MOST * CHROMA), 3);
    free(in.at);
    free(out.at);
}

Test(film, without_strength_a_film_stays_gray)
{
    struct reel in = make_reel(3, 2), out = { 0 };
    gan_film film = { gan_colouring_default(), 0.5, GAN_BT709 };
    uint64_t frames;
    film.colouring.strength = 0;
    cr_assert_eq(run(&film, in, &out, &frames), 0, "%s", gan_error_message());
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < LUMA + CHROMA; i++) {
            int wanted = i < LUMA ? (uint8_t)frame_of(in, k)[6 + i] : 128;
            cr_assert_eq((uint8_t)frame_of(out, k)[6 + i], wanted, "frame %d, sample %d", k, i);
        }
    free(in.at);
    free(out.at);
}

/* Without smoothing a frame is coloured as if it were alone, whatever batch it is in. */
Test(film, frames_do_not_depend_on_each_other_without_smoothing)
{
    struct reel in = make_reel(MOST, 5), out = colour(0, in, MOST);
    for (int k = 0; k < MOST; k++) {
        struct reel one = { malloc(sizeof head - 1 + FRAME), sizeof head - 1 + FRAME };
        memcpy(one.at, head, sizeof head - 1);
        memcpy(one.at + sizeof head - 1, frame_of(in, k), FRAME);
        struct reel alone = colour(0, one, 1);
        for (int i = 0; i < FRAME; i++)
            cr_assert_leq(abs((uint8_t)frame_of(out, k)[i] - (uint8_t)frame_of(alone, 0)[i]), 1, "frame %d", k);
        free(one.at);
        free(alone.at);
    }
    free(in.at);
    free(out.at);
}

static double flicker(struct reel r, int from, int to)
{
    double sum = 0;
    for (int k = from + 1; k < to; k++)
        sum += mean_difference(frame_of(r, k) + 6 + LUMA, frame_of(r, k - 1) + 6 + LUMA, CHROMA);
    return sum;
}

Test(film, smoothing_calms_chroma_and_begins_anew_at_a_cut)
{
    enum { CUT = 6 };
    struct reel in = make_reel(MOST, CUT), rough = colour(0, in, MOST), calm = colour(0.8, in, MOST);
    cr_assert_lt(flicker(calm, 0, CUT), 0.6 * flicker(rough, 0, CUT), "%f of %f", flicker(calm, 0, CUT),
                 flicker(rough, 0, CUT));
    cr_assert_eq(memcmp(frame_of(calm, 0), frame_of(rough, 0), FRAME), 0);
    cr_assert_eq(memcmp(frame_of(calm, CUT), frame_of(rough, CUT), FRAME), 0, "the past shows behind the cut");
    cr_assert_neq(memcmp(frame_of(calm, CUT - 1), frame_of(rough, CUT - 1), FRAME), 0);
    struct reel all[] = { in, rough, calm };
    for (int i = 0; i < 3; i++) free(all[i].at);
}

Test(film, a_film_that_ends_early_keeps_its_whole_frames)
{
    struct reel in = make_reel(MOST, 5), whole = colour(0.5, in, MOST);
    gan_film film = { gan_colouring_default(), 0.5, GAN_BT601 };
    for (int k = 0; k < MOST; k += 5)
        for (int extra = 1; extra < FRAME; extra += 701) {
            struct reel cut = { in.at, sizeof head - 1 + (size_t)k * FRAME + (size_t)extra }, out = { 0 };
            uint64_t frames;
            cr_assert_eq(run(&film, cut, &out, &frames), -1);
            cr_assert(strstr(gan_error_message(), "ends within"), "%s", gan_error_message());
            cr_assert_eq(frames, (uint64_t)k);
            cr_assert_eq(out.n, sizeof head - 1 + (size_t)k * FRAME);
            cr_assert_lt(mean_difference(out.at, whole.at, out.n), 0.5);
            free(out.at);
        }
    free(in.at);
    free(whole.at);
}

Test(film, what_it_cannot_do_is_refused)
{
    struct reel in = make_reel(2, 1), out = { 0 };
    gan_film films[] = { { gan_colouring_default(), 1, GAN_BT601 },
                         { gan_colouring_default(), -0.1, GAN_BT601 },
                         { gan_colouring_default(), NAN, GAN_BT601 },
                         { gan_colouring_default(), 0, GAN_BT601 },
                         { gan_colouring_default(), 0, GAN_BT601 } };
    films[3].colouring.tile = 16;
    films[4].colouring.side = 1;
    uint64_t frames;
    for (size_t i = 0; i < 5; i++) {
        cr_assert_eq(run(&films[i], in, &out, &frames), -1, "%zu", i);
        cr_assert(*gan_error_message());
        cr_assert_eq(out.n, 0);
        free(out.at);
    }
    free(in.at);
}

Test(film, a_full_disk_is_an_error)
{
    struct reel in = make_reel(2, 1);
    gan_film film = { gan_colouring_default(), 0, GAN_BT601 };
    FILE *from = fmemopen(in.at, in.n, "rb"), *to = fopen("/dev/full", "wb");
    uint64_t frames;
    if (!to) cr_skip("no /dev/full");
    cr_assert_eq(gan_colorize_film(c, &film, "film", from, to, NULL, NULL, &frames), -1);
    cr_assert(strstr(gan_error_message(), "cannot write"), "%s", gan_error_message());
    fclose(from);
    fclose(to);
    free(in.at);
}

Test(film, lack_of_memory_anywhere_is_an_error)
{
    struct reel in = make_reel(2, 1);
    gan_film film = { gan_colouring_default(), 0.5, GAN_BT601 };
    uint64_t n = 0, frames;
    for (int failed = -1; failed;) {
        struct reel out = { 0 };
        gan_mem_fail_at(++n);
        failed = run(&film, in, &out, &frames);
        gan_mem_fail_at(0);
        cr_assert(!failed || *gan_error_message());
        free(out.at);
    }
    cr_assert_gt(n, 10);
    free(in.at);
}

/* The mixture itself */

Test(steady, a_frame_is_mixed_with_those_before_it)
{
    gan_steady s;
    float x[4] = { 0 }, ab[8];
    cr_assert_eq(gan_steady_init(&s, 4, 0.75), 0);
    double mixed = 0;
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < 8; i++) ab[i] = (float)k;
        cr_assert_eq(gan_steady_next(&s, x, ab), 0);
        mixed = k ? 0.75 * mixed + 0.25 * k : 0;
        for (int i = 0; i < 8; i++) cr_assert_float_eq(ab[i], mixed, 1e-6);
    }
    gan_steady_release(&s);
}

static int next(gan_steady *s, float base, float contrast, double phase)
{
    float x[100], ab[200] = { 0 };
    for (int i = 0; i < 100; i++) x[i] = base + contrast * (float)sin(i * 0.7 + phase);
    return gan_steady_next(s, x, ab);
}

Test(steady, a_cut_has_another_histogram_and_another_picture)
{
    static const struct {
        const char *what;
        float base, contrast;
        double phase;
        int cut;
    } cases[] = {
        { "the same", -0.4f, 0.2f, 0, 0 }, { "motion", -0.4f, 0.2f, 0.5, 0 },   { "another place", -0.4f, 0.2f, 3, 0 },
        { "flicker", -0.3f, 0.2f, 0, 0 },  { "fading", -0.7f, 0.1f, 0, 0 },     { "another picture", 0.4f, 0.2f, 3, 1 },
        { "a flat one", 0.9f, 0, 0, 1 },   { "beyond the range", 9, 20, 2, 1 }, { "below it", -9, 1, 2, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gan_steady s;
        cr_assert_eq(gan_steady_init(&s, 100, 0.5), 0);
        cr_assert_eq(next(&s, -0.4f, 0.2f, 0), 0, "the first frame is no cut");
        cr_expect_eq(next(&s, cases[i].base, cases[i].contrast, cases[i].phase), cases[i].cut, "%s", cases[i].what);
        cr_expect_eq(next(&s, cases[i].base, cases[i].contrast, cases[i].phase), 0, "%s, again", cases[i].what);
        gan_steady_release(&s);
    }
}
