#include "gan/overlap.h"

static double later(double a, double b)
{
    return a > b ? a : b;
}

/* When a piece has been passed on so many times, each of which takes hop_s; while the rank computes, not less than the
 * time between two polls. */
static double arrival(const gan_traffic *t, double start_s, double hops, double hop_s)
{
    double slow_s = t->polls ? later(hop_s, t->computed_s / (double)t->polls) : hop_s;
    double left_s = later(t->computed_s - start_s, 0), slow = left_s / slow_s;
    if (slow >= hops) return start_s + hops * slow_s;
    return start_s + left_s + (hops - slow) * hop_s;
}

gan_overlap gan_overlap_of(gan_traffic t, int ranks, gan_link link)
{
    gan_overlap o = { 0 };
    double free_s = 0, end_s = 0, hops = 2.0 * (ranks - 1);
    for (size_t i = 0; i < t.pieces; i++) {
        double part = t.bytes[i] / ranks, start_s = later(t.at_s[i], free_s);
        double arrived_s = arrival(&t, start_s, hops, part / link.bytes_per_s + link.latency_s);
        free_s = start_s + hops * part / link.bytes_per_s;
        o.bytes += hops * part;
        o.busy_s += later(arrived_s - later(start_s, end_s), 0);
        end_s = later(end_s, arrived_s);
    }
    o.exposed_s = later(end_s - t.computed_s, 0);
    return o;
}

double gan_overlap_sum_s(double bytes, int ranks, gan_link link)
{
    int hops = 0;
    while (1 << hops < ranks) hops++;
    return 2.0 * hops * (bytes / link.bytes_per_s + link.latency_s);
}
