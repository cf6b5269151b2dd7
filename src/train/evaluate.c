/* Pictures go in windows of `batch`; decoding and scoring run on all threads, generating in between. Figures are added
 * in the order of the data set, so they do not depend on the threads. */
#include "gan/evaluate.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "data/dataset.h"
#include "gan/error.h"
#include "gan/log.h"
#include "gan/mem.h"
#include "gan/metrics.h"
#include "gan/parallel.h"
#include "gan/progress.h"
#include "train/relight.h"

struct picture {
    int failed, out_of_memory;
    char reason[256];
    gan_scores scores; /* of this picture alone */
};

struct window {
    const gan_dataset *data;
    gan_task task;
    int size, hints;
    size_t pixels;          /* of a picture */
    size_t inputs, outputs; /* floats of a picture's x and y */
    size_t first;           /* index of its first picture in the data set */
    struct picture *picture;
    size_t *number;                   /* of the pictures in the data set */
    uint8_t *target, *floor, *answer; /* batch * pixels * 3: the truth, the source as it is, what is generated */
    float *x, *y, *fake;
    float *gray; /* outputs of one picture: no colour */
    const gan_evaluate_opt *how;
    gan_relighting relighting;
    gan_ab_histogram coloured, truth; /* of all answers and targets so far, if thorough */
};

static int window_init(struct window *w, const gan_dataset *d, const gan_evaluate_opt *o, size_t batch)
{
    size_t pixels = (size_t)o->size * (size_t)o->size;
    *w = (struct window){ .data = d, .size = o->size, .hints = o->hints, .pixels = pixels, .how = o };
    w->task = o->task ? *o->task : gan_task_default();
    w->inputs = pixels * (size_t)w->task.inputs;
    w->outputs = pixels * (size_t)w->task.outputs;
    w->picture = gan_mem_alloc(batch, sizeof *w->picture);
    w->target = gan_mem_alloc(batch, 3 * pixels);
    w->floor = gan_mem_alloc(batch, 3 * pixels);
    w->answer = gan_mem_alloc(batch, 3 * pixels);
    w->x = gan_mem_alloc(batch, w->inputs * sizeof *w->x);
    w->y = gan_mem_alloc(batch, w->outputs * sizeof *w->y);
    w->fake = gan_mem_alloc(batch, w->outputs * sizeof *w->fake);
    w->number = gan_mem_alloc(batch, sizeof *w->number);
    w->gray = gan_mem_alloc(w->outputs, sizeof *w->gray);
    if (!w->picture || !w->target || !w->floor || !w->answer || !w->x || !w->y || !w->fake || !w->number || !w->gray)
        return -1;
    return o->relight ? gan_relighting_init(&w->relighting, &w->task, pixels, batch) : 0;
}

static void window_release(struct window *w)
{
    void *owned[] = { w->picture, w->target, w->floor, w->answer, w->x, w->y, w->fake, w->number, w->gray };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) gan_mem_free(owned[i]);
    gan_relighting_release(&w->relighting);
}

/* Notes whether work on a picture has failed, and whether for lack of memory: that says nothing about the file. */
static void note(struct picture *p, int failed, uint64_t refused)
{
    p->failed = failed;
    p->out_of_memory = failed && gan_mem_failures() != refused;
    if (failed) snprintf(p->reason, sizeof p->reason, "%s", gan_error_message());
}

static void load(void *ctx, size_t i)
{
    struct window *w = ctx;
    size_t at = 3 * w->pixels * i;
    uint64_t refused = gan_mem_failures();
    gan_view_out out = { w->x + i * w->inputs, w->y + i * w->outputs, w->target + at, w->floor + at };
    note(&w->picture[i], gan_dataset_view(w->data, w->first + i, &w->task, w->size, w->hints, &out), refused);
}

/* Picture i of the window as figures see it: rgb and its ab (of answers that are Lab). */
static gan_sample sample(const struct window *w, size_t i, const uint8_t *rgb, const float *ab)
{
    int is_lab = w->task.space == gan_space_of(GAN_LAB);
    return (gan_sample){ .w = w->size,
                         .h = w->size,
                         .rgb = rgb,
                         .truth = w->target + i * 3 * w->pixels,
                         .ab = is_lab ? ab : NULL,
                         .true_ab = is_lab ? w->y + i * w->outputs : NULL };
}

