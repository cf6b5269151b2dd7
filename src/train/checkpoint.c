#include "gan/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "gan/mem.h"
#include "gan/safetensors.h"

static const char FORMAT[] = "gan-checkpoint-1", WEIGHTS[] = "gan-weights-1", GENERATOR[] = "gen", BINS[] = "bins",
                  TUNING[] = "tuning";

static const char *const suffixes[GAN_NBLOCK] = {
    [GAN_VALUES] = "", [GAN_ADAM_M] = ".m", [GAN_ADAM_V] = ".v", [GAN_EMA] = ".ema"
};

/* Constants are the graph's own. */
static int is_constant(const gan_net *net, int i)
{
    return gan_graph_param(net->graph, i)->init == GAN_INIT_GIVEN;
}

/* Which blocks of which parameters are kept: running statistics and frozen weights have values only. */
static int is_kept(const gan_net *net, int i, enum gan_block b)
{
    if (is_constant(net, i) || !suffixes[b] || !gan_params_has(net->params, b)) return 0;
    return b == GAN_VALUES || gan_graph_param(net->graph, i)->kind == GAN_TRAINABLE;
}

enum { NAME_BYTES = 3 * GAN_NAME_BYTES };

static void tensor_name(char *text, const char *net, enum gan_block b, const char *param)
{
    snprintf(text, NAME_BYTES, "%s%s/%s", net, suffixes[b], param);
}

/* Writing */

struct source { /* where gan_st_write gets a tensor from */
    gan_params *params;
    int param;
    enum gan_block block;
    const void *bytes; /* instead of a parameter */
};

struct writing {
    gan_st_writer *w;
    struct source *source; /* owned; capacity fixed before the first tensor is declared */
    size_t sources;
};

static int fill(void *ctx, void *out, size_t bytes)
{
    const struct source *s = ctx;
    if (!s->bytes) return gan_params_get(s->params, s->param, s->block, out);
    memcpy(out, s->bytes, bytes);
    return 0;
}

static int declare(struct writing *to, const char *name, int ndims, const int64_t *dims, struct source from)
{
    struct source *s = &to->source[to->sources++];
    *s = from;
    return gan_st_tensor(to->w, name, GAN_F32, ndims, dims, fill, s);
}

static int declare_param(struct writing *to, const gan_net *net, int i, enum gan_block from, enum gan_block as)
{
    const gan_param *p = gan_graph_param(net->graph, i);
    char name[NAME_BYTES];
    int64_t dims[4];
    for (int d = 0; d < p->ndims; d++) dims[d] = p->dims[d];
    tensor_name(name, net->name, as, p->name);
    return declare(to, name, p->ndims, dims, (struct source){ net->params, i, from, NULL });
}

static int declare_net(struct writing *to, const gan_net *net)
{
    for (int b = 0; b < GAN_NBLOCK; b++)
        for (int i = 0; i < gan_graph_params(net->graph); i++)
            if (is_kept(net, i, (enum gan_block)b) && declare_param(to, net, i, (enum gan_block)b, (enum gan_block)b))
                return -1;
    return 0;
}

static int declare_pool(struct writing *to, const gan_pool *p)
{
    int64_t x[2] = { (int64_t)p->count, (int64_t)p->nx }, y[2] = { (int64_t)p->count, (int64_t)p->ny };
    if (!p->count) return 0;
    if (declare(to, "pool/condition", 2, x, (struct source){ .bytes = p->x })) return -1;
    return declare(to, "pool/fake", 2, y, (struct source){ .bytes = p->y });
}

static int declare_kept(struct writing *to, const gan_recipe *r)
{
    for (int i = 0; i < r->nkept; i++) {
        char name[NAME_BYTES];
        int64_t count = (int64_t)r->kept[i].count;
        snprintf(name, sizeof name, "recipe/%s", r->kept[i].name);
        if (declare(to, name, 1, &count, (struct source){ .bytes = r->kept[i].value })) return -1;
    }
    return 0;
}

/* A list of bins belongs to the generator. */
static int declare_bins(struct writing *to, const gan_bins *b)
{
    if (!b) return 0;
    return declare(to, BINS, 2, (int64_t[]){ b->count, 2 }, (struct source){ .bytes = b->centre });
}

