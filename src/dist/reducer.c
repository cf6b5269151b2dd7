#include "dist/reducer.h"

#include <string.h>

#include "dist/ring.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/progress.h"

struct entry { /* a parameter's place in the array */
    int param;
    size_t begin, end;
};

struct gan_reducer {
    gan_dist *d;
    gan_reducer_opt o;
    float *sum;     /* o.floats; owned, as all below */
    char *room;     /* what the pieces under way need beside it */
    gan_ring *ring; /* a piece each */
    double *at_s, *bytes;
    struct entry *entry;
    size_t pieces, room_bytes; /* room_bytes: of a piece */
    size_t filled;             /* floats appended */
    size_t launched, arrived;  /* pieces begun; pieces of which all before have arrived too */
    int entries, taken, failed;
    double begin_s, computed_s, end_s;
};

static size_t pieces_of(const gan_reducer_opt *o)
{
    return (o->floats + o->bucket - 1) / o->bucket;
}

static int make(gan_reducer *r)
{
    size_t n = r->pieces;
    r->room_bytes = gan_ring_room(r->o.bucket, gan_dist_size(r->d));
    if (n > (size_t)(GAN_TAG_MOST - GAN_TAG_RING))
        return gan_error("gradients would be sent in %zu pieces: set train.bucket_mib higher", n);
    r->sum = gan_mem_alloc_large(r->o.floats * sizeof *r->sum);
    r->room = gan_mem_alloc_large(n * r->room_bytes);
    r->ring = gan_mem_alloc(n, sizeof *r->ring);
    r->at_s = gan_mem_alloc(n, sizeof *r->at_s);
    r->bytes = gan_mem_alloc(n, sizeof *r->bytes);
    r->entry = gan_mem_alloc((size_t)r->o.params, sizeof *r->entry);
    return r->sum && r->room && r->ring && r->at_s && r->bytes && r->entry ? 0 : -1;
}

gan_reducer *gan_reducer_new(gan_dist *d, const gan_reducer_opt *o)
{
    GAN_ASSERT(o->floats && o->bucket);
    gan_reducer *r = gan_mem_alloc(1, sizeof *r);
    if (!r) return NULL;
    r->d = d;
    r->o = *o;
    r->pieces = pieces_of(o);
    if (!make(r)) return r;
    gan_reducer_free(r);
    return NULL;
}

void gan_reducer_free(gan_reducer *r)
{
    if (!r) return;
    gan_mem_free(r->sum);
    gan_mem_free(r->room);
    gan_mem_free(r->ring);
    gan_mem_free(r->at_s);
    gan_mem_free(r->bytes);
    gan_mem_free(r->entry);
    gan_mem_free(r);
}

void gan_reducer_begin(gan_reducer *r)
{
    r->filled = r->launched = r->arrived = 0;
    r->entries = r->taken = r->failed = 0;
    r->begin_s = gan_clock_s();
}

static void launch(gan_reducer *r)
{
    size_t i = r->launched++, begin = i * r->o.bucket, end = begin + r->o.bucket;
    char *room = r->room + i * r->room_bytes;
    gan_ring *ring = &r->ring[i];
    *ring = (gan_ring){ .d = r->d,
                        .data = r->sum + begin,
                        .in = room,
                        .out = room + r->room_bytes / 2, /* bf16 needs half as much for each */
                        .floats = (end < r->o.floats ? end : r->o.floats) - begin,
                        .tag = GAN_TAG_RING + (int)i,
                        .wire = r->o.wire };
    r->at_s[i] = gan_clock_s() - r->begin_s;
    r->bytes[i] = (double)(ring->floats * gan_wire_bytes(r->o.wire));
    if (gan_ring_begin(ring)) r->failed = 1;
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

void gan_reducer_add(gan_reducer *r, int param, const float *diff, size_t floats)
{
    enum { GRAIN = 16384 };
    GAN_ASSERT(r->entries < r->o.params && floats <= r->o.floats - r->filled);
    gan_parallel_range(floats, GRAIN, copy_range, &(struct copy){ diff, r->sum + r->filled });
    r->entry[r->entries++] = (struct entry){ param, r->filled, r->filled + floats };
    r->filled += floats;
    while (!r->failed && (r->launched + 1) * r->o.bucket <= r->filled) launch(r);
    gan_reducer_poll(r);
}

static void hand_over(gan_reducer *r)
{
    size_t ready = r->arrived == r->pieces ? r->o.floats : r->arrived * r->o.bucket;
    for (; r->taken < r->entries && r->entry[r->taken].end <= ready; r->taken++)
        r->o.take(r->o.ctx, r->entry[r->taken].param, r->sum + r->entry[r->taken].begin);
}

/* All pieces under way are polled, since each may be able to send; what has arrived counts from the front. */
void gan_reducer_poll(gan_reducer *r)
{
    int whole = 1;
    for (size_t i = r->arrived; i < r->launched && !r->failed; i++) {
        int done = gan_ring_poll(&r->ring[i]);
        if (done < 0) r->failed = 1;
        whole = whole && done > 0;
        r->arrived += (size_t)whole;
    }
    if (!r->failed) hand_over(r);
}

int gan_reducer_finish(gan_reducer *r)
{
    r->computed_s = gan_clock_s() - r->begin_s;
    GAN_ASSERT(r->filled == r->o.floats);
    if (r->launched < r->pieces && !r->failed) launch(r);
    gan_reducer_poll(r);
    for (int tries = 0; r->arrived < r->pieces && !r->failed; tries += tries < 1000) {
        size_t before = r->arrived;
        gan_dist_pause(tries);
        gan_reducer_poll(r);
        if (r->arrived != before) tries = 0;
    }
    r->end_s = gan_clock_s() - r->begin_s;
    return r->failed ? -1 : 0;
}

gan_traffic gan_reducer_traffic(const gan_reducer *r)
{
    return (gan_traffic){ r->pieces, r->at_s, r->bytes, r->computed_s, r->end_s };
}
