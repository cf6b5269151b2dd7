#include "dist/reducer.h"

#include <string.h>

#include "dist/ring.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/progress.h"

struct piece {
    gan_ring ring;
    size_t begin, end, missing; /* missing: floats that are not complete */
    int done;
};

struct gan_reducer {
    gan_dist *d;
    gan_reducer_opt o;
    float *sum, *values; /* sum: o.floats; owned, as all below but values */
    char *room;          /* what the pieces under way need beside it */
    struct piece *piece; /* as they lie in the array */
    size_t *order;       /* the pieces that have begun, by time */
    double *at_s, *bytes;
    size_t pieces, room_bytes; /* room_bytes: of a piece */
    size_t begun, first, done; /* pieces; all before `first` in order are done */
    size_t polls, hops;        /* of this pass: polls while computing, steps of rings */
    int failed;
    double begin_s, computed_s, end_s;
};

static int is_shared(const gan_reducer *r)
{
    return r->o.wire == GAN_WIRE_F32;
}

static void cut(gan_reducer *r)
{
    for (size_t i = 0; i < r->pieces; i++) {
        struct piece *p = &r->piece[i];
        p->begin = i * r->o.bucket;
        p->end = i + 1 < r->pieces ? p->begin + r->o.bucket : r->o.floats;
    }
}

static int make(gan_reducer *r)
{
    size_t n = r->pieces;
    if (n > (size_t)(GAN_TAG_MOST - GAN_TAG_RING))
        return gan_error("gradients would be sent in %zu pieces: set train.bucket_mib higher", n);
    r->room_bytes = gan_ring_room(r->o.bucket, r->o.grain, gan_dist_size(r->d));
    r->sum = gan_mem_alloc_large(r->o.floats * sizeof *r->sum);
    r->room = gan_mem_alloc_large(n * r->room_bytes);
    r->piece = gan_mem_alloc(n, sizeof *r->piece);
    r->order = gan_mem_alloc(n, sizeof *r->order);
    r->at_s = gan_mem_alloc(n, sizeof *r->at_s);
    r->bytes = gan_mem_alloc(n, sizeof *r->bytes);
    if (!r->sum || !r->room || !r->piece || !r->order || !r->at_s || !r->bytes) return -1;
    cut(r);
    return 0;
}

gan_reducer *gan_reducer_new(gan_dist *d, const gan_reducer_opt *o)
{
    GAN_ASSERT(o->floats && o->bucket && o->grain);
    gan_reducer *r = gan_mem_alloc(1, sizeof *r);
    if (!r) return NULL;
    r->d = d;
    r->o = *o;
    size_t most = o->bucket < o->floats ? o->bucket : o->floats;
    r->o.bucket = (most + o->grain - 1) / o->grain * o->grain;
    r->pieces = (o->floats + r->o.bucket - 1) / r->o.bucket;
    if (!make(r)) return r;
    gan_reducer_free(r);
    return NULL;
}

void gan_reducer_free(gan_reducer *r)
{
    if (!r) return;
    gan_mem_free(r->sum);
    gan_mem_free(r->room);
    gan_mem_free(r->piece);
    gan_mem_free(r->order);
    gan_mem_free(r->at_s);
    gan_mem_free(r->bytes);
    gan_mem_free(r);
}

void gan_reducer_begin(gan_reducer *r, float *values)
{
    r->values = values;
    r->begun = r->first = r->done = r->polls = r->hops = 0;
    r->failed = 0;
    for (size_t i = 0; i < r->pieces; i++) {
        struct piece *p = &r->piece[i];
        p->missing = p->end - p->begin;
        p->done = 0;
    }
    r->begin_s = gan_clock_s();
}

static void update_own(void *ctx, gan_ring *ring)
{
    const gan_reducer *r = ctx;
    gan_chunk own = gan_ring_own(ring);
    size_t at = (size_t)(ring->data - r->sum);
    if (own.begin < own.end) r->o.update(r->o.ctx, at + own.begin, at + own.end, ring->data + own.begin);
}

/* The all-reduce of a piece, or of the same part of another array. */
static gan_ring ring_of(gan_reducer *r, size_t i, float *results)
{
    const struct piece *p = &r->piece[i];
    char *room = r->room + i * r->room_bytes;
    return (gan_ring){ .d = r->d,
                       .data = r->sum + p->begin,
                       .results = results ? results + p->begin : NULL,
                       .in = room,
                       .out = room + r->room_bytes / 2, /* bf16 needs half as much for each */
                       .floats = p->end - p->begin,
                       .grain = r->o.grain,
                       .tag = GAN_TAG_RING + (int)i,
                       .wire = r->o.wire,
                       .own = results ? update_own : NULL,
                       .ctx = r };
}

