/* The model of hidden communication, against sums by hand. */
#include <criterion/criterion.h>
#include <math.h>

#include "gan/overlap.h"

static const double at[] = { 0.1, 0.2, 0.9 }, bytes[] = { 100, 100, 50 };
static const gan_traffic traffic = { 3, at, bytes, 0, 1.0, 1.5 };

static void expect(gan_overlap o, double sent, double busy, double exposed)
{
    cr_expect(fabs(o.bytes - sent) < 1e-9, "%g bytes, not %g", o.bytes, sent);
    cr_expect(fabs(o.busy_s - busy) < 1e-9, "%g s, not %g", o.busy_s, busy);
    cr_expect(fabs(o.exposed_s - exposed) < 1e-9, "%g s exposed, not %g", o.exposed_s, exposed);
}

Test(overlap, a_fast_link_hides_all_but_the_end)
{
    expect(gan_overlap_of(traffic, 2, (gan_link){ 1000, 0 }), 250, 0.25, 0);
    expect(gan_overlap_of(traffic, 2, (gan_link){ 250, 0 }), 250, 1.0, 0.1); /* 0.1 to 0.5, to 0.9, to 1.1 */
}

Test(overlap, a_slow_link_is_waited_for)
{
    expect(gan_overlap_of(traffic, 2, (gan_link){ 100, 0 }), 250, 2.5, 1.6);
}

Test(overlap, more_ranks_send_more_and_later)
{
    expect(gan_overlap_of(traffic, 4, (gan_link){ 1000, 0 }), 375, 0.375, 0);
    /* from 0.1 to 0.31 and 0.25 + 0.21, and from 0.9 to 0.9 + 0.075 + 0.06 */
    expect(gan_overlap_of(traffic, 4, (gan_link){ 1000, 0.01 }), 375, 0.36 + 0.135, 0.035);
}

/* Six hops, each of which waits for a poll: every 0.05 s while it is computed. */
Test(overlap, pieces_wait_for_polls)
{
    gan_traffic seldom = traffic;
    seldom.polls = 20;
    /* from 0.1 to 0.4 and 0.25 + 0.3; 0.9 + two hops, then four of 0.0225 s */
    expect(gan_overlap_of(seldom, 4, (gan_link){ 1000, 0.01 }), 375, 0.45 + 0.19, 0.09);
    seldom.polls = 1000;
    expect(gan_overlap_of(seldom, 4, (gan_link){ 1000, 0.01 }), 375, 0.36 + 0.135, 0.035);
}

Test(overlap, nothing_hides_more_than_all_of_it)
{
    for (int ranks = 2; ranks <= 128; ranks *= 2) {
        gan_traffic seldom = traffic;
        seldom.polls = 3;
        gan_overlap o = gan_overlap_of(seldom, ranks, (gan_link){ 1000, 0.01 });
        cr_expect(o.exposed_s <= o.busy_s + 1e-12, "%d ranks: %g s of %g s", ranks, o.exposed_s, o.busy_s);
    }
}

Test(overlap, without_pieces_there_is_nothing)
{
    expect(gan_overlap_of((gan_traffic){ 0 }, 4, (gan_link){ 1, 1 }), 0, 0, 0);
}

Test(overlap, sums_go_there_and_back)
{
    static const int hops[] = { 0, 0, 1, 2, 2, 3, 3, 3, 3, 4 };
    for (int ranks = 1; ranks <= 9; ranks++)
        cr_expect_float_eq(gan_overlap_sum_s(100, ranks, (gan_link){ 1000, 0.5 }), 2 * hops[ranks] * 0.6, 1e-12);
}