/* What the original itself has of the figures that are to be as near to that as possible. */
static int score_truth(const struct window *w, size_t i, gan_figures *f)
{
    gan_sample s = sample(w, i, w->target + i * 3 * w->pixels, w->y + i * w->outputs);
    const gan_figure *row;
    for (int k = 0; (row = gan_figure_at(k)); k++) {
        double *value = gan_figure_in(row, f);
        *value = NAN;
        if (row->better == GAN_AS_TRUE && row->of(&s, value)) return -1;
    }
    return 0;
}

static int score_picture(const struct window *w, size_t i, gan_scores *s)
{
    uint8_t *answer = w->answer + i * 3 * w->pixels;
    gan_sample floor = sample(w, i, w->floor + i * 3 * w->pixels, w->gray);
    gan_sample coloured = sample(w, i, answer, w->fake + i * w->outputs);
    gan_task_picture(&w->task, w->x + i * w->inputs, w->fake + i * w->outputs, w->pixels, answer);
    gan_relighting_pictures(&w->relighting, i, coloured.relit);
    *s = (gan_scores){ .images = 1, .set_intersection = NAN };
    if (gan_figures_of(&floor, w->how->thorough, &s->gray) || score_truth(w, i, &s->truth)) return -1;
    return gan_figures_of(&coloured, w->how->thorough, &s->mean);
}

static void score(void *ctx, size_t i)
{
    struct window *w = ctx;
    struct picture *p = &w->picture[i];
    uint64_t refused = gan_mem_failures();
    if (!p->failed) note(p, score_picture(w, i, &p->scores), refused);
}

/* Fails on lack of memory; counts and names what else could not be loaded. */
static int settle_loads(const struct window *w, size_t n, size_t *readable)
{
    *readable = 0;
    for (size_t i = 0; i < n; i++) {
        const struct picture *p = &w->picture[i];
        if (p->out_of_memory) return gan_error("%s", p->reason);
        if (p->failed) gan_log(GAN_LOG_WARN, "skipping '%s': %s", gan_dataset_path(w->data, w->first + i), p->reason);
        *readable += !p->failed;
    }
    return 0;
}

/* Sums, and over how many pictures. */
struct sum {
    gan_scores total;
    gan_figures mean, gray, truth; /* counts */
};

static void add_figures(gan_figures *sum, gan_figures *count, gan_figures *f)
{
    const gan_figure *row;
    for (int i = 0; (row = gan_figure_at(i)); i++) {
        double value = *gan_figure_in(row, f);
        if (isnan(value)) continue;
        *gan_figure_in(row, sum) += value;
        *gan_figure_in(row, count) += 1;
    }
}

/* What no picture has becomes NaN. */
static void divide_figures(gan_figures *sum, gan_figures *count)
{
    const gan_figure *row;
    for (int i = 0; (row = gan_figure_at(i)); i++) {
        double n = *gan_figure_in(row, count), *value = gan_figure_in(row, sum);
        *value = n > 0 ? *value / n : NAN;
    }
}

static void add(struct sum *sum, gan_scores *s)
{
    add_figures(&sum->total.mean, &sum->mean, &s->mean);
    add_figures(&sum->total.gray, &sum->gray, &s->gray);
    add_figures(&sum->total.truth, &sum->truth, &s->truth);
    sum->total.images++;
}

static int see_picture(const struct window *w, size_t i, gan_scores *s)
{
    const size_t at = i * 3 * w->pixels;
    gan_feature_distance *d = w->how->distance;
    if (!d) return 0;
    return gan_feature_distance_of(d, w->answer + at, w->target + at, &s->mean.feature_distance) ||
                   gan_feature_distance_of(d, w->floor + at, w->target + at, &s->gray.feature_distance)
               ? -1
               : 0;
}

static int settle_picture(struct window *w, size_t i, struct sum *sum)
{
    gan_scores *s = &w->picture[i].scores;
    if (see_picture(w, i, s)) return -1;
    add(sum, s);
    if (w->how->thorough) {
        gan_ab_histogram_add(&w->coloured, w->answer + i * 3 * w->pixels, w->pixels);
        gan_ab_histogram_add(&w->truth, w->target + i * 3 * w->pixels, w->pixels);
    }
    return w->how->each ? w->how->each(w->how->each_ctx, w->first + i, s) : 0;
}

