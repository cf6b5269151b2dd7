/* Decoding ahead, inside the step's own threads: threads of the loader's own would compete with the step's for cores.
 * When a picture is missing, those of a whole window of samples are decoded together, so that all threads have work
 * even at batch 1. What a sample shows depends on verdicts about files, and these are found by decoding: so choose,
 * decode what is missing, and choose again until nothing is. */
#include "data/loader.h"

#include <stdio.h>

#include "data/dataset.h"
#include "gan/colour.h"
#include "gan/error.h"
#include "gan/log.h"
#include "gan/mem.h"
#include "gan/parallel.h"

static int may_be_used(const struct gan_loader *l, uint32_t picture)
{
    enum gan_verdict v = gan_verdict_of(&l->verdicts, picture);
    return v == GAN_UNKNOWN || v == GAN_COLOUR || (v == GAN_GRAY && !l->opt.skip_gray);
}

/* The first picture in the sample's sequence that is not known to be unusable. */
static int choose(struct gan_loader *l, uint64_t step, uint32_t k, uint32_t *picture)
{
    uint64_t sample = step * l->sampler.batch + k, attempts = gan_sampler_attempts(&l->sampler);
    *picture = gan_sampler_at(&l->sampler, step, k);
    for (uint64_t i = 0; i < attempts; i++) {
        if (may_be_used(l, *picture)) return 0;
        *picture = gan_sampler_instead(&l->sampler, sample, i, *picture);
    }
    size_t unreadable = l->verdicts.total[GAN_UNREADABLE], gray = l->verdicts.total[GAN_GRAY];
    return gan_error("no usable photographs in '%s': %zu unreadable, %zu gray", gan_dataset_name(l->data), unreadable,
                     gray);
}

static int choose_all(struct gan_loader *l, uint64_t step, uint32_t n)
{
    for (uint32_t j = 0; j < n; j++)
        if (choose(l, step + j / l->count, l->first + j % l->count, &l->want[j])) return -1;
    return 0;
}

static int is_planned(const struct gan_loader *l, uint32_t picture)
{
    for (size_t i = 0; i < l->ndecode; i++)
        if (l->decode[i].picture == picture) return 1;
    return 0;
}

/* Lists the pictures to decode among the first n wanted; returns how many. */
static size_t plan(struct gan_loader *l, uint32_t n)
{
    l->ndecode = 0;
    for (uint32_t j = 0; j < n; j++) {
        uint32_t picture = l->want[j];
        if (gan_cache_find(&l->cache, picture) || is_planned(l, picture)) continue;
        l->decode[l->ndecode++] =
            (struct gan_decode){ .picture = picture, .verdict = gan_verdict_of(&l->verdicts, picture) };
        if (l->index) gan_verdict_stamp(&l->verdicts, picture);
    }
    return l->ndecode;
}

static void decode(void *ctx, size_t i)
{
    const struct gan_loader *l = ctx;
    struct gan_decode *job = &l->decode[i];
    uint64_t refused = gan_mem_failures();
    job->failed =
        gan_dataset_load_picture(l->data, job->picture, &l->task, l->opt.load_size, l->opt.load_size, &job->image);
    job->out_of_memory = job->failed && gan_mem_failures() != refused;
    if (job->failed) {
        snprintf(job->reason, sizeof job->reason, "%s", gan_error_message());
        job->verdict = GAN_UNREADABLE;
    } else if (job->verdict == GAN_UNKNOWN) {
        const gan_image *im = &job->image.target;
        double chroma = gan_lab_mean_chroma(im->rgb, (size_t)im->w * (size_t)im->h);
        job->verdict = chroma < GAN_GRAY_CHROMA ? GAN_GRAY : GAN_COLOUR;
    }
}

/* Lack of memory says nothing about a file, so it fails the step; anything else that cannot be decoded is skipped. */
static int settle(struct gan_loader *l, struct gan_decode *job)
{
    if (job->out_of_memory) return gan_error("%s", job->reason);
    if (job->failed) gan_log(GAN_LOG_WARN, "skipping '%s': %s", gan_dataset_path(l->data, job->picture), job->reason);
    gan_verdict_set(&l->verdicts, job->picture, job->verdict);
    if (!job->failed && may_be_used(l, job->picture)) gan_cache_put(&l->cache, job->picture, &job->image);
    gan_picture_release(&job->image);
    return 0;
}

static int decode_all(struct gan_loader *l)
{
    int failed = 0;
    gan_parallel_each(l->ndecode, decode, l);
    for (size_t i = 0; i < l->ndecode; i++)
        if (settle(l, &l->decode[i])) failed = -1;
    l->stats.decoded += l->ndecode;
    return failed;
}

/* When all is known and once an epoch before that. */
static void keep_index(struct gan_loader *l, uint64_t step)
{
    uint64_t epoch = gan_sampler_epoch(&l->sampler, step);
    if (l->verdicts.total[GAN_UNKNOWN] && epoch == l->indexed_epoch) return;
    l->indexed_epoch = epoch;
    gan_loader_keep_index(l);
}

int gan_loader_prepare(struct gan_loader *l, uint64_t step)
{
    if (choose_all(l, step, l->count)) return -1;
    if (!plan(l, l->count)) return 0;
    do {
        if (choose_all(l, step, l->window)) return -1;
        gan_cache_trim(&l->cache, l->want, l->window);
        if (plan(l, l->window) && decode_all(l)) return -1;
    } while (l->ndecode);
    keep_index(l, step);
    return 0;
}
