/* How an alternative is timed: a graph of the one layer, with its real source's layout and shape, becomes a plan for each
 * alternative; all of them run by turns, in the same memory, on caches that hold other things. What counts is the sum
 * of all that the pass needs: kernels, reorders and, while weights change, their copies in other layouts. */
#include "core/tune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/build.h"
#include "core/dnn/layout.h"
#include "core/params.h"
#include "gan/log.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/progress.h"

enum { INPUT, LAYER }; /* nodes of a trial's graph */
enum { STIR_BYTES = 8 << 20, MOST_ROUNDS = 41 };
static const double WORTH = 0.97;   /* an alternative is taken below this share of the usual time */
static const double HOPELESS = 1.6; /* and given up beyond this one */

static const struct effort {
    int alternatives, rounds; /* most of the former, least of the latter */
    double seconds;           /* for all passes of a plan; longer if the rounds take longer */
    double least;             /* share of a plan's work that a layer must have to be looked at */
} efforts[] = {
    [GAN_TUNE_FAST] = { 4, 2, 1, 0.02 },
    [GAN_TUNE_FULL] = { GAN_MAX_ALTERNATIVES, 7, 10, 0 },
};

static const char *const kind_names[GAN_CONV_KINDS] = {
    [GAN_CONV_FWD] = "fwd", [GAN_CONV_BWD_DATA] = "bwd_data", [GAN_CONV_BWD_WEIGHTS] = "bwd_weights"
};

void gan_alternatives_add(gan_alternatives *a, const char *name)
{
    for (int i = 0; i < a->count; i++)
        if (!strcmp(a->name[i], name)) return;
    if (a->count < GAN_MAX_ALTERNATIVES) snprintf(a->name[a->count++], GAN_CHOICE_BYTES, "%s", name);
}

struct layer { /* a convolution of a plan */
    gan_emit *e;
    const gan_node *nd;
    const gan_conv_desc *d;
    int src_block, wants[GAN_CONV_KINDS];
    const char *choice[GAN_CONV_KINDS]; /* found so far; NULL: the usual */
};

/* Shapes and layouts that a trial has from its layer, and what else its time depends on. */
static int describe(const struct layer *l, enum gan_conv_kind kind, char *site)
{
    const gan_plan *p = l->e->p;
    const gan_conv_desc *d = l->d;
    const gan_md *fixed = gan_params_md(p->w, l->nd->param[0]);
    char layout[24] = "free";
    gan_act act = gan_emit_act(l->e);
    if (fixed) gan_layout_text(fixed, layout, sizeof layout);
    int n = snprintf(
        site, GAN_SITE_BYTES,
        "%s n%d c%d h%d w%d b%d to c%d h%d w%d k%d s%d p%d d%d bias%d act%d wants%d%d%d kept%d copied%d pieces%d "
        "weights %s after %s %s",
        l->nd->def->name, d->src.n, d->src.c, d->src.h, d->src.w, l->src_block, d->dst.c, d->dst.h, d->dst.w, d->k,
        d->stride, d->pad, d->dilation, l->nd->nparam > 1, (int)act.kind, l->wants[GAN_CONV_FWD],
        l->wants[GAN_CONV_BWD_DATA], l->wants[GAN_CONV_BWD_WEIGHTS], gan_params_has(p->w, GAN_GRADS),
        gan_params_has(p->w, GAN_ADAM_M), p->o.piece != NULL, layout,
        l->choice[GAN_CONV_BWD_WEIGHTS] ? l->choice[GAN_CONV_BWD_WEIGHTS] : GAN_USUAL, kind_names[kind]);
    return n < GAN_SITE_BYTES ? 0 : gan_error("a layer's description is too long");
}

/* Trials */

struct trial {
    gan_trial t;
    gan_params *w;
    gan_plan *p;
    double ms[MOST_ROUNDS];
    int rounds, given_up;
};

static void no_update(void *ctx, int param, const float *diff)
{
    (void)ctx, (void)param, (void)diff;
}

static void no_piece(void *ctx, int param, size_t begin, size_t end, const float *diff)
{
    (void)ctx, (void)param, (void)begin, (void)end, (void)diff;
}

static void trial_release(struct trial *t)
{
    gan_plan_free(t->p);
    gan_params_free(t->w);
    *t = (struct trial){ 0 };
}

