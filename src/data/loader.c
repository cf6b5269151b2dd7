#define _GNU_SOURCE
#include "data/loader.h"

#include <time.h>

#include "data/augment.h"
#include "data/index.h"
#include "gan/colour.h"
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
    size_t pixels = (size_t)o->size * (size_t)o->size;
    if ((size_t)o->batch > SIZE_MAX / 64 / pixels) return gan_error("batches of %d pictures are too large", o->batch);
    return 0;
}

/* Whole batches, so that a window that has been used up begins at a batch. */
static uint32_t window_of(int batch)
{
    uint32_t n = (uint32_t)batch, least = PER_THREAD * (uint32_t)gan_parallel_threads();
    return (least + n - 1) / n * n;
}

static size_t budget_of(size_t mib)
{
    return mib < SIZE_MAX >> 20 ? mib << 20 : SIZE_MAX;
}

static int make_arrays(struct gan_loader *l)
{
    size_t pixels = (size_t)l->opt.batch * (size_t)l->opt.size * (size_t)l->opt.size;
    l->want = gan_mem_alloc(l->window, sizeof *l->want);
    l->decode = gan_mem_alloc(l->window, sizeof *l->decode);
    l->x = gan_mem_alloc_large(pixels * sizeof *l->x);
    l->y = gan_mem_alloc_large(2 * pixels * sizeof *l->y);
    l->rgb = gan_mem_alloc_large(3 * pixels);
    return l->want && l->decode && l->x && l->y && l->rgb ? 0 : -1;
}

static int make(struct gan_loader *l, const gan_loader_opt *opt)
{
    size_t count = gan_dataset_count(l->data);
    l->opt = *opt;
    l->opt.index = NULL;
    l->window = window_of(opt->batch);
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
    gan_mem_free(l->rgb);
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

/* Sample k of the batch, straight into its place. */
static void assemble(void *ctx, size_t k)
{
    const struct assembly *a = ctx;
    struct gan_loader *l = a->l;
    size_t pixels = (size_t)l->opt.size * (size_t)l->opt.size;
    uint64_t sample = a->step * l->sampler.batch + k;
    const gan_image *im = gan_cache_find(&l->cache, l->want[k]);
    struct gan_view view = gan_view_draw(l->opt.seed, sample, im->w, im->h, l->opt.size, l->opt.flip);
    uint8_t *rgb = l->rgb + 3 * pixels * k;
    gan_view_copy(rgb, im, view, l->opt.size);
    gan_lab_normalise(rgb, pixels, l->x + pixels * k, l->y + 2 * pixels * k);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int gan_loader_batch(gan_loader *l, uint64_t step, gan_batch *out)
{
    double start = now_s();
    int failed = gan_loader_prepare(l, step);
    if (!failed) gan_parallel_each((size_t)l->opt.batch, assemble, &(struct assembly){ l, step });
    l->stats.wait_s += now_s() - start;
    *out = failed ? (gan_batch){ 0 } : (gan_batch){ l->opt.batch, l->opt.size, l->x, l->y };
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
