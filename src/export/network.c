#include "export/network.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gan/mem.h"

/* What tells a generator of the model table from its tensors: parameters that every one of its kind has, and that tell
 * of its norm, and how many weights of four dimensions it has: others + each * depth. */
static const struct family {
    const char *model, *first, *bias, *norm;
    int others, each;
    const char *depth; /* the configuration's key */
    int least_size;    /* side of pictures it is taken to be trained at, or its multiple if that is more */
} families[] = {
    { "unet", "enc1.conv.weights", "enc1.conv.bias", "dec1.norm.mean", 0, 2, "levels", 64 },
    { "resnet", "first.conv.weights", "first.conv.bias", "first.norm.mean", 6, 2, "blocks", 256 },
};
enum { FAMILIES = sizeof families / sizeof *families };

int gan_plain_name(const gan_keys *k, const char *param, char *name)
{
    (void)k;
    snprintf(name, GAN_KEY_BYTES, "%s", param);
    return 0;
}

static gan_naming *const namings[] = { gan_plain_name, gan_key };
enum { NAMINGS = sizeof namings / sizeof *namings };

/* Finding */

/* The bytes in front of `ending` in `name`; -1: it does not end so, or not behind a separator. */
static int prefix_of(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    if (n < m || n - m >= GAN_KEY_BYTES || strcmp(name + n - m, ending) != 0) return -1;
    return n == m || name[n - m - 1] == '.' || name[n - m - 1] == '/' ? (int)(n - m) : -1;
}

/* Looks for the first parameter of a model. 1: found; 0: not there; -1: more than once. */
static int look_for(const gan_tensors *t, const char *model, const char *param, gan_naming *name, gan_network *n)
{
    char first[GAN_KEY_BYTES];
    int count = 0;
    *n = (gan_network){ name, { .model = model, .depth = 2 }, "" };
    if (name(&n->keys, param, first)) return -1;
    for (size_t i = 0; i < t->count; i++) {
        int bytes = prefix_of(t->item[i].name, first);
        if (bytes < 0) continue;
        if (count++) return gan_error("it holds two generators: '%s' and '%.*s'", n->prefix, bytes, t->item[i].name);
        memcpy(n->prefix, t->item[i].name, (size_t)bytes);
        n->prefix[bytes] = '\0';
    }
    return count;
}

static const struct family *look_for_all(const gan_tensors *t, gan_network *n)
{
    for (int i = 0; i < FAMILIES; i++)
        for (int k = 0; k < NAMINGS; k++) {
            int got = look_for(t, families[i].model, families[i].first, namings[k], n);
            if (got) return got > 0 ? &families[i] : NULL;
        }
    gan_error("none of its %zu tensors is the first of a generator that gan knows", t->count);
    return NULL;
}

const gan_tensor *gan_network_tensor(const gan_tensors *t, const gan_network *n, const char *param)
{
    char name[GAN_KEY_BYTES], full[2 * GAN_KEY_BYTES];
    if (n->name(&n->keys, param, name)) return NULL;
    snprintf(full, sizeof full, "%s%s", n->prefix, name);
    return gan_tensors_find(t, full);
}

/* Configuring */

static int is_of(const gan_tensor *x, const gan_network *n)
{
    return !strncmp(x->name, n->prefix, strlen(n->prefix));
}

static int depth_of(const gan_tensors *t, const struct family *family, const gan_network *n)
{
    int weights = 0;
    for (size_t i = 0; i < t->count; i++) weights += t->item[i].ndims == 4 && is_of(&t->item[i], n);
    return (weights - family->others) / family->each;
}

/* The second convolution of a residual block is one module further on if there is dropout in front of it. */
static int has_dropout(const gan_tensors *t, gan_network *n)
{
    n->keys.dropout = 1;
    const gan_tensor *x = gan_network_tensor(t, n, "res_b1.conv.weights");
    return x && x->ndims == 4;
}

static const char *const norms[] = {
    [GAN_NORM_BATCH] = "batch", [GAN_NORM_INSTANCE] = "instance", [GAN_NORM_NONE] = "none"
};
enum { NORMS = sizeof norms / sizeof *norms };

const char *gan_norm_name(int norm)
{
    return norms[norm];
}