/* The layer with the activation that it applies. */
static gan_graph *graph_of(const struct layer *l)
{
    const gan_plan *p = l->e->p;
    gan_id self = gan_emit_self(l->e), tail = p->tail[self];
    const gan_node *act = gan_graph_node(p->g, tail);
    gan_graph *g = gan_graph_new("trial");
    if (!g) return NULL;
    gan_id x = gan_graph_input(g, "x", l->d->src);
    gan_id y = gan_graph_add(g, l->nd->def, "layer", 1, &x, l->nd->opt, l->nd->opt_bytes);
    if (tail != self) y = gan_graph_add(g, act->def, "act", 1, &y, act->opt, act->opt_bytes);
    if (!gan_graph_output(g, "y", y)) return g;
    gan_graph_free(g);
    return NULL;
}

static int trial_init(struct trial *t, const struct layer *l, const gan_graph *g)
{
    const gan_plan *p = l->e->p;
    const gan_md *fixed = gan_params_md(p->w, l->nd->param[0]);
    gan_plan_opt o = { .flags = l->wants[GAN_CONV_BWD_WEIGHTS] ? GAN_GRAD_PARAMS : 0,
                       .input_diffs = l->wants[GAN_CONV_BWD_DATA] ? 1u : 0u,
                       .ready = p->o.ready ? no_update : NULL,
                       .piece = p->o.piece ? no_piece : NULL };
    t->t.src_block = l->src_block;
    t->w = gan_params_new(g, gan_params_has(p->w, GAN_GRADS) ? GAN_HAS_GRADS : 0);
    if (!t->w) return -1;
    gan_params_init(t->w, 1, 0, 0.02);
    if (fixed && gan_params_fix(t->w, 0, fixed)) return -1;
    t->p = gan_plan_new_trial(g, t->w, &o, &t->t);
    return t->p ? 0 : -1;
}

/* All alternatives for the passes that are wanted. */
static int list_alternatives(const struct layer *l, const gan_graph *g, gan_alternatives *list)
{
    struct trial t = { .t.list = list };
    memcpy(t.t.choice, l->choice, sizeof t.t.choice);
    int failed = trial_init(&t, l, g);
    trial_release(&t);
    return failed;
}

/* Timing */

static void stir_range(void *ctx, size_t begin, size_t end)
{
    float *x = ctx;
    for (size_t i = begin; i < end; i++) x[i] += 1;
}

struct contest { /* of the alternatives for one pass; number 0 is the usual one */
    struct trial trial[GAN_MAX_ALTERNATIVES + 1];
    int count, counts_copies;
    enum gan_pass pass;
    float *stir;  /* what is read and written between runs */
    void *memory; /* that all plans share */
};

