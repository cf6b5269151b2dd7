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
    gan_task task;
    int size, hints;
    size_t pixels;          /* of a picture */
    size_t inputs, outputs; /* floats of a picture's x and y */
    size_t first;           /* index of its first picture in the data set */
    struct picture *picture;
    uint8_t *target, *floor, *answer; /* batch * pixels * 3: the truth, the source as it is, what is generated */
    float *x, *y, *fake;
};

static int window_init(struct window *w, const gan_dataset *d, const gan_evaluate_opt *o, size_t batch)
{
    size_t pixels = (size_t)o->size * (size_t)o->size;
    *w = (struct window){ .data = d, .size = o->size, .hints = o->hints, .pixels = pixels };
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
    return w->picture && w->target && w->floor && w->answer && w->x && w->y && w->fake ? 0 : -1;
}

static void window_release(struct window *w)
{
    void *owned[] = { w->picture, w->target, w->floor, w->answer, w->x, w->y, w->fake };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) gan_mem_free(owned[i]);
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

static double mean_difference(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += fabs((double)a[i] - (double)b[i]);
    return sum / (double)n;
}

/* Mean |ab difference| / 110 of two pictures. */
static double chroma_difference(const uint8_t *p, const uint8_t *q, size_t n)
{
    enum { BLOCK = 256 };
    float a[2 * BLOCK], b[2 * BLOCK];
    double sum = 0;
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t count = n - at < BLOCK ? n - at : BLOCK;
        gan_lab_normalise(p + 3 * at, count, NULL, a);
        gan_lab_normalise(q + 3 * at, count, NULL, b);
        sum += mean_difference(a, b, 2 * count) * (double)count;
    }
    return sum / (double)n;
}

/* l1 and its floor: of the answer itself where it is ab, else of the pictures, so that spaces compare. */
static void score_chroma(const struct window *w, size_t i, gan_scores *s)
{
    const uint8_t *target = w->target + i * 3 * w->pixels;
    const float *y = w->y + i * w->outputs;
    if (w->task.space == gan_space_of(GAN_LAB)) {
        double sum = 0;
        for (size_t k = 0; k < w->outputs; k++) sum += fabs((double)y[k]);
        s->gray_l1 = sum / (double)w->outputs;
        s->l1 = mean_difference(w->fake + i * w->outputs, y, w->outputs);
        return;
    }
    s->gray_l1 = chroma_difference(w->floor + i * 3 * w->pixels, target, w->pixels);
    s->l1 = chroma_difference(w->answer + i * 3 * w->pixels, target, w->pixels);
}

static void score(void *ctx, size_t i)
{
    struct window *w = ctx;
    struct picture *p = &w->picture[i];
    if (p->failed) return;
    const uint8_t *target = w->target + i * 3 * w->pixels;
    uint8_t *answer = w->answer + i * 3 * w->pixels;
    gan_scores *s = &p->scores;
    uint64_t refused = gan_mem_failures();
    gan_task_picture(&w->task, w->x + i * w->inputs, w->fake + i * w->outputs, w->pixels, answer);
    s->gray_psnr = gan_metric_psnr(w->floor + i * 3 * w->pixels, target, w->pixels);
    s->psnr = gan_metric_psnr(answer, target, w->pixels);
    s->colourfulness = gan_metric_colourfulness(answer, w->pixels);
    s->colourfulness_true = gan_metric_colourfulness(target, w->pixels);
    score_chroma(w, i, s);
    note(p, gan_metric_ssim(answer, target, w->size, w->size, &s->ssim), refused);
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

static void add(gan_scores *sum, const gan_scores *s)
{
    sum->psnr += s->psnr;
    sum->ssim += s->ssim;
    sum->l1 += s->l1;
    sum->colourfulness += s->colourfulness;
    sum->colourfulness_true += s->colourfulness_true;
    sum->gray_psnr += s->gray_psnr;
    sum->gray_l1 += s->gray_l1;
    sum->images++;
}

static int settle_scores(const struct window *w, size_t n, gan_scores *sum)
{
    for (size_t i = 0; i < n; i++) {
        const struct picture *p = &w->picture[i];
        if (p->out_of_memory) return gan_error("%s", p->reason);
        if (p->failed)
            sum->skipped++;
        else
            add(sum, &p->scores);
    }
    return 0;
}

/* n pictures of a window that holds batch. The generator always gets a whole batch, so that one plan does for all: what
 * is in the places beyond n, or of unreadable pictures, does not reach the others. */
static int run_window(struct window *w, size_t n, size_t batch, gan_predict *predict, void *ctx, gan_scores *sum)
{
    size_t readable;
    gan_parallel_each(n, load, w);
    if (settle_loads(w, n, &readable)) return -1;
    if (readable && predict(ctx, (int)batch, w->x, w->fake)) return -1;
    gan_parallel_each(n, score, w);
    return settle_scores(w, n, sum);
}

static void divide(gan_scores *s)
{
    double *figures[] = { &s->psnr,      &s->ssim,   &s->l1, &s->colourfulness, &s->colourfulness_true,
                          &s->gray_psnr, &s->gray_l1 };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) *figures[i] /= (double)s->images;
}

int gan_evaluate(const gan_dataset *d, const gan_evaluate_opt *o, gan_predict *predict, void *ctx, gan_scores *out)
{
    double begin_s = gan_clock_s();
    size_t count = gan_dataset_count(d), each = (size_t)o->batch < count ? (size_t)o->batch : count;
    struct window w;
    gan_scores sum = { 0 };
    int result = -1;
    GAN_ASSERT(o->size > 0 && o->batch > 0);
    if (window_init(&w, d, o, each)) goto done;
    for (; w.first < count; w.first += each) {
        size_t n = count - w.first < each ? count - w.first : each;
        if (run_window(&w, n, each, predict, ctx, &sum)) goto done;
    }
    if (!sum.images) {
        gan_error("no readable pictures in '%s': %zu could not be read", gan_dataset_name(d), sum.skipped);
        goto done;
    }
    divide(&sum);
    sum.seconds = gan_clock_s() - begin_s;
    *out = sum;
    result = 0;
done:
    window_release(&w);
    return result;
}