GAN_PRINTF(3, 4)
static int text(struct writing *to, const char *key, const char *format, ...)
{
    char value[512];
    va_list args;
    va_start(args, format);
    gan_number_vwrite(value, sizeof value, format, args);
    va_end(args);
    return gan_st_text(to->w, key, value);
}

static int write_config(struct writing *to, const gan_recipe *r)
{
    gan_config whole;
    gan_recipe_config(r, &whole);
    char *config = gan_config_text(&whole);
    int result = config ? gan_st_text(to->w, "config", config) : -1;
    gan_mem_free(config);
    return result;
}

/* Doubles are written in hexadecimal: they read back to the same bits. */
static int write_state(struct writing *to, const gan_recipe *r, const gan_run_state *s)
{
    char sums[GAN_MAX_LOSSES * 32] = "";
    if (write_config(to, r)) return -1;
    int bad = text(to, "ranks", "%d", gan_dist_size(r->dist));
    for (int i = 0; i < gan_recipe_losses(r); i++) {
        size_t used = strlen(sums);
        gan_number_write(sums + used, sizeof sums - used, "%s%a", i ? " " : "", s->sum[i]);
    }
    bad |= text(to, "format", "%s", FORMAT) | text(to, "step", "%" PRIu64, s->step);
    bad |= text(to, "epoch", "%" PRIu64, s->epoch) | text(to, "learning_rate", "%a", s->lr);
    bad |= text(to, "best", "%a", s->best) | text(to, "best_epoch", "%" PRIu64, s->best_epoch);
    bad |= text(to, "sums", "%s", sums) | text(to, "summed", "%" PRIu64, s->summed);
    bad |= text(to, "rng", "seed %" PRIu64 " step %" PRIu64, r->key.seed, r->key.step);
    for (int i = 0; i < r->nets; i++) {
        char key[GAN_NAME_BYTES];
        snprintf(key, sizeof key, "%s.updates", r->net[i].name);
        bad |= text(to, key, "%" PRId64, gan_params_updates(r->net[i].params));
    }
    return bad ? -1 : 0;
}

static int writing_init(struct writing *to, const gan_recipe *r)
{
    enum { POOL = 2, LIST_OF_BINS = 1 };
    size_t most = POOL + GAN_MAX_KEPT + LIST_OF_BINS;
    for (int i = 0; i < r->nets; i++) most += (size_t)GAN_NBLOCK * (size_t)gan_graph_params(r->net[i].graph);
    *to = (struct writing){ gan_st_writer_new(), gan_mem_alloc(most, sizeof *to->source), 0 };
    return to->w && to->source ? 0 : -1;
}

static void writing_release(struct writing *to)
{
    gan_st_writer_free(to->w);
    gan_mem_free(to->source);
}

static int check_finite(const char *path, const gan_recipe *r)
{
    for (int i = 0; i < r->nets; i++)
        if (!gan_params_finite(r->net[i].params))
            return gan_error("not saving '%s': weights of '%s' are not finite", path, r->net[i].name);
    return 0;
}

/* Bits depend on the kernels: a run goes on with those that it began with. */
static int write_tuning(struct writing *to, const gan_recipe *r)
{
    if (r->config.run.tune == GAN_TUNE_OFF) return 0;
    char *choices = gan_tuning_text(r->tuning);
    int bad = !choices || gan_st_text(to->w, TUNING, choices);
    gan_mem_free(choices);
    return bad ? -1 : 0;
}

int gan_checkpoint_save(const char *path, gan_recipe *r, const gan_run_state *s)
{
    struct writing to;
    int result = -1;
    if (check_finite(path, r)) return -1;
    if (writing_init(&to, r) || write_state(&to, r, s) || write_tuning(&to, r)) goto done;
    for (int i = 0; i < r->nets; i++)
        if (declare_net(&to, &r->net[i])) goto done;
    if (r->pool && declare_pool(&to, r->pool)) goto done;
    if (declare_kept(&to, r) || declare_bins(&to, r->bins)) goto done;
    result = gan_st_write(to.w, path);
done:
    writing_release(&to);
    return result;
}

