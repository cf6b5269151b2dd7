/* Small exchanges between ranks: sums, broadcasts, gathering, agreement. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "gan/mem.h"
#include "support/ranks.h"

enum { N = 5 };

static double numbers(int rank, int i)
{
    return 0.1 * rank * rank + 1.7 * i - 3e-9 * rank;
}

static void sum_body(gan_dist *d, void *ctx)
{
    double v[N], right[N] = { 0 }, *seen = ctx;
    for (int i = 0; i < N; i++) {
        v[i] = numbers(gan_dist_rank(d), i);
        for (int r = 0; r < gan_dist_size(d); r++) right[i] += numbers(r, i);
    }
    ranks_expect(d, !gan_dist_sum(d, v, N), "%s", gan_error_message());
    for (int i = 0; i < N; i++)
        ranks_expect(d, v[i] > right[i] - 1e-12 && v[i] < right[i] + 1e-12, "%d: %.17g, not %.17g", i, v[i], right[i]);
    memcpy(seen + N * gan_dist_rank(d), v, sizeof v);
    ranks_expect(d, gan_dist_get_counts(d).sums == (gan_dist_size(d) > 1), "sums are not counted");
}

Test(dist, sums_are_the_same_bits_in_all_ranks_and_whatever_is_late)
{
    for (int size = 1; size <= 7; size++) {
        double first[N * RANKS_MOST], again[N * RANKS_MOST];
        ranks_run(size, 1, sum_body, first);
        ranks_run(size, 2, sum_body, again);
        for (int r = 0; r < size; r++) {
            cr_expect(!memcmp(first, first + N * r, N * sizeof *first), "rank %d of %d", r, size);
            cr_expect(!memcmp(again, first + N * r, N * sizeof *first), "rank %d of %d, later", r, size);
        }
    }
}

static void broadcast_body(gan_dist *d, void *ctx)
{
    enum { LARGE = (1 << 24) + 3 };
    (void)ctx;
    char *data = gan_mem_alloc(LARGE, 1);
    if (!gan_dist_rank(d)) data[0] = data[1 << 24] = data[LARGE - 1] = 'x';
    ranks_expect(d, !gan_dist_broadcast(d, data, LARGE), "%s", gan_error_message());
    ranks_expect(d, data[0] == 'x' && data[1 << 24] == 'x' && data[LARGE - 1] == 'x' && !data[1], "lost bytes");
    gan_mem_free(data);
}

Test(dist, broadcast_brings_rank_0s_bytes_to_all)
{
    for (int size = 1; size <= 6; size++) ranks_run(size, 3, broadcast_body, NULL);
}

static void text_body(gan_dist *d, void *ctx)
{
    const char *words = ctx;
    char *text = words && !gan_dist_rank(d) ? gan_mem_text(words) : NULL;
    ranks_expect(d, !gan_dist_broadcast_text(d, &text), "%s", gan_error_message());
    ranks_expect(d, words ? text && !strcmp(text, words) : !text, "'%s'", text ? text : "nothing");
    gan_mem_free(text);
}

Test(dist, texts_of_any_length_are_broadcast)
{
    char long_one[] = "a text that is longer than the others", empty[] = "";
    for (int size = 1; size <= 3; size++) {
        ranks_run(size, 8, text_body, long_one);
        ranks_run(size, 8, text_body, empty);
        ranks_run(size, 8, text_body, NULL);
    }
}

static void gather_body(gan_dist *d, void *ctx)
{
    int mine[2] = { gan_dist_rank(d), 10 * gan_dist_rank(d) }, all[2 * RANKS_MOST] = { 0 };
    (void)ctx;
    ranks_expect(d, !gan_dist_gather(d, mine, sizeof mine, all), "%s", gan_error_message());
    for (int r = 0; !gan_dist_rank(d) && r < gan_dist_size(d); r++)
        ranks_expect(d, all[2 * r] == r && all[2 * r + 1] == 10 * r, "%d and %d", all[2 * r], all[2 * r + 1]);
}

Test(dist, gather_keeps_the_order_of_ranks)
{
    for (int size = 1; size <= 5; size++) ranks_run(size, 4, gather_body, NULL);
}

/* Ranks from *ctx on fail. */
static void agree_body(gan_dist *d, void *ctx)
{
    const int *from = ctx;
    char right[64];
    int size = gan_dist_size(d), bad = gan_dist_rank(d) >= *from ? gan_error("rain") : 0;
    snprintf(right, sizeof right, *from ? "rank %d: rain" : "rain", *from);
    ranks_expect(d, gan_dist_agree(d, bad) == (*from < size ? -1 : 0), "no agreement");
    ranks_expect(d, gan_dist_agreed(d) == (*from < size && size > 1), "agreed: %d", gan_dist_agreed(d));
    if (*from < size) ranks_expect(d, !strcmp(gan_error_message(), right), "'%s'", gan_error_message());
}

Test(dist, a_failure_of_one_rank_is_the_failure_of_all)
{
    for (int size = 1; size <= 4; size++)
        for (int from = 0; from <= size; from++) ranks_run(size, 5, agree_body, &from);
}

static void break_body(gan_dist *d, void *ctx)
{
    double v = 1;
    (void)ctx;
    ranks_break(d);
    ranks_expect(d, gan_dist_sum(d, &v, 1) == -1, "a dead line goes unnoticed");
    ranks_expect(d, !strcmp(gan_error_message(), "the line is dead"), "'%s'", gan_error_message());
}

Test(dist, a_transport_that_fails_is_reported)
{
    ranks_run(2, 6, break_body, NULL);
}

Test(dist, one_process_has_nobody_to_talk_to)
{
    double v = 4;
    int same = 7, copy = 0;
    cr_expect_eq(gan_dist_rank(NULL), 0);
    cr_expect_eq(gan_dist_size(NULL), 1);
    cr_expect(!gan_dist_sum(NULL, &v, 1) && v == 4);
    cr_expect(!gan_dist_broadcast(NULL, &same, sizeof same) && same == 7);
    cr_expect(!gan_dist_gather(NULL, &same, sizeof same, &copy) && copy == 7);
    cr_expect_eq(gan_dist_agree(NULL, 0), 0);
    cr_expect_eq(gan_dist_agree(NULL, -1), -1);
    cr_expect(!gan_dist_agreed(NULL));
    gan_dist_free(NULL);
}

Test(dist, pretended_ranks_send_zeros)
{
    gan_dist *d = gan_dist_pretend(6);
    double v = 4;
    cr_assert(d);
    cr_expect_eq(gan_dist_size(d), 6);
    cr_expect(!gan_dist_sum(d, &v, 1) && v == 4);
    gan_dist_free(d);
}

static void measure_body(gan_dist *d, void *ctx)
{
    gan_link link = { 0, 0 };
    (void)ctx;
    ranks_expect(d, !gan_dist_measure(d, &link), "%s", gan_error_message());
    ranks_expect(d, link.bytes_per_s > 1e6 && link.latency_s > 0 && link.latency_s < 1, "%g B/s, %g s",
                 link.bytes_per_s, link.latency_s);
}

Test(dist, links_are_measured)
{
    ranks_run(2, 7, measure_body, NULL);
}