static int settle_scores(struct window *w, size_t n, struct sum *sum)
{
    for (size_t i = 0; i < n; i++) {
        const struct picture *p = &w->picture[i];
        if (p->out_of_memory) return gan_error("%s", p->reason);
        sum->total.skipped += p->failed != 0;
        if (!p->failed && settle_picture(w, i, sum)) return -1;
    }
    return 0;
}

/* The generator always gets a whole batch, so that one plan does for all: what is in the places beyond the data set, or
 * of unreadable pictures, does not reach the others. */
static int generate(struct window *w, size_t batch, gan_predict *predict, void *ctx)
{
    gan_request q = { (int)batch, w->size, w->x, w->y, w->number };
    for (size_t i = 0; i < batch; i++) w->number[i] = w->first + i;
    if (predict(ctx, &q, w->fake)) return -1;
    return w->how->relight ? gan_relighting_run(&w->relighting, &q, w->floor, predict, ctx) : 0;
}

/* n pictures of a window that holds batch. */
static int run_window(struct window *w, size_t n, size_t batch, gan_predict *predict, void *ctx, struct sum *sum)
{
    size_t readable;
    gan_parallel_each(n, load, w);
    if (settle_loads(w, n, &readable)) return -1;
    if (readable && generate(w, batch, predict, ctx)) return -1;
    gan_parallel_each(n, score, w);
    return settle_scores(w, n, sum);
}

/* Sums of all ranks into each. */
static int add_ranks(gan_dist *d, struct sum *sum)
{
    enum { FIGURES = sizeof(gan_figures) / sizeof(double), SETS = 6 };
    gan_figures *all[SETS] = { &sum->total.mean, &sum->total.gray, &sum->total.truth,
                               &sum->mean,       &sum->gray,       &sum->truth };
    double v[SETS * FIGURES + 2] = { (double)sum->total.images, (double)sum->total.skipped };
    for (size_t i = 0; i < SETS; i++) memcpy(v + 2 + i * FIGURES, all[i], sizeof *all[i]);
    if (gan_dist_sum(d, v, sizeof v / sizeof *v)) return -1;
    for (size_t i = 0; i < SETS; i++) memcpy(all[i], v + 2 + i * FIGURES, sizeof *all[i]);
    sum->total.images = (size_t)v[0];
    sum->total.skipped = (size_t)v[1];
    return 0;
}

static gan_scores finish(const struct window *w, struct sum *sum)
{
    gan_scores s = sum->total;
    divide_figures(&s.mean, &sum->mean);
    divide_figures(&s.gray, &sum->gray);
    divide_figures(&s.truth, &sum->truth);
    s.set_intersection = w->how->thorough ? gan_ab_intersection(&w->coloured, &w->truth) : NAN;
    return s;
}

int gan_evaluate(const gan_dataset *d, const gan_evaluate_opt *o, gan_predict *predict, void *ctx, gan_scores *out)
{
    double begin_s = gan_clock_s();
    size_t count = gan_dataset_count(d), each = (size_t)o->batch < count ? (size_t)o->batch : count;
    struct window w;
    struct sum sum = { 0 };
    int result = -1;
    GAN_ASSERT(o->size > 0 && o->batch > 0);
    if (window_init(&w, d, o, each)) goto done;
    w.first = (size_t)gan_dist_rank(o->dist) * each;
    for (; w.first < count; w.first += each * (size_t)gan_dist_size(o->dist)) {
        size_t n = count - w.first < each ? count - w.first : each;
        if (run_window(&w, n, each, predict, ctx, &sum)) goto done;
    }
    if (add_ranks(o->dist, &sum)) goto done;
    if (!sum.total.images) {
        gan_error("no readable pictures in '%s': %zu could not be read", gan_dataset_name(d), sum.total.skipped);
        gan_dist_agree(o->dist, -1); /* it is so in all ranks */
        goto done;
    }
    *out = finish(&w, &sum);
    out->seconds = gan_clock_s() - begin_s;
    result = 0;
done:
    window_release(&w);
    return result;
}