int gan_checkpoint_save_generator(const char *path, gan_recipe *r, const gan_run_state *s)
{
    const gan_net *net = &r->net[0];
    struct writing to;
    int result = -1, averaged = gan_params_has(net->params, GAN_EMA);
    if (check_finite(path, r)) return -1;
    if (writing_init(&to, r) || write_state(&to, r, s)) goto done;
    for (int i = 0; i < gan_graph_params(net->graph); i++) {
        int trainable = gan_graph_param(net->graph, i)->kind == GAN_TRAINABLE;
        if (is_constant(net, i)) continue;
        if (declare_param(&to, net, i, averaged && trainable ? GAN_EMA : GAN_VALUES, GAN_VALUES)) goto done;
    }
    if (declare_bins(&to, r->bins)) goto done;
    result = gan_st_write(to.w, path);
done:
    writing_release(&to);
    return result;
}

int gan_checkpoint_save_values(const char *path, const gan_config *c, gan_graph *g, gan_params *w)
{
    static const char *const no_losses[] = { NULL };
    static const gan_recipe_def no_recipe = { .losses = no_losses };
    const gan_run_state s = { .lr = c->optimizer.lr, .best = -HUGE_VAL };
    gan_recipe *r = gan_mem_alloc(1, sizeof *r);
    if (!r) return -1;
    *r = (gan_recipe){
        .def = &no_recipe, .config = *c, .net = { { .name = GENERATOR, .graph = g, .params = w } }, .nets = 1
    };
    r->key.seed = (uint64_t)c->run.seed;
    int result = gan_checkpoint_save_generator(path, r, &s);
    gan_mem_free(r);
    return result;
}

/* Reading */

static const char *need_text(const gan_st_file *f, const char *key)
{
    const char *value = gan_st_get_text(f, key);
    if (!value) gan_error("not a checkpoint of gan: it has no '%s'", key);
    return value;
}

static int read_u64(const gan_st_file *f, const char *key, uint64_t *out)
{
    const char *value = need_text(f, key);
    char *end = NULL;
    if (!value) return -1;
    errno = 0;
    *out = strtoull(value, &end, 10);
    return errno || end == value || *end || value[0] == '-' ? gan_error("its '%s' is damaged", key) : 0;
}

static int read_double(const gan_st_file *f, const char *key, double *out)
{
    const char *value = need_text(f, key);
    char *end = NULL;
    if (!value) return -1;
    *out = gan_number_read(value, &end);
    return end == value || *end ? gan_error("its '%s' is damaged", key) : 0;
}

static int read_sums(const gan_st_file *f, gan_run_state *s)
{
    const char *at = need_text(f, "sums");
    for (int i = 0; at && *at; i++) {
        char *end = NULL;
        double value = gan_number_read(at, &end);
        if (end == at || i == GAN_MAX_LOSSES) return gan_error("its 'sums' are damaged");
        s->sum[i] = value;
        at = end;
    }
    return at ? 0 : -1;
}

static int read_state(const gan_st_file *f, const char *path, gan_config *c, gan_run_state *s)
{
    const char *format = need_text(f, "format"), *config = need_text(f, "config");
    *s = (gan_run_state){ 0 };
    if (!format || !config) return -1;
    if (!strcmp(format, WEIGHTS)) return gan_error("it holds weights alone: 'gan import' makes a checkpoint of them");
    if (strcmp(format, FORMAT)) return gan_error("format '%.64s' is not known to this version", format);
    if (gan_config_parse(c, path, config, 0, NULL)) return -1;
    if (read_u64(f, "step", &s->step) || read_u64(f, "epoch", &s->epoch) || read_double(f, "learning_rate", &s->lr) ||
        read_double(f, "best", &s->best) || read_u64(f, "best_epoch", &s->best_epoch) || read_sums(f, s))
        return -1;
    s->ranks = 1; /* what checkpoints that do not tell were made by */
    if (gan_st_get_text(f, "ranks") && read_u64(f, "ranks", &s->ranks)) return -1;
    return read_u64(f, "summed", &s->summed);
}

