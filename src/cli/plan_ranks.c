/* gan plan --ranks, and gan plan under mpirun: what training on several machines exchanges. */
#include <stdio.h>
#include <string.h>

#include "cli/plan.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/recipes.h"
#include "train/ranks.h"

static const double LATENCY_S = 50e-6; /* of a message on Ethernet, with the system's part */

struct update { /* of one network; arrays owned */
    double *at_s, *bytes;
    gan_traffic traffic;
};

struct step { /* the fastest so far of a rank, and what it exchanged */
    double seconds;
    struct update update[GAN_MAX_NETS];
    int updates, failed;
    double sums, sum_bytes; /* small sums of a step, and their bytes */
};

static void release(struct step *s)
{
    for (int i = 0; i < s->updates; i++) {
        gan_mem_free(s->update[i].at_s);
        gan_mem_free(s->update[i].bytes);
    }
}

static int keep(struct update *u, gan_traffic t)
{
    if (!u->at_s) u->at_s = gan_mem_alloc(t.pieces, sizeof *u->at_s);
    if (!u->bytes) u->bytes = gan_mem_alloc(t.pieces, sizeof *u->bytes);
    if (!u->at_s || !u->bytes) return -1;
    memcpy(u->at_s, t.at_s, t.pieces * sizeof *t.at_s);
    memcpy(u->bytes, t.bytes, t.pieces * sizeof *t.bytes);
    u->traffic = t;
    u->traffic.at_s = u->at_s;
    u->traffic.bytes = u->bytes;
    return 0;
}

static void keep_step(void *ctx, gan_recipe *r, const gan_loader *l, int best)
{
    struct step *s = ctx;
    (void)l;
    if (!best) return;
    s->updates = r->nets;
    for (int i = 0; i < r->nets; i++)
        if (keep(&s->update[i], gan_recipe_traffic(r, i))) s->failed = 1;
}

/* Makes a few steps of one rank of d. s is to be released. */
static int run(const gan_config *c, gan_dist *d, struct step *s)
{
    gan_recipe *r = gan_recipe_new_ranked(gan_recipe_find(c->train.recipe), c, NULL, d);
    gan_dist_counts before = gan_dist_get_counts(d);
    *s = (struct step){ 0 };
    if (!r) return -1;
    int bad = gan_plan_time_step(r, &s->seconds, keep_step, s) || s->failed;
    gan_dist_counts after = gan_dist_get_counts(d);
    s->sums = (double)(after.sums - before.sums) / GAN_PLAN_TRIALS;
    s->sum_bytes = (double)(after.bytes - before.bytes) / GAN_PLAN_TRIALS;
    gan_recipe_free(r);
    return bad ? -1 : 0;
}

struct estimate {
    double bytes, busy_s, exposed_s, sums_s;
};

static struct estimate estimate(const struct step *s, int ranks, gan_link link)
{
    struct estimate e = { 0 };
    for (int i = 0; i < s->updates; i++) {
        gan_overlap o = gan_overlap_of(s->update[i].traffic, ranks, link);
        e.bytes += o.bytes;
        e.busy_s += o.busy_s;
        e.exposed_s += o.exposed_s;
    }
    e.bytes += 2 * s->sum_bytes;
    if (s->sums > 0) e.sums_s = s->sums * gan_overlap_sum_s(s->sum_bytes / s->sums, ranks, link);
    return e;
}

static double hidden(const struct estimate *e)
{
    return e->busy_s > 0 ? 1 - e->exposed_s / e->busy_s : 1;
}

static void print_head(const gan_config *c, const struct step *s, int ranks)
{
    printf("%d ranks, each with %lld of %lld pictures a step, on %d threads\n", ranks,
           (long long)c->train.batch / ranks, (long long)c->train.batch, gan_parallel_threads());
    printf("  %-26s %10.4f s\n", "computing a step", s->seconds);
}

static void print_estimate(const struct step *s, int ranks, gan_link link)
{
    struct estimate e = estimate(s, ranks, link);
    printf("model at %.3g Gbit/s, %.0f us\n", link.bytes_per_s * 8e-9, link.latency_s * 1e6);
    printf("  %-26s %10.2f MB\n", "sent by a rank and step", e.bytes / 1e6);
    printf("  %-26s %10.4f s, %.0f %% of it while computing\n", "gradients on their way", e.busy_s, 100 * hidden(&e));
    printf("  %-26s %10.4f s\n", "waited for gradients", e.exposed_s);
    printf("  %-26s %10.4f s, %.0f of them\n", "small sums", e.sums_s, s->sums);
    printf("  %-26s %10.4f s\n", "a step", s->seconds + e.exposed_s + e.sums_s);
}

/* With as many pictures per rank, whatever their number. */
static void print_scaling(const struct step *s)
{
    static const int ranks[] = { 4, 16, 64 };
    static const double gbits[] = { 1, 10, 100 };
    printf("as many pictures per rank: share of gradients hidden, and of one rank's speed that each keeps\n  %8s", "");
    for (size_t k = 0; k < sizeof ranks / sizeof *ranks; k++) printf("    %8d ranks", ranks[k]);
    putchar('\n');
    for (size_t i = 0; i < sizeof gbits / sizeof *gbits; i++) {
        printf("  %3.0f Gbit/s", gbits[i]);
        for (size_t k = 0; k < sizeof ranks / sizeof *ranks; k++) {
            struct estimate e = estimate(s, ranks[k], (gan_link){ gbits[i] * 1e9 / 8, LATENCY_S });
            double kept = s->seconds / (s->seconds + e.exposed_s + e.sums_s);
            printf("  %5.0f %%  %4.0f %%", 100 * hidden(&e), 100 * kept);
        }
        putchar('\n');
    }
}

int gan_plan_model_ranks(const gan_config *c, int ranks, double gbit)
{
    struct step s;
    gan_dist *nobody = gan_dist_pretend(ranks);
    int bad = !nobody || run(c, nobody, &s);
    if (!bad) {
        print_head(c, &s, ranks);
        print_estimate(&s, ranks, (gan_link){ gbit * 1e9 / 8, LATENCY_S });
        print_scaling(&s);
    }
    if (nobody) release(&s);
    gan_dist_free(nobody);
    return bad ? -1 : 0;
}

static void print_measured(const struct step *s)
{
    double exposed = 0;
    for (int i = 0; i < s->updates; i++) exposed += s->update[i].traffic.end_s - s->update[i].traffic.computed_s;
    printf("measured\n  %-26s %10.4f s\n  %-26s %10.4f s\n", "waited for gradients", exposed, "a step", s->seconds);
}

int gan_plan_measure_ranks(const gan_config *c, gan_dist *d)
{
    struct step alone = { 0 }, together = { 0 };
    gan_link link;
    int ranks = gan_dist_size(d);
    gan_dist *nobody = gan_dist_pretend(ranks);
    int bad = gan_ranks_check_begin(&(gan_train_opt){ .config = c, .dist = d }) || gan_dist_agree(d, nobody ? 0 : -1) ||
              gan_dist_measure(d, &link);
    bad = bad || gan_dist_agree(d, run(c, nobody, &alone)) || run(c, d, &together);
    if (!bad && !gan_dist_rank(d)) {
        print_head(c, &alone, ranks);
        print_estimate(&alone, ranks, link);
        print_measured(&together);
    }
    release(&alone);
    release(&together);
    gan_dist_free(nobody);
    return bad ? -1 : 0;
}
