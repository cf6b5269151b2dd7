/* gan bench: the trainer's own step loop, timed, beside the floor: the run's own convolutions alone. */
#define _DEFAULT_SOURCE
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/ranks.h"
#include "cli/resident.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/progress.h"
#include "gan/recipes.h"
#include "gan/train.h"

struct options {
    gan_texts set;
    int json;
    int64_t steps;
};

static const gan_flag flags[] = {
    { "set", 0, GAN_FLAG_TEXTS, offsetof(struct options, set), "SECTION.KEY=VALUE", .help = "override the file" },
    { "steps", 0, GAN_FLAG_NUMBER, offsetof(struct options, steps), "N", 1, 100000,
      .help = "steps that are timed (default: 20)" },
    { "json", 0, GAN_FLAG_SWITCH, offsetof(struct options, json), NULL, .help = "one JSON object on stdout" },
    { 0 },
};

static const gan_syntax syntax = {
    "bench",
    "CONFIG",
    "Times training steps as `gan train` makes them, then the convolutions alone. Without "
    "photographs, procedural pictures are used.",
    flags,
    .least = 1,
    .most = 1,
    .computes = 1
};

enum {
    WARM_UP = 5 /* steps for each rank; procedural pictures are all drawn by then, or all but 0.7 % of them */,
    LEAST_RUNS = 5,
    MOST_RUNS = 200
};
static const double LEAST_S = 0.15; /* of each convolution's repetitions together */