int gan_checkpoint_peek(const char *path, gan_config *c, gan_run_state *s)
{
    gan_st_file *f = gan_st_open(path);
    if (!f) return -1;
    int result = read_state(f, path, c, s);
    if (result) gan_error_in("'%s'", path);
    gan_st_close(f);
    return result;
}

int gan_checkpoint_tuning(const char *path, char **text)
{
    gan_st_file *f = gan_st_open(path);
    if (!f) return -1;
    const char *choices = gan_st_get_text(f, TUNING);
    *text = choices ? gan_mem_text(choices) : NULL;
    int failed = choices && !*text;
    gan_st_close(f);
    return failed ? -1 : 0;
}

static int same_shape(const gan_st_info *info, const gan_param *p)
{
    if (info->type != GAN_F32 || info->ndims != p->ndims) return 0;
    for (int d = 0; d < p->ndims; d++)
        if (info->dims[d] != p->dims[d]) return 0;
    return 1;
}

size_t gan_nets_largest(const gan_net *net, int nets)
{
    size_t most = 0;
    for (int k = 0; k < nets; k++)
        for (int i = 0; i < gan_graph_params(net[k].graph); i++) {
            size_t count = gan_graph_param(net[k].graph, i)->count;
            if (count > most) most = count;
        }
    return most;
}

/* Room through which parameters pass. Owned, gan_mem_free. */
static float *room_for(const gan_net *net, int nets)
{
    return gan_mem_alloc_large(gan_nets_largest(net, nets) * sizeof(float));
}

static int read_param(gan_st_file *f, float *room, const gan_net *net, int i, enum gan_block from, enum gan_block into)
{
    const gan_param *p = gan_graph_param(net->graph, i);
    char name[NAME_BYTES];
    tensor_name(name, net->name, from, p->name);
    const gan_st_info *info = gan_st_find(f, name);
    if (!info) return gan_error("tensor '%s' is missing", name);
    if (!same_shape(info, p)) return gan_error("tensor '%s' has another shape than the configuration says", name);
    return gan_st_read(f, info, room) ? -1 : gan_params_set(net->params, i, into, room);
}

static int read_net(gan_st_file *f, float *room, const gan_net *net)
{
    char key[GAN_NAME_BYTES];
    uint64_t updates;
    snprintf(key, sizeof key, "%s.updates", net->name);
    if (read_u64(f, key, &updates)) return -1;
    gan_params_set_updates(net->params, (int64_t)updates);
    for (int b = 0; b < GAN_NBLOCK; b++)
        for (int i = 0; i < gan_graph_params(net->graph); i++)
            if (is_kept(net, i, (enum gan_block)b) && read_param(f, room, net, i, (enum gan_block)b, (enum gan_block)b))
                return -1;
    return gan_params_finite(net->params) ? 0 : gan_error("weights of '%s' are not finite", net->name);
}

static int read_pool(gan_st_file *f, gan_pool *p)
{
    const gan_st_info *x = gan_st_find(f, "pool/condition"), *y = gan_st_find(f, "pool/fake");
    p->count = 0;
    if (!x && !y) return 0;
    if (!x || !y || x->type != GAN_F32 || y->type != GAN_F32 || x->ndims != 2 || y->ndims != 2 ||
        x->dims[0] != y->dims[0] || x->dims[0] < 0 || (uint64_t)x->dims[0] > p->capacity ||
        (uint64_t)x->dims[1] != p->nx || (uint64_t)y->dims[1] != p->ny)
        return gan_error("its pool does not fit the configuration");
    if (gan_st_read(f, x, p->x) || gan_st_read(f, y, p->y)) return -1;
    p->count = (size_t)x->dims[0];
    return 0;
}

static int read_kept(gan_st_file *f, const gan_kept *k)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "recipe/%s", k->name);
    const gan_st_info *t = gan_st_find(f, name);
    if (!t || t->type != GAN_F32 || t->ndims != 1 || (uint64_t)t->dims[0] != k->count)
        return gan_error("its '%s' does not fit the configuration", name);
    if (gan_st_read(f, t, k->value)) return -1;
    for (size_t i = 0; i < k->count; i++)
        if (!isfinite(k->value[i])) return gan_error("its '%s' is not finite", name);
    return 0;
}

