/* Running statistics are a fading average of training, and of networks that have moved on since. Taken anew, they are
 * the plain mean over many batches of the finished one. */
#include <string.h>

#include "gan/colour.h"
#include "gan/freeze.h"
#include "gan/log.h"
#include "gan/mem.h"
#include "gan/plan.h"

struct recalibration {
    const gan_graph *g;
    gan_params *w;
    gan_plan *plan;
    int size, batch;
    uint8_t *rgb; /* one picture */
    float *x;     /* a batch */
    double **sum; /* per parameter; NULL: no running statistic */
    size_t batches;
};

static int is_statistic(const gan_graph *g, int i)
{
    return gan_graph_param(g, i)->kind == GAN_BUFFER;
}

static void release(struct recalibration *r)
{
    for (int i = 0; r->sum && i < gan_graph_params(r->g); i++) gan_mem_free(r->sum[i]);
    gan_mem_free(r->sum);
    gan_mem_free(r->rgb);
    gan_mem_free(r->x);
    gan_plan_free(r->plan);
}

static int init(struct recalibration *r)
{
    size_t pixels = (size_t)r->size * (size_t)r->size;
    gan_plan_opt o = { .batch = r->batch, .h = r->size, .w = r->size, .outputs = 1, .momentum = 1 };
    int statistics = 0;
    o.flags = GAN_BATCH_STATS | GAN_UPDATE_STATS;
    r->sum = gan_mem_alloc((size_t)gan_graph_params(r->g), sizeof *r->sum);
    for (int i = 0; r->sum && i < gan_graph_params(r->g); i++) {
        if (!is_statistic(r->g, i)) continue;
        if (!(r->sum[i] = gan_mem_alloc(gan_graph_param(r->g, i)->count, sizeof **r->sum))) return -1;
        statistics++;
    }
    if (r->sum && !statistics) return gan_error("there are no running statistics: the network has no batch norm");
    r->rgb = gan_mem_alloc(pixels, 3);
    r->x = gan_mem_alloc(pixels * (size_t)r->batch, sizeof *r->x);
    r->plan = gan_plan_new(r->g, r->w, &o);
    return r->sum && r->rgb && r->x && r->plan ? gan_plan_bind(r->plan, NULL, 0) : -1;
}

/* Adds what the plan has just made the statistics. */
static int add_statistics(struct recalibration *r)
{
    for (int i = 0; i < gan_graph_params(r->g); i++) {
        if (!is_statistic(r->g, i)) continue;
        size_t n = gan_graph_param(r->g, i)->count;
        float *v = gan_mem_alloc(n, sizeof *v);
        int bad = !v || gan_params_get(r->w, i, GAN_VALUES, v);
        for (size_t k = 0; !bad && k < n; k++) r->sum[i][k] += (double)v[k];
        gan_mem_free(v);
        if (bad) return -1;
    }
    r->batches++;
    return 0;
}

static int set_means(struct recalibration *r)
{
    for (int i = 0; i < gan_graph_params(r->g); i++) {
        if (!is_statistic(r->g, i)) continue;
        size_t n = gan_graph_param(r->g, i)->count;
        float *v = gan_mem_alloc(n, sizeof *v);
        for (size_t k = 0; v && k < n; k++) v[k] = (float)(r->sum[i][k] / (double)r->batches);
        int bad = !v || gan_params_set(r->w, i, GAN_VALUES, v);
        gan_mem_free(v);
        if (bad) return -1;
    }
    return 0;
}

static int run_batch(struct recalibration *r)
{
    gan_plan_put(r->plan, gan_graph_input_at(r->g, 0), 0, r->batch, r->x);
    return gan_plan_run(r->plan, GAN_FWD, (gan_step_key){ 0 }) || add_statistics(r) ? -1 : 0;
}

static int run(struct recalibration *r, const gan_dataset *d, gan_progress_fn *progress, void *ctx)
{
    size_t count = gan_dataset_count(d), pixels = (size_t)r->size * (size_t)r->size;
    int filled = 0;
    for (size_t i = 0; i < count; i++) {
        if (progress) progress(ctx, &(gan_progress){ "recalibrating", "", i, count });
        uint64_t failures = gan_mem_failures();
        if (gan_dataset_centre(d, i, r->size, r->rgb)) {
            if (gan_mem_failures() != failures) return -1;
            gan_log(GAN_LOG_WARN, "leaving out '%s': %s", gan_dataset_path(d, i), gan_error_message());
            continue;
        }
        gan_lab_normalise(r->rgb, pixels, r->x + (size_t)filled++ * pixels, NULL);
        if (filled < r->batch) continue;
        if (run_batch(r)) return -1;
        filled = 0;
    }
    if (!r->batches) return gan_error("%d usable pictures are fewer than a batch of %d", filled, r->batch);
    return set_means(r);
}

int gan_recalibrate(const gan_graph *g, gan_params *w, const gan_dataset *d, int size, int batch,
                    gan_progress_fn *progress, void *ctx)
{
    size_t count = gan_dataset_count(d);
    struct recalibration r = { .g = g, .w = w, .size = size };
    if (gan_graph_inputs(g) != 1 || gan_graph_node(g, gan_graph_input_at(g, 0))->dst.c != 1)
        return gan_error("%s: only networks that see L alone can be recalibrated", gan_graph_name(g));
    r.batch = (size_t)batch < count ? batch : (int)count;
    int result = init(&r) || run(&r, d, progress, ctx) ? -1 : 0;
    release(&r);
    return result;
}
