/* The inference API against gan's own plans and `gan colorize`, on several threads, and when things go wrong. */
#define _GNU_SOURCE
#include <criterion/criterion.h>

#include <math.h>
#include <pthread.h>
#include <unistd.h>

#include "colorize/models.h"
#include "gan/inference.h"
#include "gan/mem.h"
#include "gan/plan.h"

enum { SIZE = 32, N = 2, H = 48, W = 64, PIXELS = H * W, PHOTO_W = 75, PHOTO_H = 52, MOST_CHANNELS = 3 };

static const char config[] = "[data]\nsize = 32\n"
                             "[generator]\nfilters = 4\nlevels = 4\ninit = 0.2\n"
                             "[train]\nrecipe = regression\nbatch = 1\n";

static char folder[PATH_BYTES], model[PATH_BYTES];
static float x[N * MOST_CHANNELS * PIXELS], wanted[N * MOST_CHANNELS * PIXELS], got[N * MOST_CHANNELS * PIXELS];

static void setup(void)
{
    make_folder(folder);
    join(model, folder, "model.safetensors");
    save_model(model, config);
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) x[i] = sinf((float)(i * i % 107));
}

static void teardown(void)
{
    gan_mem_fail_at(0);
    remove_folder(folder);
}

TestSuite(inference, .init = setup, .fini = teardown);

static gan_inference *open_file(const char *path)
{
    gan_inference *f = gan_inference_open(path);
    cr_assert(f, "%s: %s", path, gan_error_message());
    return f;
}

/* What a plan of the graph makes of x. */
static void run_plan(const gan_graph *g, gan_params *w, float *y)
{
    gan_plan *p = gan_plan_new(g, w, &(gan_plan_opt){ .batch = N, .h = H, .w = W });
    cr_assert(p && !gan_plan_bind(p, NULL, 0), "%s", gan_error_message());
    gan_id out = gan_graph_output_at(g, 0);
    gan_plan_put(p, gan_graph_input_at(g, 0), 0, N, x);
    cr_assert_eq(gan_plan_run(p, GAN_FWD, (gan_step_key){ 0 }), 0, "%s", gan_error_message());
    memcpy(y, gan_plan_dst(p, out), (size_t)N * (size_t)gan_plan_shape(p, out).c * PIXELS * sizeof *y);
    gan_plan_free(p);
}

static void expect_near(const char *path, size_t n, float tolerance)
{
    for (size_t i = 0; i < n; i++)
        cr_assert_float_eq(got[i], wanted[i], tolerance, "%s: %g, not %g", path, (double)got[i], (double)wanted[i]);
}

/* The checkpoint's own graph, batch norm and all, run as the trainer evaluates it. */
Test(inference, a_checkpoint_is_what_its_own_plan_computes)
{
    gan_config c;
    gan_graph *g;
    gan_params *w;
    cr_assert_eq(gan_checkpoint_generator(model, &c, &g, &w), 0, "%s", gan_error_message());
    run_plan(g, w, wanted);
    gan_params_free(w);
    gan_graph_free(g);
    gan_inference *f = open_file(model);
    cr_assert_eq(gan_inference_run(f, N, H, W, x, got), 0, "%s", gan_error_message());
    expect_near(model, N * 2 * PIXELS, 1e-5f);
    gan_inference_close(f);
}

static const struct file {
    const char *name;
    gan_export_opt o;
    const char *io, *norm;
    int channels_in, channels_out, multiple;
} files[] = {
    { "lab.onnx", { 0 }, "lab", "running", 1, 2, 16 },
    { "rgb.onnx", { .io = GAN_IO_RGB }, "rgb", "running", 3, 3, 16 },
    { "fixed.onnx", { .h = H, .w = W }, "lab", "running", 1, 2, 1 },
    { "instance.onnx", { .norm = GAN_FREEZE_INSTANCE }, "lab", "instance", 1, 2, 16 },
};
enum { FILES = sizeof files / sizeof *files };

static void export_file(const struct file *at, char path[PATH_BYTES])
{
    join(path, folder, at->name);
    export_model(path, model, &at->o);
}

