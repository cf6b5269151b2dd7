#define _POSIX_C_SOURCE 200809L
#include "gan/progress.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

static const double MEMORY_S = 30; /* after this time a report counts 1/e of what it did */

void gan_rate_add(gan_rate *r, double now_s, double done)
{
    double seconds = now_s - r->at_s, work = done - r->done;
    if (!r->started || work < 0 || seconds < 0) {
        *r = (gan_rate){ .at_s = now_s, .done = done, .started = 1 };
        return;
    }
    double kept = exp(-seconds / MEMORY_S);
    r->seconds = r->seconds * kept + seconds;
    r->work = r->work * kept + work;
    r->at_s = now_s;
    r->done = done;
}

double gan_rate_per_s(const gan_rate *r)
{
    return r->seconds > 0 ? r->work / r->seconds : 0;
}

double gan_rate_left_s(const gan_rate *r, double total)
{
    double per_s = gan_rate_per_s(r), left = total - r->done;
    if (left <= 0) return 0;
    return per_s > 0 ? left / per_s : -1;
}

double gan_clock_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void gan_duration_text(double seconds, char *text)
{
    if (!(seconds >= 0 && seconds < 1e12)) {
        snprintf(text, GAN_DURATION_BYTES, "-:--:--");
        return;
    }
    long long s = (long long)(seconds + 0.5);
    snprintf(text, GAN_DURATION_BYTES, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
}
