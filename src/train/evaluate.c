/* Pictures go in windows of `batch`; decoding and scoring run on all threads, generating in between. Figures are added
 * in the order of the data set, so they do not depend on the threads. */
#include "gan/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data/dataset.h"
#include "gan/colour.h"
#include "gan/error.h"
#include "gan/log.h"
#include "gan/mem.h"
#include "gan/metrics.h"
#include "gan/parallel.h"
#include "gan/progress.h"

struct picture {
    int failed, out_of_memory;
    char reason[256];
    gan_scores scores; /* of this picture alone */
};

struct window {
    const gan_dataset *data;
    const gan_evaluation *how;
    size_t pixels; /* of a picture */
    size_t first;  /* index of its first picture in the data set */
    struct picture *picture;
    size_t *number;              /* batch: of the pictures in the data set */
    uint8_t *rgb, *restored;     /* batch * pixels * 3: the truth, and what colours give with its L */
    float *x, *y, *fake;         /* batch * pixels, and twice that */
    float *relit_x;              /* batch * pixels */
    float *relit[GAN_LIGHTS];    /* batch * 2 * pixels; NULL if nobody wants them */
    float *gray;                 /* 2 * pixels of no colour */
    gan_ab_histogram coloured, truth; /* of all pictures so far */
};

static int window_init(struct window *w, const gan_dataset *d, const gan_evaluation *e, size_t batch)
{
    size_t pixels = (size_t)e->size * (size_t)e->size;
    *w = (struct window){ .data = d, .how = e, .pixels = pixels };
    w->picture = gan_mem_alloc(batch, sizeof *w->picture);
    w->number = gan_mem_alloc(batch, sizeof *w->number);
    w->rgb = gan_mem_alloc(batch, 3 * pixels);
    w->restored = gan_mem_alloc(batch, 3 * pixels);
    w->x = gan_mem_alloc(batch, pixels * sizeof *w->x);
    w->y = gan_mem_alloc(batch, 2 * pixels * sizeof *w->y);
    w->fake = gan_mem_alloc(batch, 2 * pixels * sizeof *w->fake);
    w->gray = gan_mem_alloc(2 * pixels, sizeof *w->gray);
    if (!w->picture || !w->number || !w->rgb || !w->restored || !w->x || !w->y || !w->fake || !w->gray) return -1;
    if (!e->thorough) return 0;
    w->relit_x = gan_mem_alloc(batch, pixels * sizeof *w->relit_x);
    if (!w->relit_x) return -1;
    for (int i = 0; i < GAN_LIGHTS; i++)
        if (!(w->relit[i] = gan_mem_alloc(batch, 2 * pixels * sizeof *w->relit[i]))) return -1;
    return 0;
}

static void window_release(struct window *w)
{
    void *owned[] = { w->picture, w->number, w->rgb, w->restored, w->x, w->y, w->fake, w->gray, w->relit_x };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) gan_mem_free(owned[i]);
    for (int i = 0; i < GAN_LIGHTS; i++) gan_mem_free(w->relit[i]);
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
    uint8_t *rgb = w->rgb + i * 3 * w->pixels;
    uint64_t refused = gan_mem_failures();
    note(&w->picture[i], gan_dataset_centre(w->data, w->first + i, w->how->size, rgb), refused);
    if (w->picture[i].failed) return;
    gan_lab_normalise(rgb, w->pixels, w->x + i * w->pixels, w->y + i * 2 * w->pixels);
}

/* What picture i becomes with colours `ab`, as figures see it. */
static gan_sample restore(const struct window *w, size_t i, const float *ab)
{
    uint8_t *restored = w->restored + i * 3 * w->pixels;
    gan_lab_restore(w->x + i * w->pixels, ab, w->pixels, restored);
    return (gan_sample){ .w = w->how->size,
                         .h = w->how->size,
                         .rgb = restored,
                         .truth = w->rgb + i * 3 * w->pixels,
                         .ab = ab,
                         .true_ab = w->y + i * 2 * w->pixels };
}

static int score_colours(const struct window *w, size_t i, gan_scores *s)
{
    gan_sample coloured = restore(w, i, w->fake + i * 2 * w->pixels);
    for (int k = 0; k < GAN_LIGHTS && w->relit[k]; k++) coloured.relit[k] = w->relit[k] + i * 2 * w->pixels;
    return gan_figures_of(&coloured, w->how->thorough, &s->mean);
}

