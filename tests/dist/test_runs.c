/* Whole runs in several ranks: in parts, with ranks that were asked for different things, and failures of all. */
#define _DEFAULT_SOURCE
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gan/parallel.h"
#include "gan/recipes.h"
#include "gan/train.h"
#include "support/damage.h"
#include "support/ranks.h"
#include "train/ranks_compare.h"

/* Fewer to validate on than a batch: ranks beyond the first have none. */
enum { PICTURES = 12, VALIDATED = 2, SIDE = 24 };

static const char TINY[] = "[data]\ntrain = scenes\nsize = 16\n[generator]\nfilters = 8\nlevels = 3\n"
                           "[discriminator]\nfilters = 8\nlayers = 2\n[train]\nbatch = 6\nepochs = 3\n"
                           "pool = 6\nema = 0.9\nbucket_mib = 0.05\n[checkpoint]\nsamples = 0\n";

struct task { /* of one rank */
    int resume, init, validated;
    uint64_t stop_after;
};

struct runs {
    char folder[64], photographs[64];
    gan_config config;
    struct task task[RANKS_MOST];
    const char *message; /* that all ranks are to fail with; NULL: they are not */
    int broken_data, broken_val, failures;
};

static void begin(struct runs *r, int n, const char *const *set)
{
    *r = (struct runs){ .folder = "/tmp/gan-ranks-XXXXXX" };
    cr_assert(mkdtemp(r->folder));
    snprintf(r->photographs, sizeof r->photographs, "%s/photographs", r->folder);
    cr_assert(!gan_config_parse(&r->config, "tiny", TINY, n, set), "%s", gan_error_message());
    for (int i = 0; i < RANKS_MOST; i++) r->task[i].validated = VALIDATED;
}

static int begin_with_nothing(void *ctx, gan_recipe *r)
{
    (void)ctx, (void)r;
    return 0;
}

static void on_failure(void *ctx)
{
    ++*(int *)ctx;
}

static gan_dataset *open_data(const struct runs *r, int broken, int count)
{
    return broken ? gan_dataset_open(r->photographs) : gan_dataset_synthetic((size_t)count, SIDE, 1);
}

static void expect_end(const struct runs *r, gan_dist *d, enum gan_train_end end, int failures)
{
    if (!r->message) {
        ranks_expect(d, end == GAN_TRAIN_DONE && !failures, "it failed: %s", gan_error_message());
        return;
    }
    ranks_expect(d, end == GAN_TRAIN_FAILED && failures == 1, "it did not fail, but %d times", failures);
    ranks_expect(d, strstr(gan_error_message(), r->message) != NULL, "'%s', not '%s'", gan_error_message(), r->message);
    ranks_expect(d, gan_dist_agreed(d), "the others do not know");
}

static void body(gan_dist *d, void *ctx)
{
    const struct runs *r = ctx;
    const struct task *task = &r->task[gan_dist_rank(d)];
    gan_dataset *data = open_data(r, r->broken_data, PICTURES), *val = open_data(r, r->broken_val, task->validated);
    int failures = 0;
    gan_train_opt o = { .config = &r->config,
                        .recipe = gan_recipe_find(r->config.train.recipe),
                        .dist = d,
                        .folder = r->folder,
                        .resume = task->resume,
                        .init = task->init ? begin_with_nothing : NULL,
                        .stop_after = task->stop_after,
                        .data = data,
                        .val = val,
                        .fail = on_failure,
                        .ctx = &failures };
    gan_parallel_use(1);
    enum gan_train_end end = gan_train(&o);
    expect_end(r, d, end, failures);
    gan_dataset_free(data);
    gan_dataset_free(val);
}

static void run_until(struct runs *r, int ranks, uint64_t step, int resume)
{
    for (int i = 0; i < ranks; i++) r->task[i] = (struct task){ resume, 0, VALIDATED, step };
    ranks_run(ranks, step, body, r);
}

/* Owned, free. */
static unsigned char *checkpoint(const struct runs *r, size_t *bytes)
{
    char path[128];
    snprintf(path, sizeof path, "%s/latest.safetensors", r->folder);
    return file_bytes(path, bytes);
}

static void expect_same(const struct runs *a, const struct runs *b)
{
    size_t na, nb;
    unsigned char *da = checkpoint(a, &na), *db = checkpoint(b, &nb);
    cr_expect(na == nb && !memcmp(da, db, na), "their checkpoints differ");
    free(da);
    free(db);
}

#define SET(...)                                                                                                       \
    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *), (const char *const[])                               \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

