#define _GNU_SOURCE
#include "support/ranks.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dist/dist.h"
#include "gan/rng.h"

enum { LATE = 7, MESSAGES = 1 << 16, TAGS = 1 << 12 };

struct letter { /* one that was sent */
    int from, to, tag, order;
    size_t bytes;
    void *data; /* NULL once it was received */
};

struct await { /* what a rank waits for: the order-th letter of that sender and tag */
    int from, tag, order, late;
    size_t bytes;
    void *data;
};

struct post { /* shared by all ranks */
    pthread_mutex_t lock;
    struct letter *letter;
    int letters, first; /* all before `first` were received */
};

struct rank {
    struct post *post;
    pthread_t thread;
    gan_transport transport;
    struct await *await;
    int awaits, broken;
    int sent[RANKS_MOST][TAGS], awaited[RANKS_MOST][TAGS]; /* messages so far, by the other rank and tag */
    gan_rng delays;
    void (*body)(gan_dist *d, void *ctx);
    void *ctx;
    char failure[512]; /* of its first failed expectation; "": none */
};

static int send_letter(void *self, int to, int tag, const void *data, size_t bytes)
{
    struct rank *r = self;
    struct post *p = r->post;
    if (tag >= TAGS) abort();
    struct letter l = { r->transport.rank, to, tag, r->sent[to][tag]++, bytes, malloc(bytes + 1) };
    memcpy(l.data, data, bytes);
    pthread_mutex_lock(&p->lock);
    if (p->letters == MESSAGES) abort();
    p->letter[p->letters++] = l;
    pthread_mutex_unlock(&p->lock);
    return MESSAGES; /* no number of one that is awaited */
}

static int await_letter(void *self, int from, int tag, void *data, size_t bytes)
{
    struct rank *r = self;
    if (r->awaits == MESSAGES || tag >= TAGS) abort();
    struct await a = { from, tag, r->awaited[from][tag]++, 0, bytes, data };
    a.late = (int)gan_rng_below(r->delays, (uint64_t)r->awaits, LATE);
    r->await[r->awaits] = a;
    return r->awaits++;
}

/* -1 if its size is not what was expected. */
static int take(struct rank *r, const struct await *a)
{
    struct post *p = r->post;
    int done = 0;
    pthread_mutex_lock(&p->lock);
    while (p->first < p->letters && !p->letter[p->first].data) p->first++;
    for (int i = p->first; i < p->letters && !done; i++) {
        struct letter *l = &p->letter[i];
        if (l->from != a->from || l->to != r->transport.rank || l->tag != a->tag || l->order != a->order) continue;
        if (!l->data) continue;
        done = l->bytes == a->bytes ? 1 : gan_error("%zu bytes came, not %zu", l->bytes, a->bytes);
        if (done > 0) memcpy(a->data, l->data, l->bytes);
        free(l->data);
        l->data = NULL;
    }
    pthread_mutex_unlock(&p->lock);
    return done;
}

static int test_message(void *self, int message)
{
    struct rank *r = self;
    if (r->broken) return gan_error("the line is dead");
    if (message == MESSAGES) return 1;
    struct await *a = &r->await[message];
    if (a->late-- > 0) return 0;
    return take(r, a);
}

static void *run(void *rank)
{
    struct rank *r = rank;
    gan_dist *d = gan_dist_new(&r->transport);
    if (d) r->body(d, r->ctx);
    gan_dist_free(d);
    return NULL;
}

static void rank_init(struct rank *r, struct post *p, int rank, int size, uint64_t seed)
{
    *r = (struct rank){ .post = p, .await = calloc(MESSAGES, sizeof *r->await) };
    r->delays = gan_rng_at(seed, GAN_STREAM_TEST, (uint64_t)rank);
    r->transport = (gan_transport){ .name = "threads",
                                    .rank = rank,
                                    .size = size,
                                    .self = r,
                                    .send = send_letter,
                                    .receive = await_letter,
                                    .test = test_message };
}

void ranks_run(int size, uint64_t seed, void (*body)(gan_dist *d, void *ctx), void *ctx)
{
    static struct rank rank[RANKS_MOST];
    struct post p = { .letter = calloc(MESSAGES, sizeof *p.letter) };
    cr_assert(size <= RANKS_MOST);
    pthread_mutex_init(&p.lock, NULL);
    for (int i = 0; i < size; i++) {
        rank_init(&rank[i], &p, i, size, seed);
        rank[i].body = body;
        rank[i].ctx = ctx;
    }
    for (int i = 0; i < size; i++) cr_assert(!pthread_create(&rank[i].thread, NULL, run, &rank[i]));
    for (int i = 0; i < size; i++) pthread_join(rank[i].thread, NULL);
    for (int i = 0; i < p.letters; i++) free(p.letter[i].data);
    free(p.letter);
    for (int i = 0; i < size; i++) {
        cr_expect(!rank[i].failure[0], "rank %d of %d: %s", i, size, rank[i].failure);
        free(rank[i].await);
    }
}

int ranks_expect(gan_dist *d, int holds, const char *format, ...)
{
    struct rank *r = d->t.self;
    va_list args;
    va_start(args, format);
    if (!holds && !r->failure[0]) vsnprintf(r->failure, sizeof r->failure, format, args);
    va_end(args);
    return holds;
}

void ranks_break(gan_dist *d)
{
    struct rank *r = d->t.self;
    r->broken = 1;
}
