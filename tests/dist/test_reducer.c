/* The mean of gradients over ranks: against sums in double, the same bits whatever is late, and every failure. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "dist/dist.h"
#include "dist/reducer.h"
#include "gan/mem.h"
#include "gan/rng.h"
#include "support/ranks.h"

enum { PARAMS = 4, PASSES = 3 };

struct plan { /* what all ranks do */
    size_t floats[PARAMS], bucket, grain;
    enum gan_wire wire;
    float *values[RANKS_MOST]; /* of each rank: all the means it has got, added up; owned */
    float *own[RANKS_MOST];    /* the same, of what it has updated itself; then of what all have */
};

static size_t total(const struct plan *p)
{
    size_t n = 0;
    for (int i = 0; i < PARAMS; i++) n += p->floats[i];
    return n;
}

static float gradient(int rank, int pass, size_t k)
{
    return (float)gan_rng_normal(gan_rng_at((uint64_t)pass, GAN_STREAM_TEST, (uint64_t)rank), k);
}

struct taker {
    gan_dist *d;
    struct plan *plan;
    size_t updated, arrived;
};

static void update(void *ctx, size_t begin, size_t end, const float *mean)
{
    struct taker *t = ctx;
    ranks_expect(t->d, begin % t->plan->grain == 0, "an update begins at %zu", begin);
    for (size_t k = begin; k < end; k++) {
        t->plan->values[gan_dist_rank(t->d)][k] += mean[k - begin];
        t->plan->own[gan_dist_rank(t->d)][k] += mean[k - begin];
    }
    t->updated += end - begin;
}

static void arrive(void *ctx, size_t begin, size_t end)
{
    struct taker *t = ctx;
    ranks_expect(t->d, begin % t->plan->grain == 0, "values arrive at %zu", begin);
    t->arrived += end - begin;
}

/* Parameters come last one first, every other one in two halves. */
static void add_all(gan_reducer *r, const struct plan *p, int rank, int pass)
{
    size_t end = total(p);
    float *diff = gan_mem_alloc(end + 1, sizeof *diff);
    for (int i = PARAMS - 1; i >= 0; i--) {
        size_t n = p->floats[i], begin = end - n, half = i % 2 ? n / 2 : 0;
        for (size_t k = 0; k < n; k++) diff[k] = gradient(rank, pass, begin + k);
        gan_reducer_put(r, begin, begin + half, diff);
        gan_reducer_put(r, begin + half, end, diff + half);
        memset(diff, 0xff, n * sizeof *diff); /* it was borrowed for the call only */
        gan_reducer_complete(r, begin, end);
        gan_reducer_poll(r);
        end = begin;
    }
    gan_mem_free(diff);
}

static size_t pieces_of(const struct plan *p)
{
    size_t bucket = (p->bucket + p->grain - 1) / p->grain * p->grain;
    return (total(p) + bucket - 1) / bucket;
}

static void check_gathered(gan_reducer *r, const struct plan *p, gan_dist *d)
{
    int rank = gan_dist_rank(d);
    ranks_expect(d, !gan_reducer_gather(r, p->own[rank]), "%s", gan_error_message());
    ranks_expect(d, !memcmp(p->own[rank], p->values[rank], total(p) * sizeof(float)),
                 "what owners have is not what all have got");
}

static void reduce_body(gan_dist *d, void *ctx)
{
    struct plan *p = ctx;
    struct taker t = { d, p, 0, 0 };
    gan_reducer_opt o = { total(p), p->bucket, p->grain, p->wire, update, arrive, &t };
    gan_reducer *r = gan_reducer_new(d, &o);
    if (!ranks_expect(d, r != NULL, "%s", gan_error_message())) return;
    for (int pass = 0; pass < PASSES; pass++) {
        t.updated = t.arrived = 0;
        gan_reducer_begin(r, p->values[gan_dist_rank(d)]);
        add_all(r, p, gan_dist_rank(d), pass);
        ranks_expect(d, !gan_reducer_finish(r), "%s", gan_error_message());
        ranks_expect(d, t.updated + t.arrived == total(p), "%zu and %zu floats came back", t.updated, t.arrived);
    }
    gan_traffic traffic = gan_reducer_traffic(r);
    ranks_expect(d, traffic.pieces == pieces_of(p), "%zu pieces", traffic.pieces);
    ranks_expect(d, traffic.end_s >= traffic.computed_s, "it ended before it was computed");
    check_gathered(r, p, d);
    gan_reducer_free(r);
}

static void run(struct plan *p, int ranks, uint64_t seed)
{
    if (!p->grain) p->grain = 1;
    for (int r = 0; r < ranks; r++) {
        p->values[r] = gan_mem_alloc(total(p) + 1, sizeof(float));
        p->own[r] = gan_mem_alloc(total(p) + 1, sizeof(float));
    }
    ranks_run(ranks, seed, reduce_body, p);
}

static void release(struct plan *p)
{
    for (int r = 0; r < RANKS_MOST; r++) {
        gan_mem_free(p->values[r]);
        gan_mem_free(p->own[r]);
    }
    memset(p->values, 0, sizeof p->values);
    memset(p->own, 0, sizeof p->own);
}

static void expect_means(const struct plan *p, int ranks, double tolerance)
{
    double worst = 0;
    for (size_t k = 0; k < total(p); k++) {
        double right = 0;
        for (int pass = 0; pass < PASSES; pass++)
            for (int r = 0; r < ranks; r++) right += (double)gradient(r, pass, k) / ranks;
        worst = fmax(worst, fabs((double)p->values[0][k] - right));
    }
    cr_expect(worst <= tolerance, "%d ranks, bucket of %zu: off by %g", ranks, p->bucket, worst);
    for (int r = 1; r < ranks; r++)
        cr_expect(!memcmp(p->values[r], p->values[0], total(p) * sizeof(float)), "ranks 0 and %d of %d differ", r,
                  ranks);
}

