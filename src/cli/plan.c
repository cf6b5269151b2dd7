/* gan plan: what a run will compute, with which kernels, in how much memory, and about how long it will take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/plan.h"
#include "cli/ranks.h"
#include "cli/resident.h"
#include "gan/layers.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/recipes.h"
#include "gan/train.h"

struct options {
    gan_texts set;
    int64_t ranks;
    double gbit;
};

static const gan_flag flags[] = {
    { "set", 0, GAN_FLAG_TEXTS, offsetof(struct options, set), "SECTION.KEY=VALUE", .help = "override the file" },
    { "ranks", 0, GAN_FLAG_NUMBER, offsetof(struct options, ranks), "N", 2, 4096,
      .help = "what so many machines would exchange, and how much of it hides behind computing" },
    { "gbit", 0, GAN_FLAG_REAL, offsetof(struct options, gbit), "F", 0.001, 1e6,
      .help = "speed of their network, Gbit/s (default: 10)" },
    { 0 },
};

static const gan_syntax syntax = {
    "plan",
    "CONFIG",
    "Prints layers, parameters, work, memory and operations of a run, and an estimate of "
    "the time per epoch from a few steps on procedural pictures.",
    flags,
    .least = 1,
    .most = 1,
    .computes = 1
};

static size_t node_params(const gan_graph *g, const gan_node *nd)
{
    size_t count = 0;
    for (int i = 0; i < nd->nparam; i++) {
        const gan_param *p = gan_graph_param(g, nd->param[i]);
        if (p->kind != GAN_BUFFER) count += p->count;
    }
    return count;
}

static void print_layers(const gan_graph *g)
{
    printf("%s: %zu parameters\n", gan_graph_name(g), gan_graph_param_count(g));
    for (gan_id i = 0; i < gan_graph_nodes(g); i++) {
        const gan_node *nd = gan_graph_node(g, i);
        printf("  %-10s %-14s %4d x %3d x %-3d", nd->name, nd->def ? gan_layer_name(nd->def) : "input", nd->dst.c,
               nd->dst.h, nd->dst.w);
        size_t count = node_params(g, nd);
        if (count) printf(" %12zu", count);
        putchar('\n');
    }
    putchar('\n');
}

static double plan_gflop(const gan_plan *p)
{
    double total = 0;
    for (int i = 0; i < gan_plan_ops(p); i++) total += gan_plan_op_at(p, i).flop / 1e9;
    return total;
}

static double print_work(const gan_recipe *r)
{
    double total = 0;
    puts("work of a step");
    for (int i = 0; i < r->plans; i++) {
        double gflop = plan_gflop(r->plan[i]);
        printf("  %-22s %10.3f GFLOP\n", r->plan_name[i], gflop);
        total += gflop;
    }
    printf("  %-22s %10.3f GFLOP\n\n", "all", total);
    return total;
}

static double mib(size_t bytes)
{
    return (double)bytes / 0x1p20;
}

static double nets_mib(const gan_recipe *r)
{
    double total = 0;
    for (int i = 0; i < r->nets; i++) total += mib(gan_params_bytes(r->net[i].params));
    return total;
}

/* The peak of a run: what is planned, what else the process holds, and a tensor on its way to a file. */
static void print_memory(const gan_recipe *r, const gan_config *c, double rest)
{
    double planned = nets_mib(r) + mib(r->plan_bytes), saving = mib(gan_nets_largest(r->net, r->nets) * sizeof(float));
    puts("memory");
    for (int i = 0; i < r->nets; i++)
        printf("  %-6s weights, moments  %10.1f MiB\n", r->net[i].name, mib(gan_params_bytes(r->net[i].params)));
    printf("  %-22s %10.1f MiB\n", "values and gradients", mib(r->plan_bytes));
    printf("  %-22s %10.1f MiB, found in these steps\n", "program and a batch", rest);
    printf("  %-22s %10.1f MiB\n", "saving a checkpoint", saving);
    printf("  %-22s %10.1f MiB and decoded pictures up to %lld MiB\n\n", "peak", planned + rest + saving,
           (long long)c->data.cache_mib);
}