static void launch(gan_reducer *r, size_t i)
{
    struct piece *p = &r->piece[i];
    p->ring = ring_of(r, i, is_shared(r) ? r->values : NULL);
    r->at_s[r->begun] = gan_clock_s() - r->begin_s;
    r->bytes[r->begun] = (double)((p->end - p->begin) * gan_wire_bytes(r->o.wire));
    r->order[r->begun++] = i;
    if (gan_ring_begin(&p->ring)) r->failed = 1;
}

struct copy {
    const float *from;
    float *to;
};

static void copy_range(void *ctx, size_t begin, size_t end)
{
    const struct copy *c = ctx;
    memcpy(c->to + begin, c->from + begin, (end - begin) * sizeof *c->to);
}

void gan_reducer_put(gan_reducer *r, size_t begin, size_t end, const float *diff)
{
    enum { GRAIN = 16384 };
    GAN_ASSERT(begin <= end && end <= r->o.floats);
    gan_parallel_range(end - begin, GRAIN, copy_range, &(struct copy){ diff, r->sum + begin });
}

/* From the end of the array, as backward goes. */
void gan_reducer_complete(gan_reducer *r, size_t begin, size_t end)
{
    GAN_ASSERT(begin <= end && end <= r->o.floats);
    while (begin < end) {
        size_t i = (end - 1) / r->o.bucket;
        struct piece *p = &r->piece[i];
        size_t from = begin > p->begin ? begin : p->begin;
        GAN_ASSERT(p->missing >= end - from);
        p->missing -= end - from;
        if (!p->missing && !r->failed) launch(r, i);
        end = from;
    }
    gan_reducer_poll(r);
}

/* All of a piece has arrived. */
static void hand_over(gan_reducer *r, struct piece *p)
{
    gan_chunk own = gan_ring_own(&p->ring);
    p->done = 1;
    r->done++;
    if (!is_shared(r)) {
        r->o.update(r->o.ctx, p->begin, p->end, r->sum + p->begin);
        return;
    }
    if (own.begin) r->o.arrive(r->o.ctx, p->begin, p->begin + own.begin);
    if (p->begin + own.end < p->end) r->o.arrive(r->o.ctx, p->begin + own.end, p->end);
}

static int poll_piece(gan_reducer *r, struct piece *p)
{
    int before = p->ring.step, done = gan_ring_poll(&p->ring);
    r->hops += (size_t)(p->ring.step - before);
    return done;
}

/* All pieces under way are polled, since each may be able to send. */
static void poll_all(gan_reducer *r)
{
    for (size_t k = r->first; k < r->begun && !r->failed; k++) {
        struct piece *p = &r->piece[r->order[k]];
        int done = p->done ? 1 : poll_piece(r, p);
        if (done < 0) r->failed = 1;
        if (done > 0 && !p->done) hand_over(r, p);
        r->first += p->done && k == r->first;
    }
}

void gan_reducer_poll(gan_reducer *r)
{
    r->polls++;
    poll_all(r);
}

int gan_reducer_finish(gan_reducer *r)
{
    enum { MOST_TRIES = 1000 };
    r->computed_s = gan_clock_s() - r->begin_s;
    GAN_ASSERT(r->begun == r->pieces || r->failed);
    poll_all(r);
    for (int tries = 0; r->done < r->pieces && !r->failed; tries += tries < MOST_TRIES) {
        size_t before = r->hops;
        gan_dist_pause(tries);
        poll_all(r);
        if (r->hops != before) tries = 0;
    }
    r->end_s = gan_clock_s() - r->begin_s;
    return r->failed ? -1 : 0;
}

int gan_reducer_gather(gan_reducer *r, float *block)
{
    for (size_t i = 0; is_shared(r) && i < r->pieces; i++) {
        gan_ring ring = ring_of(r, i, block);
        int done = gan_ring_gather(&ring);
        for (int tries = 0; !done && !(done = gan_ring_poll(&ring)); tries++) gan_dist_pause(tries);
        if (done < 0) return -1;
    }
    return 0;
}

gan_traffic gan_reducer_traffic(const gan_reducer *r)
{
    return (gan_traffic){ r->pieces, r->at_s, r->bytes, r->polls, r->computed_s, r->end_s };
}