/* One run of all that the pass needs; milliseconds. */
static int run_once(struct contest *c, struct trial *t, double *ms)
{
    const gan_step_key key = { 0, 0 };
    double begin, total = 0;
    for (int i = 0; i < t->p->ops; i++) {
        if (t->p->op[i].node != LAYER || t->p->op[i].pass != c->pass) continue;
        gan_parallel_range(STIR_BYTES / sizeof *c->stir, 4096, stir_range, c->stir);
        begin = gan_clock_s();
        if (gan_plan_run_op(t->p, i, key)) return -1;
        total += gan_clock_s() - begin;
    }
    if (c->counts_copies) {
        gan_params_touch(t->w, 0);
        begin = gan_clock_s();
        if (gan_params_refresh(t->w)) return -1;
        total += gan_clock_s() - begin;
    }
    *ms = total * 1e3;
    return 0;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median over all rounds of the times' ratio: what else the machine does at the time touches both. */
static double ratio_to(const struct trial *t, const struct trial *usual)
{
    double sorted[MOST_ROUNDS];
    int n = t->rounds < usual->rounds ? t->rounds : usual->rounds;
    for (int i = 0; i < n; i++) sorted[i] = t->ms[i] / usual->ms[i];
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    return n ? sorted[n / 2] : HUGE_VAL;
}

/* Two runs of each, which do not count; what is far behind in both is given up. */
static int warm_up(struct contest *c)
{
    for (int k = 0; k < c->count; k++) c->trial[k].given_up = k > 0;
    for (int turn = 0; turn < 2; turn++) {
        double usual = 0, ms;
        for (int k = 0; k < c->count; k++) {
            if (run_once(c, &c->trial[k], &ms)) return -1;
            if (!k) usual = ms;
            if (ms <= HOPELESS * usual) c->trial[k].given_up = 0;
        }
    }
    return 0;
}

/* Rounds in which each runs once. */
static int run_rounds(struct contest *c, const struct effort *effort, double seconds)
{
    double begin = gan_clock_s();
    if (warm_up(c)) return -1;
    for (int r = 0; r < MOST_ROUNDS && (r < effort->rounds || gan_clock_s() - begin < seconds); r++)
        for (int k = 0; k < c->count; k++) {
            struct trial *t = &c->trial[k];
            if (!t->given_up && run_once(c, t, &t->ms[t->rounds++])) return -1;
        }
    return 0;
}

static void fill(void *ctx, size_t begin, size_t end)
{
    float *x = ctx;
    for (size_t i = begin; i < end; i++) x[i] = 0.25f;
}

/* All plans in one memory: they never overlap in time. It holds ordinary numbers. */
static int give_memory(struct contest *c)
{
    size_t most = 1;
    for (int k = 0; k < c->count; k++)
        if (gan_plan_bytes(c->trial[k].p) > most) most = gan_plan_bytes(c->trial[k].p);
    c->memory = gan_mem_alloc_large(most);
    c->stir = gan_mem_alloc_large(STIR_BYTES);
    if (!c->memory || !c->stir) return -1;
    gan_parallel_range(most / sizeof(float), 4096, fill, c->memory);
    for (int k = 0; k < c->count; k++)
        if (gan_plan_bind(c->trial[k].p, c->memory, most)) return -1;
    return 0;
}

static void contest_free(struct contest *c)
{
    if (!c) return;
    for (int k = 0; k < c->count; k++) trial_release(&c->trial[k]);
    gan_mem_free(c->memory);
    gan_mem_free(c->stir);
    gan_mem_free(c);
}

/* An alternative that cannot be made after all is left out. */
static struct contest *contest_new(const struct layer *l, enum gan_conv_kind kind, const gan_graph *g,
                                   const gan_alternatives *a, int most)
{
    struct contest *c = gan_mem_alloc(1, sizeof *c);
    if (!c) return NULL;
    c->pass = kind == GAN_CONV_FWD ? GAN_FWD : GAN_BWD;
    c->counts_copies = gan_params_has(l->e->p->w, GAN_ADAM_M);
    for (int k = 0; k <= a->count && c->count <= most; k++) {
        struct trial *t = &c->trial[c->count];
        memcpy(t->t.choice, l->choice, sizeof t->t.choice);
        t->t.choice[kind] = k ? a->name[k - 1] : NULL;
        if (!trial_init(t, l, g)) {
            c->count++;
            continue;
        }
        trial_release(t);
        if (!k) break;
    }
    if (c->count && !give_memory(c)) return c;
    contest_free(c);
    return NULL;
}

/* Choosing */

/* Multiplications of a convolution's pass, as far as one layer is compared with another. */
static double work_of(const gan_plan *p, gan_id i)
{
    const gan_node *nd = gan_graph_node(p->g, i);
    if (!nd->def || !nd->nparam) return 0;
    const gan_param *w = gan_graph_param(p->g, nd->param[0]);
    const gan_shape *at = &p->shape[w->transposed ? nd->src[0] : i];
    return w->ndims == 4 ? (double)w->count * at->n * at->h * at->w : 0;
}

static double share_of(const struct layer *l)
{
    const gan_plan *p = l->e->p;
    double total = 0;
    for (gan_id i = 0; i < p->nodes; i++) total += p->live[i] ? work_of(p, i) : 0;
    return total > 0 ? work_of(p, gan_emit_self(l->e)) / total : 0;
}

static int compare(const struct layer *l, enum gan_conv_kind kind, const gan_graph *g, const gan_alternatives *a,
                   const struct effort *effort, const char **choice, double *ratio)
{
    struct contest *c = contest_new(l, kind, g, a, effort->alternatives);
    int best = 0;
    if (!c || run_rounds(c, effort, effort->seconds * share_of(l) / GAN_CONV_KINDS)) {
        contest_free(c);
        return -1;
    }
    *ratio = WORTH;
    for (int k = 1; k < c->count; k++) {
        double r = ratio_to(&c->trial[k], &c->trial[0]);
        gan_log(GAN_LOG_DEBUG, "%s %s %s: %.3f of the usual time, %.3f ms", l->nd->name, kind_names[kind],
                c->trial[k].t.choice[kind], r, c->trial[0].ms[0]);
        if (r < *ratio) {
            best = k;
            *ratio = r;
        }
    }
    if (!best) *ratio = 1;
    *choice = best ? c->trial[best].t.choice[kind] : GAN_USUAL;
    contest_free(c);
    return 0;
}

static int is_offered(const gan_alternatives *a, const char *choice)
{
    for (int i = 0; i < a->count; i++)
        if (!strcmp(a->name[i], choice)) return 1;
    return !strcmp(choice, GAN_USUAL);
}

static int forced(const gan_alternatives *a, int n, const char **choice)
{
    int which = n % (a->count + 1);
    *choice = which ? a->name[which - 1] : GAN_USUAL;
    return 0;
}

/* Adds the choice for a pass, after timing if need be. known: what the cache says; NULL: nothing. */
static gan_chosen *find_choice(const struct layer *l, enum gan_conv_kind kind, const char *site,
                               const gan_chosen *known)
{
    gan_tuning *t = l->e->p->o.tuning;
    const struct effort *effort = &efforts[gan_tuning_effort(t)];
    gan_alternatives *lists = gan_mem_alloc(GAN_CONV_KINDS, sizeof *lists);
    gan_graph *g = lists ? graph_of(l) : NULL;
    const char *choice = GAN_USUAL;
    double ratio = 1;
    gan_chosen *c = NULL;
    if (!g || list_alternatives(l, g, lists)) goto done;
    int failed = 0;
    if (gan_tuning_forced(t) >= 0)
        failed = forced(&lists[kind], gan_tuning_forced(t), &choice);
    else if (known && is_offered(&lists[kind], known->choice))
        choice = known->choice, ratio = known->ratio;
    else if (share_of(l) >= effort->least)
        failed = compare(l, kind, g, &lists[kind], effort, &choice, &ratio);
    char copy[GAN_CHOICE_BYTES];
    snprintf(copy, sizeof copy, "%s", choice); /* it may lie in the entry that is replaced */
    if (!failed && (c = gan_tuning_add(t, site, copy, ratio))) c->trusted = 1;
done:
    gan_graph_free(g);
    gan_mem_free(lists);
    return c;
}

static int choose(struct layer *l, enum gan_conv_kind kind)
{
    gan_plan *p = l->e->p;
    gan_tuning *t = p->o.tuning;
    char site[GAN_SITE_BYTES];
    if (!l->wants[kind]) return 0;
    if (describe(l, kind, site)) return -1;
    gan_chosen *c = gan_tuning_find(t, site);
    if (!c && gan_tuning_is_recorded(t))
        return gan_error("no kernel is recorded for '%s': the choices were made on another kind of machine, or with "
                         "another version",
                         site);
    if (!c || (!c->trusted && !gan_tuning_is_recorded(t) && strcmp(c->choice, GAN_USUAL)))
        c = find_choice(l, kind, site, c);
    if (!c) return -1;
    c->used = 1;
    gan_chosen *mine = &p->chosen[gan_emit_self(l->e)][kind];
    *mine = *c;
    if (strcmp(mine->choice, GAN_USUAL)) l->choice[kind] = mine->choice;
    return 0;
}

int gan_tune_conv(gan_emit *e, const gan_node *nd, const gan_conv_desc *d)
{
    /* the pass that fixes the layout of the weights comes first */
    static const enum gan_conv_kind order[] = { GAN_CONV_BWD_WEIGHTS, GAN_CONV_FWD, GAN_CONV_BWD_DATA };
    const gan_plan *p = e->p;
    int backward = p->o.flags & GAN_GRAD_PARAMS || p->o.input_diffs;
    if (!p->o.tuning || gan_tuning_effort(p->o.tuning) == GAN_TUNE_OFF || p->o.math != GAN_MATH_F32) return 0;
    if (gan_graph_param(p->g, nd->param[0])->init == GAN_INIT_GIVEN) return 0;
    struct layer l = { e, nd, d, p->buf[gan_emit_dst(e, nd->src[0])].block, { 0 }, { NULL } };
    l.wants[GAN_CONV_FWD] = 1;
    l.wants[GAN_CONV_BWD_DATA] = backward && p->wants[nd->src[0]];
    l.wants[GAN_CONV_BWD_WEIGHTS] = gan_emit_wants_grad(e, nd, 0);
    for (int i = 0; i < GAN_CONV_KINDS; i++)
        if (choose(&l, order[i])) return -1;
    return 0;
}

const char *gan_tune_choice(const gan_emit *e, enum gan_conv_kind kind)
{
    const gan_plan *p = e->p;
    if (p->trial) return p->trial->choice[kind];
    const char *name = p->chosen ? p->chosen[gan_emit_self(e)][kind].choice : "";
    return *name && strcmp(name, GAN_USUAL) ? name : NULL;
}

gan_alternatives *gan_tune_list(const gan_emit *e, enum gan_conv_kind kind)
{
    return e->p->trial && e->p->trial->list ? &e->p->trial->list[kind] : NULL;
}
