#include "dist/ring.h"

static size_t grains(size_t floats, size_t grain)
{
    return (floats + grain - 1) / grain;
}

static size_t chunk_begin(const gan_ring *r, int chunk)
{
    size_t at = grains(r->floats, r->grain) * (size_t)chunk / (size_t)r->d->t.size * r->grain;
    return at < r->floats ? at : r->floats;
}

static size_t chunk_floats(const gan_ring *r, int chunk)
{
    return chunk_begin(r, chunk + 1) - chunk_begin(r, chunk);
}

gan_chunk gan_ring_own(const gan_ring *r)
{
    int chunk = (r->d->t.rank + 1) % r->d->t.size;
    return (gan_chunk){ chunk_begin(r, chunk), chunk_begin(r, chunk + 1) };
}

size_t gan_ring_room(size_t floats, size_t grain, int ranks)
{
    return (grains(floats, grain) / (size_t)ranks + 1) * grain * sizeof(float);
}

/* The chunk that leaves in a step; what comes in is the one before it. In the second round everybody begins with the
 * chunk it has finished. */
static int outgoing(const gan_ring *r)
{
    int size = r->d->t.size;
    return (r->d->t.rank - r->step + 2 * size) % size;
}

static int incoming(const gan_ring *r)
{
    int size = r->d->t.size;
    return (outgoing(r) + size - 1) % size;
}

static int is_gathering(const gan_ring *r)
{
    return r->step >= r->d->t.size - 1;
}

/* What the chunks of this round are parts of. */
static float *travelling(const gan_ring *r)
{
    return is_gathering(r) && r->results ? r->results : r->data;
}

static enum gan_wire wire_of(const gan_ring *r)
{
    return is_gathering(r) && r->results ? GAN_WIRE_F32 : r->wire;
}

/* Where a chunk arrives: in its place when it is final and travels as it is. */
static void *landing(const gan_ring *r)
{
    return is_gathering(r) && wire_of(r) == GAN_WIRE_F32 ? travelling(r) + chunk_begin(r, incoming(r)) : r->in;
}

static int post(gan_ring *r)
{
    const gan_transport *t = &r->d->t;
    int next = (t->rank + 1) % t->size, before = (t->rank + t->size - 1) % t->size, chunk = outgoing(r);
    enum gan_wire wire = wire_of(r);
    size_t each = gan_wire_bytes(wire);
    const void *leaving = travelling(r) + chunk_begin(r, chunk);
    r->receiving = t->receive(t->self, before, r->tag, landing(r), chunk_floats(r, incoming(r)) * each);
    if (r->receiving < 0) return -1;
    if (wire != GAN_WIRE_F32) {
        gan_wire_pack(wire, leaving, r->out, chunk_floats(r, chunk));
        leaving = r->out;
    }
    r->sending = t->send(t->self, next, r->tag, leaving, chunk_floats(r, chunk) * each);
    return r->sending < 0 ? -1 : 0;
}

/* The own chunk is summed up: the mean, and if it travels, as the others will see it. */
static void complete_own(gan_ring *r, float *chunk, size_t n)
{
    float scale = 1.0f / (float)r->d->t.size;
    for (size_t i = 0; i < n; i++) chunk[i] *= scale;
    if (r->wire == GAN_WIRE_BF16 && !r->results) {
        gan_wire_pack(r->wire, chunk, r->in, n);
        gan_wire_unpack(r->wire, r->in, chunk, n);
    }
    if (r->own) r->own(r->ctx, r);
}

static void take(gan_ring *r)
{
    int chunk = incoming(r);
    float *at = r->data + chunk_begin(r, chunk);
    size_t n = chunk_floats(r, chunk);
    if (is_gathering(r)) {
        if (wire_of(r) != GAN_WIRE_F32) gan_wire_unpack(r->wire, r->in, at, n);
        return;
    }
    gan_wire_add(r->wire, r->in, at, n);
    if (r->step == r->d->t.size - 2) complete_own(r, at, n);
}

int gan_ring_begin(gan_ring *r)
{
    r->step = 0;
    return post(r);
}

int gan_ring_gather(gan_ring *r)
{
    r->step = r->d->t.size - 1;
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