Test(inference, exported_files_are_what_their_own_plans_compute)
{
    for (size_t i = 0; i < FILES; i++) {
        char path[PATH_BYTES];
        gan_exported e;
        export_file(&files[i], path);
        cr_assert_eq(gan_exported_open(&e, path), 0, "%s", gan_error_message());
        run_plan(e.frozen.graph, e.frozen.params, wanted);
        gan_exported_release(&e);
        gan_inference *f = open_file(path);
        for (int again = 0; again < 2; again++) {
            memset(got, 0, sizeof got);
            cr_assert_eq(gan_inference_run(f, N, H, W, x, got), 0, "%s", gan_error_message());
            expect_near(path, (size_t)(N * files[i].channels_out * PIXELS), 1e-5f);
        }
        gan_inference_close(f);
    }
}

Test(inference, info_tells_what_a_file_takes)
{
    for (size_t i = 0; i < FILES; i++) {
        char path[PATH_BYTES];
        export_file(&files[i], path);
        gan_inference *f = open_file(path);
        const gan_inference_facts *is = gan_inference_info(f);
        cr_expect_str_eq(is->io, files[i].io, "%s", path);
        cr_expect_str_eq(is->norm, files[i].norm, "%s", path);
        cr_expect_str_eq(is->model, "unet", "%s", path);
        cr_expect(is->in == files[i].channels_in && is->out == files[i].channels_out, "%s", path);
        cr_expect(is->h == files[i].o.h && is->w == files[i].o.w && is->size == SIZE, "%s", path);
        cr_expect(is->multiple == files[i].multiple && is->parameters > 1000, "%s", path);
        gan_inference_close(f);
    }
}

/* Another size, then the first again, and batches. */
Test(inference, sizes_come_and_go)
{
    gan_inference *f = open_file(model);
    cr_assert_eq(gan_inference_run(f, N, H, W, x, wanted), 0, "%s", gan_error_message());
    cr_assert_eq(gan_inference_run(f, 1, 16, 32, x, got), 0, "%s", gan_error_message());
    cr_assert_eq(gan_inference_run(f, 1, H, W, x + PIXELS, got + 2 * PIXELS), 0, "%s", gan_error_message());
    cr_assert_eq(gan_inference_run(f, 1, H, W, x, got), 0, "%s", gan_error_message());
    expect_near("one by one", N * 2 * PIXELS, 1e-5f);
    gan_inference_close(f);
}

static void expect_no_run(gan_inference *f, int n, int h, int w, const char *why)
{
    cr_expect_eq(gan_inference_run(f, n, h, w, x, got), -1, "%d of %dx%d", n, w, h);
    cr_expect(strstr(gan_error_message(), why), "%s", gan_error_message());
}