static void check(struct plan p, double tolerance)
{
    for (int ranks = 2; ranks <= 5; ranks++) {
        struct plan later = p;
        run(&p, ranks, 1);
        expect_means(&p, ranks, tolerance);
        run(&later, ranks, 2);
        cr_expect(!memcmp(p.values[0], later.values[0], total(&p) * sizeof(float)), "other bits when others are late");
        release(&p);
        release(&later);
    }
}

Test(reducer, means_in_pieces_that_end_anywhere)
{
    check((struct plan){ .floats = { 3, 100, 1, 57 }, .bucket = 10 }, 1e-6);
    check((struct plan){ .floats = { 3, 100, 1, 57 }, .bucket = 161 }, 1e-6);
    check((struct plan){ .floats = { 20, 20, 20, 20 }, .bucket = 20 }, 1e-6);
}

Test(reducer, pieces_smaller_than_the_ranks_are_many)
{
    check((struct plan){ .floats = { 1, 1, 1, 2 }, .bucket = 2 }, 1e-6);
}

Test(reducer, chunks_begin_at_whole_grains)
{
    check((struct plan){ .floats = { 32, 96, 16, 57 }, .bucket = 40, .grain = 16 }, 1e-6);
    check((struct plan){ .floats = { 3, 2, 1, 5 }, .bucket = 1, .grain = 64 }, 1e-6);
}

Test(reducer, pieces_that_threads_share)
{
    check((struct plan){ .floats = { 70000, 3, 0, 50001 }, .bucket = 65536 }, 2e-6);
}

Test(reducer, bfloat16_is_within_its_rounding)
{
    check((struct plan){ .floats = { 30, 100, 1, 57 }, .bucket = 50, .wire = GAN_WIRE_BF16 }, 0.05);
}

Test(reducer, bfloat16_rounds_to_nearest_even_and_keeps_what_is_no_number)
{
    static const struct {
        float from, to;
    } rows[] = {
        { 1, 1 },
        { -2.5f, -2.5f },
        { 0, 0 },
        { 1 + 0x1p-8f, 1 },                   /* a tie, down to even */
        { 1 + 3 * 0x1p-8f, 1 + 4 * 0x1p-8f }, /* a tie, up to even */
        { 1 + 0x1.8p-8f, 1 + 0x1p-7f },       /* above a tie */
        { INFINITY, INFINITY },
        { 0x1.fffffep127f, INFINITY }, /* rounds beyond the largest */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint16_t half;
        float back;
        gan_wire_pack(GAN_WIRE_BF16, &rows[i].from, &half, 1);
        gan_wire_unpack(GAN_WIRE_BF16, &half, &back, 1);
        cr_expect(back == rows[i].to, "%a became %a, not %a", (double)rows[i].from, (double)back, (double)rows[i].to);
    }
    uint32_t bits[] = { 0x7f800001, 0xffffffff };
    for (int i = 0; i < 2; i++) {
        float nan, back;
        uint16_t half;
        memcpy(&nan, &bits[i], sizeof nan);
        gan_wire_pack(GAN_WIRE_BF16, &nan, &half, 1);
        gan_wire_unpack(GAN_WIRE_BF16, &half, &back, 1);
        cr_expect(isnan(back), "a NaN became %g", (double)back);
    }
}

static void update_nothing(void *ctx, size_t begin, size_t end, const float *mean)
{
    (void)ctx, (void)begin, (void)end, (void)mean;
}

static void arrive_nothing(void *ctx, size_t begin, size_t end)
{
    (void)ctx, (void)begin, (void)end;
}

static void break_body(gan_dist *d, void *ctx)
{
    float diff[8] = { 0 }, values[8] = { 0 };
    const gan_reducer_opt o = { 8, 2, 1, GAN_WIRE_F32, update_nothing, arrive_nothing, NULL };
    (void)ctx;
    gan_reducer *r = gan_reducer_new(d, &o);
    if (!ranks_expect(d, r != NULL, "%s", gan_error_message())) return;
    ranks_break(d);
    gan_reducer_begin(r, values);
    gan_reducer_put(r, 0, 8, diff);
    gan_reducer_complete(r, 0, 8);
    ranks_expect(d, gan_reducer_finish(r) == -1, "a dead line goes unnoticed");
    ranks_expect(d, !strcmp(gan_error_message(), "the line is dead"), "'%s'", gan_error_message());
    ranks_expect(d, gan_reducer_gather(r, values) == -1, "a dead line goes unnoticed in a gather");
    gan_reducer_free(r);
}

Test(reducer, a_transport_that_fails_is_reported_at_the_end)
{
    ranks_run(2, 1, break_body, NULL);
}

Test(reducer, is_made_whole_or_not_at_all)
{
    gan_dist *d = gan_dist_pretend(3);
    const gan_reducer_opt o = { 1000, 10, 1, GAN_WIRE_F32, update_nothing, arrive_nothing, NULL };
    const gan_reducer_opt many = { 100000, 1, 1, GAN_WIRE_F32, update_nothing, arrive_nothing, NULL };
    gan_reducer *r = NULL;
    for (uint64_t nth = 1; !r; nth++) {
        cr_assert(nth < 100);
        gan_mem_fail_at(nth);
        r = gan_reducer_new(d, &o);
    }
    gan_mem_fail_at(0);
    gan_reducer_free(r);
    cr_expect_null(gan_reducer_new(d, &many));
    cr_expect(strstr(gan_error_message(), "bucket_mib"), "'%s'", gan_error_message());
    gan_dist_free(d);
}
