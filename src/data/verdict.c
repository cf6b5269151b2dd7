#define _GNU_SOURCE
#include "data/verdict.h"

#include <sys/stat.h>
#include <unistd.h>

#include "data/dataset.h"
#include "gan/mem.h"

int gan_verdicts_init(struct gan_verdicts *v, const gan_dataset *d)
{
    size_t count = gan_dataset_count(d);
    *v = (struct gan_verdicts){ .data = d, .total = { [GAN_UNKNOWN] = count } };
    v->file = gan_mem_alloc(count, sizeof *v->file);
    return v->file ? 0 : -1;
}

void gan_verdicts_release(struct gan_verdicts *v)
{
    gan_mem_free(v->file);
    *v = (struct gan_verdicts){ 0 };
}

void gan_verdicts_forget(struct gan_verdicts *v)
{
    for (size_t i = 0; i < gan_dataset_count(v->data); i++) gan_verdict_set(v, i, GAN_UNKNOWN);
}

enum gan_verdict gan_verdict_of(const struct gan_verdicts *v, size_t i)
{
    return (enum gan_verdict)v->file[i].verdict;
}

void gan_verdict_set(struct gan_verdicts *v, size_t i, enum gan_verdict verdict)
{
    if (v->file[i].verdict == verdict) return;
    v->total[v->file[i].verdict]--;
    v->total[verdict]++;
    v->file[i].verdict = (uint8_t)verdict;
    v->changed = 1;
}

static uint64_t modified_ns(const struct stat *s)
{
#ifdef __APPLE__
    struct timespec t = s->st_mtimespec;
#else
    struct timespec t = s->st_mtim;
#endif
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Permissions are no part of a stamp, so what may not be read today is not remembered. */
static struct gan_stamp stamp_of(const char *file)
{
    struct stat s;
    if (!file || access(file, R_OK) || stat(file, &s)) return (struct gan_stamp){ .bytes = -1 };
    return (struct gan_stamp){ (int64_t)s.st_size, modified_ns(&s) };
}

struct gan_stamp gan_verdict_stamp(struct gan_verdicts *v, size_t i)
{
    if (!v->file[i].stamped) v->file[i].stamp = stamp_of(gan_dataset_file(v->data, i));
    v->file[i].stamped = 1;
    return v->file[i].stamp;
}
