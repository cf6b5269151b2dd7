#define _GNU_SOURCE
#include "data/loader.h"

#include <time.h>

#include "data/augment.h"
#include "data/index.h"
#include "gan/error.h"
#include "gan/log.h"
#include "gan/mem.h"
#include "gan/parallel.h"

enum { PER_THREAD = 4 }; /* pictures decoded together, so that a large one among them does not idle the other threads */

static int check(const gan_loader_opt *o)
{
    if (o->size < 1 || o->size > GAN_IMAGE_MAX_SIDE) return gan_error("cannot crop pictures of side %d", o->size);
    if (o->load_size < o->size || o->load_size > GAN_IMAGE_MAX_SIDE)
        return gan_error("cannot crop %d pixels from pictures whose short side is %d", o->size, o->load_size);
    if (o->batch < 1) return gan_error("cannot make batches of %d pictures", o->batch);
    if (o->first < 0 || o->count < 0 || o->first >= o->batch || o->count > o->batch - o->first)
        return gan_error("a batch of %d has no pictures %d to %d", o->batch, o->first, o->first + o->count - 1);
    size_t pixels = (size_t)o->size * (size_t)o->size;
    if ((size_t)o->batch > SIZE_MAX / 64 / pixels) return gan_error("batches of %d pictures are too large", o->batch);
    return 0;
}

/* Whole batches, or their parts, so that a window that has been used up begins at a batch. */
static uint32_t window_of(uint32_t n)
{
    uint32_t least = PER_THREAD * (uint32_t)gan_parallel_threads();
    return (least + n - 1) / n * n;
}

static size_t budget_of(size_t mib)
{
    return mib < SIZE_MAX >> 20 ? mib << 20 : SIZE_MAX;
}

static int make_arrays(struct gan_loader *l)
{
    const gan_task *t = &l->task;
    size_t batch = l->count, pixels = batch * (size_t)l->opt.size * (size_t)l->opt.size;
    size_t scratch = batch * gan_task_scratch(t, l->opt.size, l->opt.size);
    int paired = t->layout == GAN_HALVES || t->layout == GAN_FOLDERS;
    l->want = gan_mem_alloc(l->window, sizeof *l->want);
    l->decode = gan_mem_alloc(l->window, sizeof *l->decode);
    l->x = gan_mem_alloc_large((size_t)t->inputs * pixels * sizeof *l->x);
    l->y = gan_mem_alloc_large((size_t)t->outputs * pixels * sizeof *l->y);
    l->target = gan_mem_alloc_large(3 * pixels);
    l->source = paired ? gan_mem_alloc_large(3 * pixels) : NULL;
    l->deep = paired ? gan_mem_alloc_large(pixels * sizeof *l->deep) : NULL;
    l->scratch = gan_mem_alloc_large((scratch + 1) * sizeof *l->scratch);
    if (!l->want || !l->decode || !l->x || !l->y || !l->target || !l->scratch) return -1;
    return paired && (!l->source || !l->deep) ? -1 : 0;
}

static int make(struct gan_loader *l, const gan_loader_opt *opt)
{
    size_t count = gan_dataset_count(l->data);
    l->opt = *opt;
    l->opt.index = NULL;
    l->opt.task = NULL;
    l->task = opt->task ? *opt->task : gan_task_default();
    l->first = (uint32_t)opt->first;
    l->count = (uint32_t)(opt->count ? opt->count : opt->batch - opt->first);
    l->window = window_of(l->count);
    if (gan_sampler_init(&l->sampler, (uint32_t)count, (uint32_t)opt->batch, opt->seed)) return -1;
    if (gan_verdicts_init(&l->verdicts, l->data)) return -1;
    if (gan_cache_init(&l->cache, count, budget_of(opt->cache_mib), l->window)) return -1;
    if (make_arrays(l)) return -1;
    if (!opt->index) return 0;
    if (gan_index_read(opt->index, opt->load_size, &l->verdicts)) return -1;
    l->index = gan_mem_text(opt->index);
    return l->index ? 0 : -1;
}

gan_loader *gan_loader_new(const gan_dataset *d, const gan_loader_opt *opt)
{
    if (check(opt)) return NULL;
    gan_loader *l = gan_mem_alloc(1, sizeof *l);
    if (!l) return NULL;
    l->data = d;
    if (!make(l, opt)) return l;
    gan_loader_free(l);
    return NULL;
}

/* The second folder goes its own way: another order, other views, no index. */
gan_loader *gan_loader_new_unpaired(const gan_dataset *d, const gan_dataset *b, const gan_loader_opt *opt)
{
    gan_loader_opt other = *opt;
    other.index = NULL;
    other.seed = gan_rng_bits(gan_rng_at(opt->seed, GAN_STREAM_SHUFFLE_B, 0), 0);
    gan_loader *l = gan_loader_new(d, opt);
    if (l && (l->other = gan_loader_new(b, &other))) return l;
    gan_loader_free(l);
    return NULL;
}