/* The norms that tensors may belong to, 1 << enum gan_norm each. Statistics mean batch norm. With instance norm
 * convolutions have a bias; without any norm the reference's have none, but ours have. */
static unsigned possible_norms(const gan_tensors *t, const struct family *family, const gan_network *n)
{
    if (gan_network_tensor(t, n, family->norm)) return 1 << GAN_NORM_BATCH;
    if (t->norm >= 0) return 1U << t->norm;
    if (!gan_network_tensor(t, n, family->bias)) return 1 << GAN_NORM_NONE;
    return 1 << GAN_NORM_INSTANCE | 1 << GAN_NORM_NONE;
}

static int find_norm_name(const char *name)
{
    for (int i = 0; i < NORMS; i++)
        if (!strcmp(name, norms[i])) return i;
    return gan_error("norm '%.32s' is none of batch, instance, none", name);
}

/* Chooses one: the one asked for, or the one in the file's configuration, or the reference's. */
static int choose_norm(unsigned possible, const char *asked, int configured)
{
    int norm = asked ? find_norm_name(asked) : configured;
    if (norm < 0 || possible >> norm & 1) return norm;
    int first = 0;
    while (first < GAN_NORM_NONE && !(possible >> first & 1)) first++;
    if (!asked) return first;
    return gan_error("its norm is '%s', not '%s'%s", norms[first], asked,
                     possible == 1 << GAN_NORM_NONE ? ": it has none, or they are folded into its convolutions" : "");
}

static int size_of(const struct family *family, int depth)
{
    gan_model_opt o = { .levels = depth < 12 ? depth : 12, .blocks = depth };
    const gan_model_def *m = gan_model_find(GAN_GENERATOR, family->model);
    int multiple = m && m->multiple ? m->multiple(&o) : 1;
    return multiple > family->least_size ? multiple : family->least_size;
}

enum { MAX_LINES = 8, LINE_BYTES = 64 };
struct lines { /* SECTION.KEY=VALUE, in front of what the file says */
    char text[MAX_LINES][LINE_BYTES];
    const char *line[MAX_LINES];
    int count;
};

GAN_PRINTF(2, 3)
static void add_line(struct lines *l, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(l->text[l->count], LINE_BYTES, format, args);
    va_end(args);
    l->line[l->count] = l->text[l->count];
    l->count++;
}

static void add_size(struct lines *l, int size)
{
    add_line(l, "data.size=%d", size);
    add_line(l, "data.load_size=0");
}

static int configure(const gan_tensors *t, const gan_import_opt *o, const struct family *family, gan_network *n,
                     gan_config *c)
{
    const char *text = t->config ? t->config : "";
    struct lines l = { .count = 0 };
    const gan_tensor *first = gan_network_tensor(t, n, family->first);
    if (first->ndims != 4) return gan_error("'%.128s' is no convolution", first->name);
    if (gan_config_parse(c, "its configuration", text, 0, NULL)) return -1;
    n->keys.depth = depth_of(t, family, n);
    if (n->keys.depth < 0) return gan_error("it has too few convolutions for a %s", family->model);
    int norm = choose_norm(possible_norms(t, family, n), o->norm, c->generator.norm);
    if (norm < 0) return -1;
    add_line(&l, "generator.model=%s", family->model);
    add_line(&l, "generator.filters=%" PRId64, first->dims[0]);
    add_line(&l, "generator.%s=%d", family->depth, n->keys.depth);
    add_line(&l, "generator.norm=%s", norms[norm]);
    if (n->name == gan_key && !(n->keys.dropout = has_dropout(t, n)) && !strcmp(family->model, "resnet"))
        add_line(&l, "generator.dropout=0");
    if (o->size || !t->config) add_size(&l, o->size ? o->size : size_of(family, n->keys.depth));
    return gan_config_parse(c, "the network", text, l.count, l.line);
}

/* Of a model whose tensors do not tell what it is, or how deep, and whose file says so itself */

static int parse_own(const gan_tensors *t, const gan_import_opt *o, gan_config *c)
{
    struct lines l = { .count = 0 };
    if (o->norm) add_line(&l, "generator.norm=%.16s", o->norm);
    if (o->size) add_size(&l, o->size);
    return gan_config_parse(c, "its configuration", t->config, l.count, l.line);
}

