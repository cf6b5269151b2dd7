/* Tuned plans: every alternative computes the same, choices are remembered, recorded and read back, and what is damaged or
 * from elsewhere does no harm. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/tuning.h"
#include "gan/layers.h"
#include "gan/mem.h"
#include "support/damage.h"
#include "support/rig.h"

enum { MOST_WAYS = 20 };

static char folder[] = "/tmp/gan-tuning-XXXXXX", cache[256];

static void begin(void)
{
    cr_assert(mkdtemp(folder));
    setenv("GAN_TUNING_CACHE", folder, 1);
}

static void end(void)
{
    gan_mem_fail_at(0);
    if (*cache) remove(cache);
    rmdir(folder);
}

TestSuite(tuning, .init = begin, .fini = end);

static const struct layer {
    int deconv, k, stride, h, w, ic, oc;
} layers[] = {
    { 0, 4, 2, 8, 8, 16, 32 }, { 0, 4, 2, 12, 20, 32, 16 }, { 0, 4, 1, 8, 9, 32, 32 }, { 0, 4, 1, 8, 8, 32, 1 },
    { 0, 3, 1, 6, 7, 16, 16 }, { 0, 4, 2, 8, 8, 3, 16 },    { 0, 4, 2, 2, 2, 32, 32 }, { 1, 4, 2, 5, 4, 32, 16 },
    { 1, 4, 2, 4, 4, 16, 2 },  { 1, 4, 2, 1, 1, 32, 32 },   { 1, 3, 1, 5, 6, 16, 24 }, { 0, 1, 1, 4, 4, 16, 32 },
    { 0, 5, 1, 4, 3, 48, 16 }, { 1, 4, 2, 3, 7, 16, 48 },
};
enum { LAYERS = sizeof layers / sizeof *layers };

static gan_graph *graph(const struct layer *l, int behind)
{
    gan_graph *g = gan_graph_new("tuned");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, behind ? 3 : l->ic, l->h, l->w });
    if (behind) x = gan_conv(g, "before", x, (gan_conv_opt){ .oc = l->ic, .k = 1, .stride = 1 });
    gan_conv_opt o = { .oc = l->oc, .k = l->k, .stride = l->stride, .pad = l->k > 1, .bias = 1 };
    x = l->deconv ? gan_deconv(g, "l", x, o) : gan_conv(g, "l", x, o);
    gan_graph_output(g, "y", gan_lrelu(g, "act", x, 0.2f));
    return g;
}

static gan_plan_opt options(gan_tuning *t)
{
    return (gan_plan_opt){ .batch = 2, .flags = GAN_GRAD_PARAMS, .input_diffs = RIG_ALL, .tuning = t };
}

static gan_tuning *tuning(enum gan_tune effort)
{
    gan_tuning *t = gan_tuning_new(effort);
    cr_assert(t, "%s", gan_error_message());
    return t;
}

static gan_tuning *forced(int n)
{
    gan_tuning *t = tuning(GAN_TUNE_FULL);
    gan_tuning_force(t, n);
    return t;
}

static char *text_of(const gan_tuning *t)
{
    char *text = gan_tuning_text(t);
    cr_assert(text, "%s", gan_error_message());
    return text;
}

/* The plan with way number n of each pass agrees with the reference; 1 if some way is not the usual one. */
static int agrees(const struct layer *l, int behind, int n)
{
    gan_tuning *t = forced(n);
    struct rig r = rig_new(graph(l, behind), options(t));
    char *text = text_of(t);
    rig_run(&r);
    rig_expect(&r, 1e-5, "%s k%d s%d of %dx%d, %d -> %d channels, way %d:\n%s", l->deconv ? "deconv" : "conv", l->k,
               l->stride, l->w, l->h, l->ic, l->oc, n, text);
    int others = 0;
    for (const char *at = text; (at = strstr(at, " | ")); at += 3) others += strncmp(at, " | usual", 8) && at[3] > '9';
    gan_mem_free(text);
    rig_free(&r);
    gan_tuning_free(t);
    return others > 0;
}

Test(tuning, every_way_agrees_with_the_reference)
{
    int others = 0;
    for (int i = 0; i < LAYERS; i++)
        for (int n = 0; n < MOST_WAYS; n++) others += agrees(&layers[i], 1, n);
    cr_expect(others > 3 * LAYERS, "only %d", others);
}

Test(tuning, every_way_agrees_behind_an_input)
{
    for (int i = 0; i < LAYERS; i++)
        for (int n = 1; n < MOST_WAYS; n += 2) agrees(&layers[i], 0, n);
}