Test(inference, sizes_that_a_network_does_not_take_are_refused)
{
    char path[PATH_BYTES];
    gan_inference *f = open_file(model);
    static const int bad[][3] = { { 0, H, W }, { -1, H, W }, { 1, 0, W }, { 1, H, -16 }, { 1, 8, W }, { 1, H, 65 } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_no_run(f, bad[i][0], bad[i][1], bad[i][2], "multiples of 16");
    expect_no_run(f, 1, 1 << 30, 1 << 30, "");
    expect_no_run(f, 1 << 20, 1 << 12, 1 << 12, "");
    cr_assert_eq(gan_inference_run(f, N, H, W, x, got), 0, "%s", gan_error_message());
    gan_inference_close(f);
    export_file(&files[2], path);
    f = open_file(path);
    expect_no_run(f, 1, W, H, "64x48 only");
    expect_no_run(f, 0, H, W, "no 0 pictures");
    gan_inference_close(f);
}

static gan_image photo(void)
{
    gan_image im;
    cr_assert_eq(gan_image_init(&im, PHOTO_W, PHOTO_H), 0);
    paint(&im, 3, 0);
    return im;
}

/* The program itself, through PNG files. */
Test(inference, pictures_are_those_of_gan_colorize)
{
    char in[PATH_BYTES], out[PATH_BYTES], path[PATH_BYTES], command[4 * PATH_BYTES];
    uint8_t mine[3 * PHOTO_W * PHOTO_H];
    gan_image im = photo(), theirs;
    join(in, folder, "in.png");
    join(out, folder, "out.png");
    cr_assert_eq(gan_image_save(&im, in), 0, "%s", gan_error_message());
    for (size_t i = 0; i <= FILES; i++) {
        if (i) export_file(&files[i - 1], path);
        snprintf(command, sizeof command, "%s colorize '%s' '%s' -o '%s' >/dev/null", GAN_PROGRAM, i ? path : model, in,
                 out);
        cr_assert_eq(system(command), 0, "%s", command);
        cr_assert_eq(gan_image_load(&theirs, out, 0), 0, "%s", gan_error_message());
        gan_inference *f = open_file(i ? path : model);
        cr_assert_eq(gan_inference_rgb(f, PHOTO_W, PHOTO_H, im.rgb, mine), 0, "%s", gan_error_message());
        cr_expect_arr_eq(mine, theirs.rgb, sizeof mine, "%s", i ? path : model);
        memcpy(mine, im.rgb, sizeof mine);
        cr_assert_eq(gan_inference_rgb(f, PHOTO_W, PHOTO_H, mine, mine), 0, "%s", gan_error_message());
        cr_expect_arr_eq(mine, theirs.rgb, sizeof mine, "in place");
        gan_inference_close(f);
        gan_image_release(&theirs);
    }
    gan_image_release(&im);
}

Test(inference, what_is_no_picture_is_refused)
{
    uint8_t pixel[3] = { 1, 2, 3 };
    gan_inference *f = open_file(model);
    static const int bad[][2] = { { 0, 1 }, { 1, 0 }, { -1, 1 }, { 65501, 1 }, { 60000, 60000 } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_eq(gan_inference_rgb(f, bad[i][0], bad[i][1], pixel, pixel), -1, "row %zu", i);
    cr_expect_eq(gan_inference_rgb(f, 1, 1, pixel, pixel), 0, "%s", gan_error_message());
    gan_inference_close(f);
}

/* A network of another task can be run, but colours no pictures. */
Test(inference, other_tasks_are_run_but_colour_nothing)
{
    uint8_t pixel[3] = { 1, 2, 3 };
    save_model(model, "[data]\nsize = 32\ncolour_space = rgb\n[generator]\nfilters = 4\nlevels = 3\n");
    gan_inference *f = open_file(model);
    cr_expect_str_eq(gan_inference_info(f)->io, "task");
    cr_expect_eq(gan_inference_info(f)->out, 3);
    cr_expect_eq(gan_inference_run(f, N, H, W, x, got), 0, "%s", gan_error_message());
    cr_expect_eq(gan_inference_rgb(f, 1, 1, pixel, pixel), -1);
    gan_inference_close(f);
}

Test(inference, nothing_open_is_an_error_and_no_crash)
{
    uint8_t pixel[3] = { 0 };
    gan_inference_close(NULL);
    cr_expect_null(gan_inference_info(NULL));
    cr_expect_eq(gan_inference_run(NULL, N, H, W, x, got), -1);
    cr_expect_eq(gan_inference_rgb(NULL, 1, 1, pixel, pixel), -1);
    cr_expect_str_eq(gan_error_message(), "no network is open");
}

Test(inference, files_that_cannot_be_opened_are_named)
{
    char path[PATH_BYTES];
    export_file(&files[1], path);
    cr_assert_eq(truncate(path, 5000), 0);
    cr_expect_null(gan_inference_open(path));
    cr_expect(strstr(gan_error_message(), path), "%s", gan_error_message());
    join(path, folder, "absent.onnx");
    cr_expect_null(gan_inference_open(path));
    cr_expect(strstr(gan_error_message(), path), "%s", gan_error_message());
    cr_expect_null(gan_inference_open(folder));
    put_text(folder, "text.safetensors", "no model, but long enough to have a head of its own");
    join(path, folder, "text.safetensors");
    cr_expect_null(gan_inference_open(path));
}

/* Threads */

enum { THREADS = 4, ROUNDS = 6 };

struct worker {
    pthread_t thread;
    const char *path;
    int number, failed;
    float y[N * MOST_CHANNELS * PIXELS]; /* of the last round */
    uint8_t rgb[3 * PHOTO_W * PHOTO_H];
    char message[64]; /* of an error of its own */
};

/* Opens, runs, colours and fails, as long as the others do. */
static void *work(void *ctx)
{
    struct worker *me = ctx;
    char absent[64];
    gan_image im = { 0 };
    gan_inference *f = gan_inference_open(me->path);
    me->failed = !f || gan_image_init(&im, PHOTO_W, PHOTO_H);
    if (!me->failed) paint(&im, (unsigned)me->number, 0);
    for (int i = 0; i < ROUNDS && !me->failed; i++) {
        snprintf(absent, sizeof absent, "/absent-%d", me->number);
        int other = gan_inference_info(f)->h ? H : 16 << (i + me->number) % 2; /* a plan of another size in between */
        me->failed = gan_inference_run(f, 1, other, W, x, me->y) != 0;
        me->failed |= gan_inference_run(f, N, H, W, x, me->y) || gan_inference_open(absent);
        snprintf(me->message, sizeof me->message, "%s", gan_error_message());
        me->failed |= gan_inference_rgb(f, PHOTO_W, PHOTO_H, im.rgb, me->rgb) != 0;
    }
    gan_image_release(&im);
    gan_inference_close(f);
    return NULL;
}

Test(inference, handles_of_different_threads_do_not_disturb_each_other)
{
    static struct worker together[THREADS], alone;
    char path[THREADS][PATH_BYTES];
    for (int i = 0; i < THREADS; i++) {
        export_file(&files[i % FILES], path[i]);
        together[i] = (struct worker){ .path = path[i], .number = i };
        cr_assert_eq(pthread_create(&together[i].thread, NULL, work, &together[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(together[i].thread, NULL);
    for (int i = 0; i < THREADS; i++) {
        char name[16];
        alone = (struct worker){ .path = path[i], .number = i };
        work(&alone);
        cr_expect(!alone.failed && !together[i].failed);
        cr_expect_arr_eq(together[i].y, alone.y, sizeof alone.y, "thread %d", i);
        cr_expect_arr_eq(together[i].rgb, alone.rgb, sizeof alone.rgb, "thread %d", i);
        snprintf(name, sizeof name, "absent-%d", i);
        cr_expect(strstr(together[i].message, name), "%s", together[i].message);
    }
}

/* Memory */

static int use(const char *path, const gan_image *im, uint8_t *rgb)
{
    gan_inference *f = gan_inference_open(path);
    int failed = !f || gan_inference_run(f, 1, H, W, x, got) || gan_inference_rgb(f, im->w, im->h, im->rgb, rgb);
    gan_inference_close(f);
    return failed;
}

Test(inference, lack_of_memory_anywhere_is_an_error)
{
    uint8_t rgb[3 * PHOTO_W * PHOTO_H];
    gan_image im = photo();
    for (size_t i = 0; i < 2; i++) {
        char path[PATH_BYTES];
        uint64_t n = 0;
        export_file(&files[i], path);
        for (int failed = 1; failed; n += 1 + n / 40) {
            gan_mem_fail_at(n + 1);
            failed = use(path, &im, rgb);
            gan_mem_fail_at(0);
            cr_assert(!failed || *gan_error_message());
        }
        cr_expect_gt(n, 100);
    }
    gan_image_release(&im);
}

Test(inference, warm_runs_allocate_nothing)
{
    gan_inference *f = open_file(model);
    cr_assert_eq(gan_inference_run(f, N, H, W, x, got), 0);
    gan_mem_fail_at(1);
    cr_expect_eq(gan_inference_run(f, N, H, W, x, got), 0, "%s", gan_error_message());
    gan_mem_fail_at(0);
    gan_inference_close(f);
}
