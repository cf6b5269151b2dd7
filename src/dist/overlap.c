#include "gan/overlap.h"

gan_overlap gan_overlap_of(gan_traffic t, int ranks, gan_link link)
{
    gan_overlap o = { 0 };
    double free_s = 0, hops = 2.0 * (ranks - 1);
    for (size_t i = 0; i < t.pieces; i++) {
        double bytes = hops / ranks * t.bytes[i], takes = bytes / link.bytes_per_s + hops * link.latency_s;
        free_s = (t.at_s[i] > free_s ? t.at_s[i] : free_s) + takes;
        o.bytes += bytes;
        o.busy_s += takes;
    }
    if (free_s > t.computed_s) o.exposed_s = free_s - t.computed_s;
    return o;
}

double gan_overlap_sum_s(double bytes, int ranks, gan_link link)
{
    int hops = 0;
    while (1 << hops < ranks) hops++;
    return 2.0 * hops * (bytes / link.bytes_per_s + link.latency_s);
}