/* MiB of the process beside networks, plans and decoded pictures. */
static double rest_mib(const gan_recipe *r, const gan_loader *l)
{
    double pictures = mib(gan_loader_get_stats(l).cache_bytes);
    return gan_resident().now_mib - nets_mib(r) - mib(r->plan_bytes) - pictures;
}

static void find_rest(void *ctx, gan_recipe *r, const gan_loader *l, int best)
{
    (void)best;
    *(double *)ctx = rest_mib(r, l);
}

static void print_duration(const char *what, double seconds)
{
    char text[GAN_DURATION_BYTES];
    gan_duration_text(seconds, text);
    printf("  %-22s %10s\n", what, text);
}

/* How many photographs an epoch has: those of the folder, or 1000 where there is none. */
static int print_time(const gan_config *c, double gflop, double seconds)
{
    double count = 1000;
    if (c->data.train[0]) {
        gan_dataset *d = gan_dataset_open(c->data.train);
        if (!d) return -1;
        count = (double)gan_dataset_count(d);
        gan_dataset_free(d);
    }
    double steps = count > (double)c->train.batch ? (double)(int64_t)(count / (double)c->train.batch) : 1;
    printf("time, from %d steps on %d threads\n", GAN_PLAN_TRIALS, gan_parallel_threads());
    printf("  %-22s %10.4f s, %.0f GFLOP/s\n", "a step", seconds, gflop / seconds);
    printf("  %-22s %10.0f%s\n", "photographs", count, c->data.train[0] ? "" : " (assumed: [data] train is not set)");
    print_duration("an epoch", steps * seconds);
    print_duration("all epochs", steps * seconds * (double)(c->train.epochs + c->train.decay_epochs));
    putchar('\n');
    return 0;
}

static int print_plan(const gan_config *c)
{
    gan_recipe *r = gan_recipe_new(gan_recipe_find(c->train.recipe), c);
    if (!r) return -1;
    for (int i = 0; i < r->nets; i++) print_layers(r->net[i].graph);
    double gflop = print_work(r);
    double seconds, rest = 0;
    int bad = gan_plan_time_step(r, &seconds, find_rest, &rest);
    if (!bad) print_memory(r, c, rest);
    if (!bad) bad = print_time(c, gflop, seconds);
    for (int i = 0; i < r->plans && !bad; i++) {
        printf("plan '%s' of ", r->plan_name[i]);
        gan_plan_print(r->plan[i], stdout);
    }
    gan_recipe_free(r);
    return bad;
}

/* Alone: the plan, of one rank if there are to be several. Under mpirun: what these ranks exchange. Of stages the last
 * counts, which exchanges most. */
static int plan(const gan_arguments *a, const struct options *o, gan_dist *d)
{
    static gan_config c; /* large */
    int several = gan_dist_size(d) > 1;
    if (gan_ranks_load_config(a, &o->set, d, &c)) return -1;
    int bad =
        several && o->ranks ? gan_error("--ranks is a model of other ranks than mpirun's, which are measured") : 0;
    if (gan_dist_agree(d, bad)) return -1;
    if (!several && !o->ranks) return print_plan(&c);
    c.train.pretrain_steps = c.train.warmup_steps = 0;
    return several ? gan_plan_measure_ranks(&c, d)
                   : gan_plan_model_ranks(&c, (int)o->ranks, o->gbit > 0 ? o->gbit : 10);
}

int gan_cmd_plan(int argc, char **argv)
{
    struct options o = { 0 };
    gan_arguments a;
    gan_dist *d;
    int end = gan_parse(&syntax, argc, argv, &o, &a);
    if (end >= 0) return end;
    if (o.gbit > 0 && !o.ranks) return gan_usage_error(&syntax, "--gbit is the speed between --ranks");
    if (gan_ranks_open(&d)) return GAN_EXIT_FAILED;
    if (plan(&a, &o, d)) return gan_ranks_failed(d);
    gan_dist_free(d);
    return GAN_EXIT_DONE;
}