void gan_loader_keep_index(struct gan_loader *l)
{
    if (!l->index || !l->verdicts.changed) return;
    if (gan_index_write(l->index, l->opt.load_size, &l->verdicts))
        gan_log(GAN_LOG_WARN, "cannot keep the index: %s", gan_error_message());
}

void gan_loader_free(gan_loader *l)
{
    if (!l) return;
    gan_loader_keep_index(l);
    gan_sampler_release(&l->sampler);
    gan_verdicts_release(&l->verdicts);
    gan_cache_release(&l->cache);
    gan_mem_free(l->index);
    gan_mem_free(l->want);
    gan_mem_free(l->decode);
    gan_mem_free(l->x);
    gan_mem_free(l->y);
    gan_mem_free(l->target);
    gan_mem_free(l->source);
    gan_mem_free(l->deep);
    gan_mem_free(l->scratch);
    gan_loader_free(l->other);
    gan_mem_free(l);
}

uint64_t gan_loader_steps_per_epoch(const gan_loader *l)
{
    return l->sampler.steps_per_epoch;
}

struct assembly {
    struct gan_loader *l;
    uint64_t step;
};

/* The view of a picture, 8 bits. */
static void copy(uint8_t *rgb, const gan_image *im, struct gan_view v, const struct gan_warp *warp, int size)
{
    if (warp)
        gan_warp_copy(rgb, im, v, warp, size);
    else
        gan_view_copy(rgb, im, v, size);
}

/* The view of sample k: target, source and 16-bit source. */
static gan_sight look(struct gan_loader *l, uint64_t sample, size_t k)
{
    const struct gan_picture *p = gan_cache_find(&l->cache, l->want[k]);
    int size = l->opt.size, w = p->target.w, h = p->target.h;
    size_t at = (size_t)size * (size_t)size * k;
    struct gan_view view = gan_view_draw(l->opt.seed, sample, w, h, size, l->opt.augment.flip);
    struct gan_warp drawn, *warp = gan_warp_draw(l->opt.seed, sample, &l->opt.augment, &drawn) ? &drawn : NULL;
    uint8_t *target = l->target + 3 * at, *source = p->source.rgb ? l->source + 3 * at : target;
    uint16_t *deep = p->deep ? l->deep + at : NULL;
    copy(target, &p->target, view, warp, size);
    if (p->source.rgb) copy(source, &p->source, view, warp, size);
    if (deep) gan_warp_copy_deep(deep, p->deep, w, h, view, warp, size);
    return (gan_sight){ target, source, deep };
}

/* Sample k of the batch, straight into its place. */
static void assemble(void *ctx, size_t k)
{
    const struct assembly *a = ctx;
    struct gan_loader *l = a->l;
    const gan_task *t = &l->task;
    const gan_augment *how = &l->opt.augment;
    size_t pixels = (size_t)l->opt.size * (size_t)l->opt.size, inputs = (size_t)t->inputs, outputs = (size_t)t->outputs;
    uint64_t sample = a->step * l->sampler.batch + l->first + k, seed = l->opt.seed;
    float *x = l->x + inputs * pixels * k, *y = l->y + outputs * pixels * k;
    gan_sight s = look(l, sample, k);
    gan_jitter(l->target + 3 * pixels * k, pixels, seed, sample, how->jitter);
    gan_task_show(t, &s, l->opt.size, l->opt.size, l->scratch + gan_task_scratch(t, l->opt.size, l->opt.size) * k, x,
                  y);
    if (t->input == GAN_INPUT_GRAY) gan_age(x, pixels, seed, sample, how->noise, how->fade);
    if (t->hints) gan_task_hint(t, seed, sample, GAN_HINTS_DRAWN, l->opt.size, y, x + (inputs - outputs - 1) * pixels);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int make_batch(gan_loader *l, uint64_t step)
{
    if (gan_loader_prepare(l, step)) return -1;
    gan_parallel_each(l->count, assemble, &(struct assembly){ l, step });
    return l->other ? make_batch(l->other, step) : 0;
}

int gan_loader_batch(gan_loader *l, uint64_t step, gan_batch *out)
{
    double start = now_s();
    int failed = make_batch(l, step);
    l->stats.wait_s += now_s() - start;
    *out = failed ? (gan_batch){ 0 } : (gan_batch){ (int)l->count, l->opt.size, l->x, (l->other ? l->other : l)->y };
    return failed;
}

gan_loader_stats gan_loader_get_stats(const gan_loader *l)
{
    gan_loader_stats s = l->stats;
    s.unreadable = l->verdicts.total[GAN_UNREADABLE];
    s.gray = l->verdicts.total[GAN_GRAY];
    s.cache_bytes = l->cache.bytes;
    return s;
}