/* What a plan tells and computes; owned. */
static float *results(gan_tuning *t, const struct layer *l, size_t *n, char kernels[1024])
{
    struct rig r = rig_new(graph(l, 1), options(t));
    rig_plan(&r);
    *kernels = 0;
    for (int i = 0; i < gan_plan_ops(r.p); i++) {
        gan_plan_op op = gan_plan_op_at(r.p, i);
        size_t used = strlen(kernels);
        snprintf(kernels + used, 1024 - used, "%s %s %s\n", op.label, op.kernel, op.layouts);
    }
    float *out = rig_results(&r, n);
    rig_free(&r);
    return out;
}

static void expect_same(gan_tuning *a, gan_tuning *b, const struct layer *l, const char *what)
{
    size_t n, m;
    char first[1024], second[1024];
    float *x = results(a, l, &n, first), *y = results(b, l, &m, second);
    cr_expect_str_eq(first, second, "%s", what);
    cr_expect(n == m && !memcmp(x, y, n * sizeof *x), "%s: other bits", what);
    gan_mem_free(x);
    gan_mem_free(y);
}

Test(tuning, off_and_the_usual_way_change_nothing)
{
    for (int i = 0; i < LAYERS; i++) {
        gan_tuning *off = tuning(GAN_TUNE_OFF), *usual = forced(0);
        expect_same(NULL, off, &layers[i], "off");
        expect_same(NULL, usual, &layers[i], "usual");
        gan_tuning_free(off);
        gan_tuning_free(usual);
    }
}

Test(tuning, recorded_choices_make_the_same_plan)
{
    for (int n = 1; n < 6; n++) {
        gan_tuning *t = forced(n);
        size_t count;
        char kernels[1024];
        gan_mem_free(results(t, &layers[2], &count, kernels));
        char *text = text_of(t);
        gan_tuning *again = gan_tuning_recorded(text);
        cr_assert(again, "%s", gan_error_message());
        expect_same(t, again, &layers[2], text);
        char *once_more = text_of(again);
        cr_expect_str_eq(text, once_more);
        gan_mem_free(text);
        gan_mem_free(once_more);
        gan_tuning_free(t);
        gan_tuning_free(again);
    }
}

/* No plan can be made of the text for layer 2; the message holds `why`. */
static void expect_refused(const char *text, const char *why)
{
    gan_tuning *t = gan_tuning_recorded(text);
    cr_assert(t, "%s", gan_error_message());
    gan_graph *g = graph(&layers[2], 1);
    gan_params *w = gan_params_new(g, GAN_HAS_GRADS);
    gan_plan_opt o = options(t);
    cr_expect_null(gan_plan_new(g, w, &o));
    cr_expect(strstr(gan_error_message(), why), "%s", gan_error_message());
    gan_params_free(w);
    gan_graph_free(g);
    gan_tuning_free(t);
}

Test(tuning, a_record_of_another_machine_is_refused)
{
    gan_tuning *t = forced(0);
    size_t n;
    char kernels[1024];
    gan_mem_free(results(t, &layers[2], &n, kernels));
    char *text = text_of(t), *at = strstr(text, "bwd_data | usual | "), *last = at;
    for (; at; at = strstr(at + 1, "bwd_data | usual | ")) last = at;
    cr_assert(last);
    expect_refused("", "no kernel is recorded");
    memcpy(strstr(last, "usual"), "jit:x", 5);
    expect_refused(text, "oneDNN has no 'jit:x'");
    cr_expect_null(gan_tuning_recorded("what is this\n"));
    cr_expect_null(gan_tuning_recorded("a | b | 1"));
    cr_expect_null(gan_tuning_recorded("a | b | nan\n"));
    gan_mem_free(text);
    gan_tuning_free(t);
}

static void find_cache(void)
{
    DIR *d = opendir(folder);
    cr_assert(d);
    for (const struct dirent *e; (e = readdir(d));)
        if (strstr(e->d_name, "tuning-")) snprintf(cache, sizeof cache, "%s/%s", folder, e->d_name);
    closedir(d);
    cr_assert(*cache, "no cache was written");
}

/* Plans of layer 2 with a tuning that is saved; the text of its choices, owned. */
static char *tune(gan_tuning *t)
{
    size_t n;
    char kernels[1024];
    gan_mem_free(results(t, &layers[2], &n, kernels));
    cr_assert(!gan_tuning_save(t), "%s", gan_error_message());
    return text_of(t);
}

