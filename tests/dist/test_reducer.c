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
    size_t floats[PARAMS], bucket;
    enum gan_wire wire;
    float *mean[RANKS_MOST]; /* what each rank has got in its last pass */
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
    const struct plan *plan;
    int taken;
    size_t at;
};

/* Parameters come back in the order they went, last one first. */
static void take(void *ctx, int param, const float *mean)
{
    struct taker *t = ctx;
    size_t n = t->plan->floats[PARAMS - 1 - t->taken];
    ranks_expect(t->d, param == PARAMS - 1 - t->taken, "parameter %d came as number %d", param, t->taken);
    memcpy(t->plan->mean[gan_dist_rank(t->d)] + t->at, mean, n * sizeof *mean);
    t->at += n;
    t->taken++;
}

static void add_all(gan_reducer *r, const struct plan *p, int rank, int pass)
{
    size_t at = 0;
    float *diff = gan_mem_alloc(total(p) + 1, sizeof *diff);
    for (int i = PARAMS - 1; i >= 0; i--) {
        for (size_t k = 0; k < p->floats[i]; k++) diff[k] = gradient(rank, pass, at + k);
        gan_reducer_add(r, i, diff, p->floats[i]);
        memset(diff, 0xff, p->floats[i] * sizeof *diff); /* it was borrowed for the call only */
        at += p->floats[i];
        gan_reducer_poll(r);
    }
    gan_mem_free(diff);
}

static void reduce_body(gan_dist *d, void *ctx)
{
    struct plan *p = ctx;
    struct taker t = { d, p, 0, 0 };
    gan_reducer_opt o = { total(p), PARAMS, p->bucket, p->wire, take, &t };
    gan_reducer *r = gan_reducer_new(d, &o);
    if (!ranks_expect(d, r != NULL, "%s", gan_error_message())) return;
    for (int pass = 0; pass < PASSES; pass++) {
        t.taken = 0;
        t.at = 0;
        gan_reducer_begin(r);
        add_all(r, p, gan_dist_rank(d), pass);
        ranks_expect(d, !gan_reducer_finish(r), "%s", gan_error_message());
        ranks_expect(d, t.taken == PARAMS, "%d parameters came back", t.taken);
    }
    gan_traffic traffic = gan_reducer_traffic(r);
    ranks_expect(d, traffic.pieces == (total(p) + p->bucket - 1) / p->bucket, "%zu pieces", traffic.pieces);
    ranks_expect(d, traffic.end_s >= traffic.computed_s, "it ended before it was computed");
    gan_reducer_free(r);
}

static void run(struct plan *p, int ranks, uint64_t seed)
{
    for (int r = 0; r < ranks; r++) p->mean[r] = gan_mem_alloc(total(p) + 1, sizeof(float));
    ranks_run(ranks, seed, reduce_body, p);
}

static void release(struct plan *p)
{
    for (int r = 0; r < RANKS_MOST; r++) gan_mem_free(p->mean[r]);
}

static void expect_means(const struct plan *p, int ranks, double tolerance)
{
    double worst = 0;
    for (size_t k = 0; k < total(p); k++) {
        double right = 0;
        for (int r = 0; r < ranks; r++) right += (double)gradient(r, PASSES - 1, k) / ranks;
        worst = fmax(worst, fabs((double)p->mean[0][k] - right));
    }
    cr_expect(worst <= tolerance, "%d ranks, bucket of %zu: off by %g", ranks, p->bucket, worst);
    for (int r = 1; r < ranks; r++)
        cr_expect(!memcmp(p->mean[r], p->mean[0], total(p) * sizeof(float)), "ranks 0 and %d of %d differ", r, ranks);
}

static void check(struct plan p, double tolerance)
{
    for (int ranks = 2; ranks <= 5; ranks++) {
        struct plan later = p;
        memset(later.mean, 0, sizeof later.mean);
        run(&p, ranks, 1);
        expect_means(&p, ranks, tolerance);
        run(&later, ranks, 2);
        cr_expect(!memcmp(p.mean[0], later.mean[0], total(&p) * sizeof(float)), "other bits when others are late");
        release(&p);
        release(&later);
        memset(p.mean, 0, sizeof p.mean);
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

static void take_nothing(void *ctx, int param, const float *mean)
{
    (void)ctx, (void)param, (void)mean;
}

static void break_body(gan_dist *d, void *ctx)
{
    float diff[8] = { 0 };
    (void)ctx;
    gan_reducer *r = gan_reducer_new(d, &(gan_reducer_opt){ 8, 1, 2, GAN_WIRE_F32, take_nothing, NULL });
    if (!ranks_expect(d, r != NULL, "%s", gan_error_message())) return;
    ranks_break(d);
    gan_reducer_begin(r);
    gan_reducer_add(r, 0, diff, 8);
    ranks_expect(d, gan_reducer_finish(r) == -1, "a dead line goes unnoticed");
    ranks_expect(d, !strcmp(gan_error_message(), "the line is dead"), "'%s'", gan_error_message());
    gan_reducer_free(r);
}

Test(reducer, a_transport_that_fails_is_reported_at_the_end)
{
    ranks_run(2, 1, break_body, NULL);
}

Test(reducer, is_made_whole_or_not_at_all)
{
    gan_dist *d = gan_dist_pretend(3);
    const gan_reducer_opt o = { 1000, 4, 10, GAN_WIRE_F32, take_nothing, NULL };
    gan_reducer *r = NULL;
    for (uint64_t nth = 1; !r; nth++) {
        cr_assert(nth < 100);
        gan_mem_fail_at(nth);
        r = gan_reducer_new(d, &o);
    }
    gan_mem_fail_at(0);
    gan_reducer_free(r);
    cr_expect_null(gan_reducer_new(d, &(gan_reducer_opt){ 100000, 1, 1, GAN_WIRE_F32, take_nothing, NULL }));
    cr_expect(strstr(gan_error_message(), "bucket_mib"), "'%s'", gan_error_message());
    gan_dist_free(d);
}