/* The model's first parameter, which training changes; NULL and a message. The text is static until the next call. */
static const char *first_param(const gan_model_def *m, const gan_config *c)
{
    static _Thread_local char name[GAN_KEY_BYTES];
    gan_model_opt opt = gan_model_generator_opt(c);
    gan_graph *g = gan_model_build(m, "gen", &opt);
    int i = 0;
    if (!g) return NULL;
    while (i < gan_graph_params(g) && gan_graph_param(g, i)->kind != GAN_TRAINABLE) i++;
    int found = i < gan_graph_params(g);
    if (found) snprintf(name, sizeof name, "%s", gan_graph_param(g, i)->name);
    gan_graph_free(g);
    if (!found) gan_error("a %s has nothing that is trained", m->name);
    return found ? name : NULL;
}

static int find_by_config(const gan_tensors *t, const gan_import_opt *o, gan_network *n, gan_config *c)
{
    if (!t->config) return -1;
    if (parse_own(t, o, c)) return -1;
    const gan_model_def *m = gan_model_find(GAN_GENERATOR, c->generator.model);
    const char *first = m ? first_param(m, c) : NULL;
    int got = first ? look_for(t, m->name, first, gan_plain_name, n) : -1;
    return got ? got < 0 ? -1 : 0 : gan_error("it has no '%s' of a %s", first, m->name);
}

static int find_any(const gan_tensors *t, const gan_import_opt *o, gan_network *n, gan_config *c)
{
    const struct family *family = look_for_all(t, n);
    return family ? configure(t, o, family, n, c) : find_by_config(t, o, n, c);
}

int gan_network_find(const gan_tensors *t, const gan_import_opt *o, gan_network *n, gan_config *c)
{
    if (find_any(t, o, n, c)) return -1;
    if (!o->model || !strcmp(o->model, n->keys.model)) return 0;
    return gan_error("it holds a %s, not a %.32s", n->keys.model, o->model);
}

/* Checking */

static void write_shape(char *text, size_t bytes, int ndims, const int64_t *dims)
{
    size_t used = 0;
    *text = '\0';
    for (int i = 0; i < ndims && used < bytes; i++)
        used += (size_t)snprintf(text + used, bytes - used, "%s%" PRId64, i ? ", " : "", dims[i]);
}

static int check_shape(const gan_tensor *x, const gan_param *p)
{
    char here[64], there[256];
    int64_t dims[4];
    int same = x->ndims == p->ndims;
    for (int d = 0; d < p->ndims; d++) {
        dims[d] = p->dims[d];
        same = same && x->dims[d] == dims[d];
    }
    if (same) return 0;
    write_shape(here, sizeof here, p->ndims, dims);
    write_shape(there, sizeof there, x->ndims, x->dims);
    return gan_error("'%.128s' is (%s), where the network's '%s' is (%s)", x->name, there, p->name, here);
}

static int ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text), m = strlen(ending);
    return n >= m && !strcmp(text + n - m, ending);
}

/* Counters, and statistics that instance norms of old versions of PyTorch kept and never used. */
static int is_spare(const char *name)
{
    return ends_with(name, ".num_batches_tracked") || ends_with(name, ".running_mean") ||
           ends_with(name, ".running_var");
}

static int check_params(const gan_tensors *t, const gan_network *n, const gan_graph *g, char *used)
{
    for (int i = 0; i < gan_graph_params(g); i++) {
        const gan_param *p = gan_graph_param(g, i);
        if (p->init == GAN_INIT_GIVEN) continue;
        const gan_tensor *x = gan_network_tensor(t, n, p->name);
        if (!x && ends_with(p->name, ".bias")) continue;
        if (!x) return gan_error("it has nothing for '%s' of a %s", p->name, n->keys.model);
        if (check_shape(x, p)) return -1;
        used[x - t->item] = 1;
    }
    return 0;
}

int gan_network_check(const gan_tensors *t, const gan_network *n, const gan_graph *g)
{
    char *used = gan_mem_alloc(t->count, 1);
    int result = used ? check_params(t, n, g, used) : -1;
    for (size_t i = 0; !result && i < t->count; i++)
        if (!used[i] && is_of(&t->item[i], n) && !is_spare(t->item[i].name))
            result = gan_error("'%.128s' has no place in a %s of that size", t->item[i].name, n->keys.model);
    gan_mem_free(used);
    return result;
}