/* A cache with the choices of `text`, or with one choice for all its sites. */
static void write_cache(const char *text, const char *choice)
{
    gan_tuning *t = tuning(GAN_TUNE_FAST);
    char *copy = gan_mem_text(text), *line = copy;
    cr_assert(copy);
    for (char *next; (next = strchr(line, '\n')); line = next + 1) {
        char *own = strstr(line, " | "), *ratio;
        cr_assert(own && (ratio = strstr(own + 3, " | ")));
        *own = *ratio = 0;
        cr_assert(gan_tuning_add(t, line, choice ? choice : own + 3, 1));
    }
    cr_assert(!gan_tuning_save(t), "%s", gan_error_message());
    gan_mem_free(copy);
    gan_tuning_free(t);
    find_cache();
}

Test(tuning, a_cache_decides_instead_of_the_clock)
{
    gan_tuning *second = forced(1);
    char *text = tune(second);
    write_cache(text, NULL);
    gan_tuning *t = tuning(GAN_TUNE_FAST);
    char *read = tune(t);
    cr_expect_str_eq(read, text);
    cr_expect(strstr(text, GAN_USUAL) && strstr(text, "bwd_data | jit"), "%s", text);
    gan_mem_free(text);
    gan_mem_free(read);
    gan_tuning_free(second);
    gan_tuning_free(t);
}

static void look(void *ctx, size_t at)
{
    (void)ctx, (void)at;
    gan_tuning *t = tuning(GAN_TUNE_FULL);
    char *text = text_of(t);
    cr_expect_str_empty(text, "nothing is used yet");
    gan_mem_free(text);
    gan_tuning_free(t);
}

Test(tuning, a_damaged_cache_does_no_harm)
{
    gan_tuning *t = tuning(GAN_TUNE_FULL);
    gan_tuning_add(t, "conv fwd", "small", 0.5);
    gan_tuning_add(t, "conv bwd_data", GAN_USUAL, 1);
    cr_assert(!gan_tuning_save(t), "%s", gan_error_message());
    gan_tuning_free(t);
    find_cache();
    t = tuning(GAN_TUNE_FULL);
    cr_assert(gan_tuning_find(t, "conv fwd"));
    cr_expect_str_eq(gan_tuning_find(t, "conv fwd")->choice, "small");
    gan_tuning_free(t);
    size_t n;
    unsigned char *bytes = file_bytes(cache, &n);
    damage_shorten(cache, bytes, n, look, NULL);
    damage_flip(cache, bytes, n, look, NULL);
    free(bytes);
}

/* A choice that is not there is timed anew, and does not stop the plan. */
Test(tuning, a_cached_choice_that_does_not_exist_is_forgotten)
{
    gan_tuning *usual = forced(0);
    char *text = tune(usual);
    write_cache(text, "no such kernel");
    gan_tuning *t = tuning(GAN_TUNE_FAST);
    char *now = tune(t);
    cr_expect(*now && !strstr(now, "no such"), "%s", now);
    gan_mem_free(now);
    gan_mem_free(text);
    gan_tuning_free(t);
    gan_tuning_free(usual);
}

Test(tuning, no_folder_for_caches_is_no_error)
{
    setenv("GAN_TUNING_CACHE", "", 1);
    gan_tuning *t = tuning(GAN_TUNE_FAST);
    char *text = tune(t);
    cr_expect(*text);
    gan_mem_free(text);
    gan_tuning_free(t);
    setenv("GAN_TUNING_CACHE", "/proc/no/such", 1);
    t = tuning(GAN_TUNE_FAST);
    gan_tuning_add(t, "a", "b", 1);
    cr_expect(gan_tuning_save(t));
    gan_tuning_free(t);
}

/* The nth allocation fails, for every n: a plan or a message, and nothing leaks (the sanitizers look). */
Test(tuning, lack_of_memory_is_told)
{
    gan_graph *g = graph(&layers[0], 1);
    int made = 0;
    for (uint64_t n = 1; !made && n < 20000; n += n < 200 ? 1 : 37) {
        gan_params *w = gan_params_new(g, 0);
        cr_assert(w);
        gan_mem_fail_at(n);
        gan_tuning *t = gan_tuning_new(GAN_TUNE_FULL);
        if (t) gan_tuning_force(t, 1);
        gan_plan_opt o = options(t);
        gan_plan *p = t ? gan_plan_new(g, w, &o) : NULL;
        gan_mem_fail_at(0);
        made = p != NULL;
        gan_plan_free(p);
        gan_tuning_free(t);
        gan_params_free(w);
    }
    cr_expect(made);
    gan_graph_free(g);
}