struct result {
    double *ms; /* of every step after the warm-up; owned */
    int64_t steps, wanted, warm_up;
    double peak_mib, gflop, floor_s, wait;
    int batch, failed;
    gan_dist *dist; /* borrowed */
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Time of one operation: the lower quartile of many runs, after two that warm the caches. */
static int time_op(gan_plan *p, int i, double *seconds)
{
    double runs[MOST_RUNS], total = 0;
    gan_step_key key = { 0, 0 };
    int n = 0;
    for (int warm = 0; warm < 2; warm++)
        if (gan_plan_run_op(p, i, key)) return -1;
    while (n < LEAST_RUNS || (total < LEAST_S && n < MOST_RUNS)) {
        double begin = gan_clock_s();
        if (gan_plan_run_op(p, i, key)) return -1;
        runs[n] = gan_clock_s() - begin;
        total += runs[n++];
    }
    qsort(runs, (size_t)n, sizeof *runs, by_value);
    *seconds = runs[n / 4];
    return 0;
}

static int time_convolutions(const gan_recipe *r, struct result *out)
{
    for (int k = 0; k < r->plans; k++)
        for (int i = 0; i < gan_plan_ops(r->plan[k]); i++) {
            gan_plan_op op = gan_plan_op_at(r->plan[k], i);
            double seconds = 0;
            if (op.convolution && time_op(r->plan[k], i, &seconds)) return -1;
            out->gflop += op.flop / 1e9;
            out->floor_s += seconds;
        }
    return 0;
}

/* The floor is the usual kernels', whatever tuning chose for the steps. */
static int time_floor(const gan_recipe *r, struct result *out)
{
    gan_config usual = r->config;
    usual.run.tune = GAN_TUNE_OFF;
    if (r->config.run.tune == GAN_TUNE_OFF) return time_convolutions(r, out);
    gan_recipe *plain = gan_recipe_new(r->def, &usual);
    int failed = !plain || time_convolutions(plain, out);
    gan_recipe_free(plain);
    return failed ? -1 : 0;
}

static void listen(void *ctx, const gan_train_event *e)
{
    struct result *out = ctx;
    if (e->what == GAN_EVENT_STEP && (int64_t)e->step > out->warm_up && out->steps < out->wanted)
        out->ms[out->steps++] = e->ms;
    if (e->what != GAN_EVENT_END) return;
    out->peak_mib = gan_resident().peak_mib;
    out->wait = e->seconds > 0 ? e->wait_s / e->seconds : 0;
    out->failed = time_floor(e->recipe, out);
}

static void fail(void *ctx)
{
    const struct result *out = ctx;
    gan_ranks_end(out->dist);
}

static int measure(const gan_config *c, const char *folder, struct result *out)
{
    gan_dataset *synthetic = NULL;
    int ranks = gan_dist_size(out->dist);
    out->warm_up = WARM_UP * ranks;
    if (!c->data.train[0]) { /* each rank gets others in each epoch: one batch of them is soon known to all */
        size_t count = (size_t)c->train.batch * (ranks > 1 ? 1 : WARM_UP - 1);
        synthetic = gan_dataset_synthetic(count, (int)gan_config_load_size(c), 1);
        if (!synthetic) return -1;
    }
    gan_train_opt o = { .config = c,
                        .recipe = gan_recipe_find(c->train.recipe),
                        .dist = out->dist,
                        .folder = folder,
                        .measure = 1,
                        .data = synthetic,
                        .stop_after = (uint64_t)(out->wanted + out->warm_up),
                        .tell = listen,
                        .fail = fail,
                        .ctx = out };
    enum gan_train_end end = gan_train(&o);
    gan_dataset_free(synthetic);
    return end == GAN_TRAIN_FAILED || out->failed ? -1 : 0;
}

static void remove_run(const char *folder)
{
    static const char *const files[] = { "log.csv", "val.csv", "config.ini", "samples", "" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = gan_mem_printf("%s/%s", folder, files[i]);
        if (path) remove(path);
        gan_mem_free(path);
    }
}

/* -1 if it cannot be written. */
static int print(const struct result *r, int batch, int json)
{
    double step_s = r->ms[r->steps / 2] / 1e3;
    if (!json) {
        printf("step        %.4f s (median of %lld; %.4f to %.4f), %.2f images/s\n", step_s, (long long)r->steps,
               r->ms[0] / 1e3, r->ms[r->steps - 1] / 1e3, batch / step_s);
        printf("work        %.2f GFLOP, %.1f GFLOP/s\n", r->gflop, r->gflop / step_s);
        printf("floor       %.4f s: the convolutions alone; the step takes %.3f times that\n", r->floor_s,
               step_s / r->floor_s);
        printf("memory      %.0f MiB at its peak\n", r->peak_mib);
        printf("pictures    %.2f %% of the time is spent waiting for them\n", 100 * r->wait);
        return 0;
    }
    json_t *o =
        json_pack("{s:f s:f s:f s:f s:f s:f s:f s:I s:i}", "s_per_step", step_s, "images_per_s", batch / step_s,
                  "gflop", r->gflop, "gflops", r->gflop / step_s, "peak_rss_mib", r->peak_mib, "conv_floor_s",
                  r->floor_s, "wait", r->wait, "steps", (json_int_t)r->steps, "threads", gan_parallel_threads());
    int bad = !o || json_dumpf(o, stdout, JSON_REAL_PRECISION(7)) || putchar('\n') == EOF;
    json_decref(o);
    return bad ? gan_error("cannot write the result") : 0;
}

/* Within the ranks: times the steps of all; the first prints. 0, or -1 after a failure. */
static int bench(const gan_config *c, const struct options *o, gan_dist *d)
{
    struct result r = { .wanted = o->steps, .dist = d };
    char folder[] = "/tmp/gan-bench-XXXXXX";
    r.ms = gan_mem_alloc((size_t)o->steps, sizeof *r.ms);
    int bad = !r.ms || (!mkdtemp(folder) && gan_error("cannot make a folder like '%s'", folder));
    if (!bad) {
        bad = measure(c, folder, &r);
        remove_run(folder);
        qsort(r.ms, (size_t)r.steps, sizeof *r.ms, by_value);
    }
    if (!bad && !gan_dist_rank(d)) bad = print(&r, (int)c->train.batch, o->json);
    gan_mem_free(r.ms);
    return bad ? -1 : 0;
}

int gan_cmd_bench(int argc, char **argv)
{
    struct options o = { .steps = 20 };
    gan_arguments a;
    gan_dist *d;
    static gan_config c; /* large */
    int end = gan_parse(&syntax, argc, argv, &o, &a);
    if (end >= 0) return end;
    if (gan_ranks_open(&d)) return GAN_EXIT_FAILED;
    int bad = gan_ranks_load_config(&a, &o.set, d, &c);
    c.train.epochs = 1000000; /* as many steps as are asked for, however small the set */
    if (bad || bench(&c, &o, d)) return gan_ranks_failed(d);
    gan_dist_free(d);
    return GAN_EXIT_DONE;
}
