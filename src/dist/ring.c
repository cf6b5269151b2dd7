#include "dist/ring.h"

static size_t chunk_begin(const gan_ring *r, int chunk)
{
    return r->floats / (size_t)r->d->t.size * (size_t)chunk +
           r->floats % (size_t)r->d->t.size * (size_t)chunk / (size_t)r->d->t.size;
}

static size_t chunk_floats(const gan_ring *r, int chunk)
{
    return chunk_begin(r, chunk + 1) - chunk_begin(r, chunk);
}

size_t gan_ring_room(size_t floats, int ranks)
{
    return (floats / (size_t)ranks + 1) * sizeof(float);
}

/* The chunk that leaves in a step; what comes in is the one before it. In the second round everybody begins with the
 * chunk it has finished. */
static int outgoing(const gan_ring *r)
{
    int size = r->d->t.size, gathering = r->step >= size - 1;
    return (r->d->t.rank - r->step + gathering * size + 2 * size) % size;
}

static int incoming(const gan_ring *r)
{
    int size = r->d->t.size;
    return (outgoing(r) + size - 1) % size;
}

/* Where a chunk arrives: in its place when it is final and travels as it is. */
static void *landing(const gan_ring *r)
{
    int gathering = r->step >= r->d->t.size - 1;
    return gathering && r->wire == GAN_WIRE_F32 ? r->data + chunk_begin(r, incoming(r)) : r->in;
}

static int post(gan_ring *r)
{
    const gan_transport *t = &r->d->t;
    int next = (t->rank + 1) % t->size, before = (t->rank + t->size - 1) % t->size, chunk = outgoing(r);
    size_t each = gan_wire_bytes(r->wire);
    const void *leaving = r->data + chunk_begin(r, chunk);
    r->receiving = t->receive(t->self, before, r->tag, landing(r), chunk_floats(r, incoming(r)) * each);
    if (r->receiving < 0) return -1;
    if (r->wire != GAN_WIRE_F32) {
        gan_wire_pack(r->wire, leaving, r->out, chunk_floats(r, chunk));
        leaving = r->out;
    }
    r->sending = t->send(t->self, next, r->tag, leaving, chunk_floats(r, chunk) * each);
    return r->sending < 0 ? -1 : 0;
}

/* A finished chunk: the mean, and as the others will see it. */
static void complete_chunk(gan_ring *r, float *chunk, size_t n)
{
    float scale = 1.0f / (float)r->d->t.size;
    for (size_t i = 0; i < n; i++) chunk[i] *= scale;
    if (r->wire == GAN_WIRE_F32) return;
    gan_wire_pack(r->wire, chunk, r->in, n);
    gan_wire_unpack(r->wire, r->in, chunk, n);
}

static void take(gan_ring *r)
{
    int size = r->d->t.size, chunk = incoming(r);
    float *at = r->data + chunk_begin(r, chunk);
    size_t n = chunk_floats(r, chunk);
    if (r->step < size - 1) {
        gan_wire_add(r->wire, r->in, at, n);
        if (r->step == size - 2) complete_chunk(r, at, n);
    } else if (r->wire != GAN_WIRE_F32) {
        gan_wire_unpack(r->wire, r->in, at, n);
    }
}

int gan_ring_begin(gan_ring *r)
{
    r->step = 0;
    return post(r);
}

/* 1 once the message is done, which it then stays. */
static int settled(gan_ring *r, int *message)
{
    int done = *message < 0 ? 1 : r->d->t.test(r->d->t.self, *message);
    if (done > 0) *message = -1;
    return done;
}

int gan_ring_poll(gan_ring *r)
{
    int last = 2 * (r->d->t.size - 1);
    while (r->step < last) {
        int in = settled(r, &r->receiving), out = settled(r, &r->sending);
        if (in < 0 || out < 0) return -1;
        if (!in || !out) return 0;
        take(r);
        if (++r->step < last && post(r)) return -1;
    }
    return 1;
}
