#define _POSIX_C_SOURCE 200809L
#include "cli/crew.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/folder.h"
#include "cli/cli.h"
#include "gan/log.h"
#include "gan/mem.h"
#include "gan/parallel.h"

enum { MOST_WORKERS = 8 }; /* each has the network's parameters in memory, and a picture */

struct crew {
    const gan_errand *errand;
    const gan_pairs *pairs;
    int threads;          /* of each worker */
    pthread_mutex_t lock; /* of what follows */
    size_t next, done, failed;
    gan_bar bar;
};

struct worker {
    struct crew *crew;
    gan_colorizer *c; /* owned, but the first's */
    pthread_t thread;
    int started;
};

/* One picture */

/* Makes the folder that a file lies in. */
static int make_parent(const char *path)
{
    char *folder = gan_mem_text(path), *slash = folder ? strrchr(folder, '/') : NULL;
    int result = folder ? 0 : -1;
    if (slash && slash != folder) {
        *slash = '\0';
        result = gan_folder_make(folder);
    }
    gan_mem_free(folder);
    return result;
}

int gan_is_stream(const char *path)
{
    return !strcmp(path, "-");
}

static int load(gan_photo *p, const char *path)
{
    return gan_is_stream(path) ? gan_photo_read(p, "standard input", stdin) : gan_photo_load(p, path);
}

static int save(const gan_photo *p, const char *path, int quality)
{
    return gan_is_stream(path) ? gan_photo_write(p, "standard output", stdout, quality)
                               : gan_photo_save(p, path, quality);
}

static int say_cost(gan_colorizer *c, const gan_photo *p, int tile, const char *in)
{
    gan_tiling t;
    if (gan_colorize_tiling(c, p->w, p->h, tile, &t)) return -1;
    gan_say(
        "'%s': %zu tiles of %d pixels and %d around them, %.1f GFLOP: %.1f times one pass; the network takes %.0f MiB",
        in, t.tiles, t.tile, t.halo, t.gflop, t.gflop / t.whole_gflop, (double)t.bytes / (1 << 20));
    return 0;
}

static int colour(gan_colorizer *c, const gan_errand *e, gan_photo *p, const char *in)
{
    if (!e->model) return gan_classic_photo(e->classic, p, e->scribbles, e->colouring.strength);
    if (e->colouring.tile && say_cost(c, p, e->colouring.tile, in)) return -1;
    return gan_colorize_photo(c, p, &e->colouring);
}

int gan_errand_run(gan_colorizer *c, const gan_errand *e, const char *in, const char *out, int make_folder)
{
    gan_photo p;
    int result = -1;
    if (load(&p, in)) return -1;
    if (colour(c, e, &p, in)) {
        gan_error_in("cannot colour '%s'", in);
        goto done;
    }
    if (make_folder && make_parent(out)) goto done;
    result = save(&p, out, e->quality);
done:
    gan_photo_release(&p);
    return result;
}

/* Many */

static const gan_pair *next_pair(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    const gan_pair *pair = crew->next < crew->pairs->count ? &crew->pairs->item[crew->next++] : NULL;
    pthread_mutex_unlock(&crew->lock);
    return pair;
}

static void note_done(struct crew *crew, int failed)
{
    pthread_mutex_lock(&crew->lock);
    crew->done++;
    crew->failed += failed != 0;
    gan_bar_show(&crew->bar, &(gan_progress){ "colouring", "", crew->done, crew->pairs->count });
    pthread_mutex_unlock(&crew->lock);
}

static void *work(void *worker)
{
    struct worker *w = worker;
    struct crew *crew = w->crew;
    gan_parallel_use(crew->threads); /* OpenMP keeps this per thread */
    for (const gan_pair *p; (p = next_pair(crew));) {
        int failed = gan_errand_run(w->c, crew->errand, p->in, p->out, crew->pairs->into_folder);
        if (failed) gan_log(GAN_LOG_WARN, "%s", gan_error_message());
        note_done(crew, failed);
    }
    return NULL;
}

/* The calling thread is one of the workers; one that does not start leaves its share to the others. */
static void run_workers(struct worker *w, size_t n)
{
    for (size_t i = 1; i < n; i++) w[i].started = !pthread_create(&w[i].thread, NULL, work, &w[i]);
    work(&w[0]);
    for (size_t i = 1; i < n; i++)
        if (w[i].started) pthread_join(w[i].thread, NULL);
}

/* The first works with the caller's colorizer. */
static int hire(struct worker *w, size_t n, struct crew *crew, gan_colorizer *c)
{
    w[0] = (struct worker){ .crew = crew, .c = c };
    for (size_t i = 1; i < n; i++) {
        const char *model = crew->errand->model;
        w[i] = (struct worker){ .crew = crew, .c = model ? gan_colorizer_open(model) : NULL };
        if (model && !w[i].c) return -1;
    }
    return 0;
}

/* Tiles keep all threads busy with one picture. */
static size_t workers(const gan_errand *e, size_t pictures, size_t threads)
{
    size_t most = threads < MOST_WORKERS ? threads : MOST_WORKERS;
    return e->colouring.tile ? 1 : pictures < most ? pictures : most;
}

int gan_crew_run(gan_colorizer *c, const gan_errand *e, const gan_pairs *pairs, size_t *failed)
{
    size_t threads = (size_t)gan_parallel_threads(), n = workers(e, pairs->count, threads);
    struct crew crew = {
        .errand = e, .pairs = pairs, .threads = (int)(threads / n), .lock = PTHREAD_MUTEX_INITIALIZER
    };
    struct worker w[MOST_WORKERS] = { 0 };
    int result = hire(w, n, &crew, c);
    if (!result) {
        gan_bar_init(&crew.bar, stderr);
        gan_messages_over(&crew.bar);
        run_workers(w, n);
        gan_messages_over(NULL);
        gan_bar_finish(&crew.bar);
        gan_parallel_use((int)threads);
    }
    for (size_t i = 1; i < n; i++) gan_colorizer_free(w[i].c);
    *failed = crew.failed;
    return result;
}