/* *out: NULL where there is no list. */
static int read_bins(gan_st_file *f, gan_bins **out)
{
    enum { MOST = 1 << 16 };
    const gan_st_info *t = gan_st_find(f, BINS);
    *out = NULL;
    if (!t) return 0;
    if (t->type != GAN_F32 || t->ndims != 2 || t->dims[1] != 2 || t->dims[0] < 1 || t->dims[0] > MOST)
        return gan_error("its '%s' are no list of bins", BINS);
    float *centre = gan_mem_alloc((size_t)t->dims[0], 2 * sizeof *centre);
    if (centre && !gan_st_read(f, t, centre)) *out = gan_bins_of((int)t->dims[0], centre);
    gan_mem_free(centre);
    return *out ? 0 : -1;
}

static int same_bins(const gan_bins *a, const gan_bins *b)
{
    if (!a || !b) return a == b;
    return a->count == b->count && !memcmp(a->centre, b->centre, (size_t)a->count * sizeof *a->centre);
}

/* The file that loss.bins names may have changed since. */
static int check_bins(gan_st_file *f, const gan_bins *now)
{
    gan_bins *then;
    if (read_bins(f, &then)) return -1;
    int same = same_bins(then, now);
    gan_bins_free(then);
    return same ? 0 : gan_error("it has other bins of colour than loss.bins lists");
}

int gan_checkpoint_load(const char *path, gan_recipe *r, gan_run_state *s)
{
    gan_config saved;
    gan_st_file *f = gan_st_open(path);
    if (!f) return -1;
    float *room = room_for(r->net, r->nets);
    int result = room ? read_state(f, path, &saved, s) : -1;
    if (!result) result = check_bins(f, r->bins);
    for (int i = 0; i < r->nets && !result; i++) result = read_net(f, room, &r->net[i]);
    gan_mem_free(room);
    if (!result && r->pool) result = read_pool(f, r->pool);
    for (int i = 0; i < r->nkept && !result; i++) result = read_kept(f, &r->kept[i]);
    if (result) gan_error_in("'%s'", path);
    r->key.step = s->step;
    gan_st_close(f);
    return result;
}

/* Values come from the moving average where the checkpoint has one. */
static int read_generator(gan_st_file *f, const gan_net *net)
{
    float *room = room_for(net, 1);
    int result = room ? 0 : -1;
    for (int i = 0; i < gan_graph_params(net->graph) && !result; i++) {
        char name[NAME_BYTES];
        if (is_constant(net, i)) continue;
        tensor_name(name, net->name, GAN_EMA, gan_graph_param(net->graph, i)->name);
        result = read_param(f, room, net, i, gan_st_find(f, name) ? GAN_EMA : GAN_VALUES, GAN_VALUES);
    }
    gan_mem_free(room);
    if (result) return -1;
    return gan_params_finite(net->params) ? 0 : gan_error("weights of '%s' are not finite", net->name);
}

int gan_checkpoint_generator(const char *path, gan_config *c, gan_graph **g, gan_params **w)
{
    gan_run_state s;
    gan_net net = { .name = GENERATOR };
    gan_bins *bins = NULL;
    int result = -1;
    gan_st_file *f = gan_st_open(path);
    if (!f) return -1;
    if (read_state(f, path, c, &s) || read_bins(f, &bins)) goto done;
    gan_model_opt o = gan_model_generator_opt(c);
    o.bins = bins;
    const gan_model_def *m = gan_model_find(GAN_GENERATOR, c->generator.model);
    net.graph = m ? gan_model_build(m, "gen", &o) : NULL;
    net.params = net.graph ? gan_params_new(net.graph, 0) : NULL;
    if (!net.params || read_generator(f, &net)) goto done;
    *g = net.graph;
    *w = net.params;
    result = 0;
done:
    if (result) {
        gan_error_in("'%s'", path);
        gan_params_free(net.params);
        gan_graph_free(net.graph);
    }
    gan_bins_free(bins);
    gan_st_close(f);
    return result;
}
