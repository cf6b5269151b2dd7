#define _POSIX_C_SOURCE 200809L
#include "dist/dist.h"

#include <sched.h>
#include <stdint.h>
#include <time.h>

#include "gan/error.h"
#include "gan/mem.h"

gan_dist *gan_dist_new(const gan_transport *t)
{
    gan_dist *d = gan_mem_alloc(1, sizeof *d);
    if (d) d->t = *t;
    return d;
}

void gan_dist_free(gan_dist *d)
{
    if (!d) return;
    if (d->t.close) d->t.close(d->t.self);
    gan_mem_free(d->room);
    gan_mem_free(d);
}

int gan_dist_rank(const gan_dist *d)
{
    return d ? d->t.rank : 0;
}

int gan_dist_size(const gan_dist *d)
{
    return d ? d->t.size : 1;
}

const char *gan_dist_name(const gan_dist *d)
{
    return d ? d->t.name : "one process";
}

void gan_dist_end(gan_dist *d, int code)
{
    if (d && d->t.end) d->t.end(d->t.self, code);
}

gan_dist_counts gan_dist_get_counts(const gan_dist *d)
{
    return d ? d->counts : (gan_dist_counts){ 0 };
}

void gan_dist_pause(int tries)
{
    enum { YIELDS = 200, NAP_NS = 50000 };
    if (tries < YIELDS)
        sched_yield();
    else
        nanosleep(&(struct timespec){ 0, NAP_NS }, NULL);
}

int gan_dist_wait(gan_dist *d, int message)
{
    if (message < 0) return -1;
    for (int tries = 0;; tries += tries < INT16_MAX) {
        int done = d->t.test(d->t.self, message);
        if (done) return done < 0 ? -1 : 0;
        gan_dist_pause(tries);
    }
}

int gan_dist_send(gan_dist *d, int to, int tag, const void *data, size_t bytes)
{
    return gan_dist_wait(d, d->t.send(d->t.self, to, tag, data, bytes));
}

int gan_dist_receive(gan_dist *d, int from, int tag, void *data, size_t bytes)
{
    return gan_dist_wait(d, d->t.receive(d->t.self, from, tag, data, bytes));
}