static int score_gray(const struct window *w, size_t i, gan_scores *s)
{
    gan_sample gray = restore(w, i, w->gray);
    return gan_figures_of(&gray, w->how->thorough, &s->gray);
}

static int score_truth(const struct window *w, size_t i, gan_scores *s)
{
    gan_sample truth = restore(w, i, w->y + i * 2 * w->pixels);
    truth.rgb = truth.truth;
    return gan_figures_of(&truth, 0, &s->truth);
}

/* Leaves the coloured picture in w->restored. */
static void score(void *ctx, size_t i)
{
    struct window *w = ctx;
    struct picture *p = &w->picture[i];
    if (p->failed) return;
    uint64_t refused = gan_mem_failures();
    p->scores = (gan_scores){ .images = 1, .set_intersection = NAN };
    int failed = score_gray(w, i, &p->scores) || score_truth(w, i, &p->scores) || score_colours(w, i, &p->scores);
    note(p, failed, refused);
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

static void divide_figures(gan_figures *sum, gan_figures *count)
{
    const gan_figure *row;
    for (int i = 0; (row = gan_figure_at(i)); i++) *gan_figure_in(row, sum) /= *gan_figure_in(row, count);
}

static void add(struct sum *sum, gan_scores *s)
{
    add_figures(&sum->total.mean, &sum->mean, &s->mean);
    add_figures(&sum->total.gray, &sum->gray, &s->gray);
    add_figures(&sum->total.truth, &sum->truth, &s->truth);
    sum->total.images++;
}

static int settle_scores(struct window *w, size_t n, struct sum *sum)
{
    for (size_t i = 0; i < n; i++) {
        struct picture *p = &w->picture[i];
        if (p->out_of_memory) return gan_error("%s", p->reason);
        sum->total.skipped += p->failed != 0;
        if (p->failed) continue;
        add(sum, &p->scores);
        if (w->how->thorough) {
            gan_ab_histogram_add(&w->coloured, w->restored + i * 3 * w->pixels, w->pixels);
            gan_ab_histogram_add(&w->truth, w->rgb + i * 3 * w->pixels, w->pixels);
        }
        if (w->how->each && w->how->each(w->how->each_ctx, w->first + i, &p->scores)) return -1;
    }
    return 0;
}

/* The generator always gets a whole batch, so that one plan does for all: what is in the places beyond n, or of
 * unreadable pictures, does not reach the others. */
static int generate(struct window *w, size_t batch, gan_predict *predict, void *ctx)
{
    gan_task t = { (int)batch, w->how->size, w->x, w->y, w->number };
    for (size_t i = 0; i < batch; i++) w->number[i] = w->first + i;
    if (predict(ctx, &t, w->fake)) return -1;
    t.x = w->relit_x;
    for (int i = 0; i < GAN_LIGHTS && w->how->thorough; i++) {
        gan_relight(w->x, gan_lights[i], batch * w->pixels, w->relit_x);
        if (predict(ctx, &t, w->relit[i])) return -1;
    }
    return 0;
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

static gan_scores finish(const struct window *w, struct sum *sum)
{
    gan_scores s = sum->total;
    divide_figures(&s.mean, &sum->mean);
    divide_figures(&s.gray, &sum->gray);
    divide_figures(&s.truth, &sum->truth);
    s.set_intersection = w->how->thorough ? gan_ab_intersection(&w->coloured, &w->truth) : NAN;
    return s;
}

int gan_evaluate(const gan_dataset *d, const gan_evaluation *e, gan_predict *predict, void *ctx, gan_scores *out)
{
    double begin_s = gan_clock_s();
    size_t count = gan_dataset_count(d), each = (size_t)e->batch < count ? (size_t)e->batch : count;
    struct window w;
    struct sum sum = { 0 };
    int result = -1;
    GAN_ASSERT(e->size > 0 && e->batch > 0);
    if (window_init(&w, d, e, each)) goto done;
    for (; w.first < count; w.first += each) {
        size_t n = count - w.first < each ? count - w.first : each;
        if (run_window(&w, n, each, predict, ctx, &sum)) goto done;
    }
    if (!sum.total.images) {
        gan_error("no readable pictures in '%s': %zu could not be read", gan_dataset_name(d), sum.total.skipped);
        goto done;
    }
    *out = finish(&w, &sum);
    out->seconds = gan_clock_s() - begin_s;
    result = 0;
done:
    window_release(&w);
    return result;
}