/* Statistics of each rank's own pictures, a pool, an average of weights; stops in every stage. */
Test(runs, in_parts_have_the_bits_of_whole_ones)
{
    struct runs whole, parts;
    begin(&whole, SET("train.pretrain_steps=1", "train.warmup_steps=3", "train.ready=0"));
    begin(&parts, SET("train.pretrain_steps=1", "train.warmup_steps=3", "train.ready=0"));
    run_until(&whole, 3, 6, 0);
    run_until(&parts, 3, 1, 0);
    run_until(&parts, 3, 3, 1);
    run_until(&parts, 3, 5, 1);
    run_until(&parts, 3, 6, 1);
    expect_same(&whole, &parts);
}

/* Kernels are timed in each run anew, by rank 0 alone; a run that is resumed takes those of its checkpoint. */
Test(runs, all_ranks_take_the_kernels_that_rank_0_has_chosen)
{
    struct runs r;
    cr_assert(!setenv("GAN_TUNING_CACHE", "", 1));
    begin(&r, SET("run.tune=fast"));
    run_until(&r, 3, 1, 0);
    run_until(&r, 3, 2, 1);
    run_until(&r, 2, 3, 1); /* shares of another size: they are chosen again */
}

Test(runs, another_number_of_ranks_may_exchange_in_another_way)
{
    struct runs r;
    begin(&r, 0, NULL);
    run_until(&r, 1, 1, 0);
    cr_assert(!gan_config_parse(&r.config, "tiny", TINY, SET("train.batch_norm=synchronised")));
    run_until(&r, 2, 2, 1);
    cr_assert(!gan_config_parse(&r.config, "tiny", TINY, 0, NULL));
    r.message = "cannot resume: train.batch_norm differs";
    run_until(&r, 2, 3, 1);
}

Test(runs, ranks_with_different_tasks_stop_at_once)
{
    static const struct {
        struct task task; /* of rank 1 */
        const char *message;
    } rows[] = {
        { { 0, 0, VALIDATED, 4 }, "rank 1: the step it stops after is not rank 0's" },
        { { 1, 0, VALIDATED, 2 }, "rank 1: whether it resumes is not rank 0's" },
        { { 0, 1, VALIDATED, 2 }, "rank 1: whether it is given values to begin with is not rank 0's" },
        { { 0, 0, VALIDATED + 1, 2 }, "rank 1: its list of photographs to validate on is not rank 0's" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct runs r;
        begin(&r, 0, NULL);
        for (int k = 0; k < RANKS_MOST; k++) r.task[k] = (struct task){ 0, 0, VALIDATED, 2 };
        r.task[1] = rows[i].task;
        r.message = rows[i].message;
        ranks_run(3, 1, body, &r);
    }
}

static void put_broken_photograph(const struct runs *r)
{
    char path[128];
    cr_assert(!mkdir(r->photographs, 0700));
    snprintf(path, sizeof path, "%s/broken.png", r->photographs);
    FILE *out = fopen(path, "wb");
    cr_assert(out && fputs("no picture", out) >= 0 && !fclose(out));
}

/* So that one of them may speak for all. */
Test(runs, failures_of_all_are_known_to_all)
{
    for (int validation = 0; validation < 2; validation++) {
        struct runs r;
        begin(&r, 0, NULL);
        put_broken_photograph(&r);
        r.broken_val = validation;
        r.broken_data = !validation;
        r.message = validation ? "no readable pictures" : "no usable photographs";
        run_until(&r, 2, 0, 0);
    }
}

static void compare_body(gan_dist *d, void *ctx)
{
    const int *odd = ctx; /* the rank that differs in its second aspect */
    const gan_aspect mine[] = { { "its hat", 1 }, { "its coat", gan_dist_rank(d) == *odd }, { "its shoes", 3 } };
    int bad = gan_ranks_compare(d, mine, 3);
    if (*odd >= gan_dist_size(d)) {
        ranks_expect(d, !bad, "'%s'", gan_error_message());
        return;
    }
    const char *right = *odd == 2 ? "rank 2: its coat is not rank 0's" : "rank 1: its coat is not rank 0's";
    ranks_expect(d, bad && !strcmp(gan_error_message(), right), "'%s'", gan_error_message());
}

Test(runs, what_differs_is_named)
{
    for (int odd = 0; odd < 4; odd++) ranks_run(3, 1, compare_body, &odd);
}

Test(runs, digests_tell_files_apart)
{
    uint64_t none, a, b;
    struct runs r;
    begin(&r, 0, NULL);
    put_broken_photograph(&r);
    char path[128];
    snprintf(path, sizeof path, "%s/broken.png", r.photographs);
    cr_assert(!gan_digest_file("", &none) && !gan_digest_file(path, &a));
    FILE *out = fopen(path, "ab");
    cr_assert(out && fputc('!', out) == '!' && !fclose(out));
    cr_assert(!gan_digest_file(path, &b));
    cr_expect(none != a && a != b && none != b);
    cr_expect_eq(gan_digest_file(r.photographs, &b), -1, "a folder has been read");
    cr_expect_eq(gan_digest_file("/nowhere/at all", &b), -1);
}
