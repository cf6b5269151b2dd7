/* gan info: what a checkpoint, a file that was exported, or any safetensors file holds. */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/info.h"
#include "export/tensors.h"
#include "gan/checkpoint.h"
#include "gan/mem.h"
#include "gan/safetensors.h"

struct options {
    int json, verify;
};

static const gan_flag flags[] = {
    { "json", 0, GAN_FLAG_SWITCH, offsetof(struct options, json), .help = "print one JSON object" },
    { "verify", 0, GAN_FLAG_SWITCH, offsetof(struct options, verify),
      .help = "run the proof in an exported .onnx file" },
    { 0 },
};

static const gan_syntax syntax = {
    .name = "info",
    .arguments = "FILE",
    .help = "Says what a checkpoint holds: how far the run was, its networks, configuration and tensors; of an .onnx\n"
            "file that gan has exported, its interface and configuration; of other safetensors and .pth files, their "
            "tensors.",
    .flags = flags,
    .least = 1,
    .most = 1,
};

struct network {
    char name[GAN_NAME_BYTES];
    int64_t parameters; /* running statistics do not count */
};

struct contents {
    const char *path;
    gan_st_file *file;
    struct network network[GAN_MAX_NETS];
    int networks;
    int64_t parameters;
    int checkpoint; /* config and state are there */
    gan_config config;
    gan_run_state state;
};

static const struct type {
    const char *name;
    size_t bytes;
} types[] = { [GAN_F32] = { "F32", 4 }, [GAN_I64] = { "I64", 8 }, [GAN_U8] = { "U8", 1 } };

static int ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text), m = strlen(ending);
    return n >= m && !strcmp(text + n - m, ending);
}

static int64_t elements(const gan_st_info *t)
{
    return (int64_t)(t->bytes / types[t->type].bytes);
}

static struct network *network_named(struct contents *c, const char *name, size_t length)
{
    for (int i = 0; i < c->networks; i++)
        if (strlen(c->network[i].name) == length && !memcmp(c->network[i].name, name, length)) return &c->network[i];
    if (c->networks == GAN_MAX_NETS || length >= sizeof c->network->name) return NULL;
    struct network *n = &c->network[c->networks++];
    memcpy(n->name, name, length);
    return n;
}

/* Weights are NETWORK/NODE.LAYER.NAME; moments and averages have a dot in the first part, running statistics end in
 * .mean and .variance, and the pool has its own names. */
static void count_parameters(struct contents *c, const gan_st_info *t)
{
    const char *slash = strchr(t->name, '/');
    size_t length = slash ? (size_t)(slash - t->name) : 0;
    if (!slash || memchr(t->name, '.', length) || !strncmp(t->name, "pool/", strlen("pool/"))) return;
    if (ends_with(t->name, ".mean") || ends_with(t->name, ".variance")) return;
    struct network *n = network_named(c, t->name, length);
    if (n) n->parameters += elements(t);
}

static int open_contents(struct contents *c, const char *path)
{
    *c = (struct contents){ .path = path, .file = gan_st_open(path) };
    if (!c->file) return -1;
    const char *format = gan_st_get_text(c->file, "format");
    c->checkpoint = format && !strncmp(format, "gan-checkpoint-", strlen("gan-checkpoint-"));
    if (c->checkpoint && gan_checkpoint_peek(path, &c->config, &c->state)) return -1;
    for (size_t i = 0; i < gan_st_count(c->file); i++) {
        const gan_st_info *t = gan_st_at(c->file, i);
        if (c->checkpoint)
            count_parameters(c, t);
        else
            c->parameters += elements(t);
    }
    for (int i = 0; i < c->networks; i++) c->parameters += c->network[i].parameters;
    return 0;
}

/* Text */

static void print_state(const struct contents *c)
{
    const gan_run_state *s = &c->state;
    printf("step        %" PRIu64 "\nepoch       %" PRIu64 "\n", s->step, s->epoch);
    if (isfinite(s->best)) printf("best        %.6g, in epoch %" PRIu64 "\n", s->best, s->best_epoch);
    for (int i = 0; i < c->networks; i++) {
        printf("%s", i ? "            " : "networks    ");
        gan_print_visible(c->network[i].name, stdout);
        printf(": %" PRId64 " parameters\n", c->network[i].parameters);
    }
}

static int print_config(const struct contents *c)
{
    char *text = gan_config_text(&c->config);
    if (!text) return -1;
    printf("\n%s", text);
    gan_mem_free(text);
    return 0;
}

static void print_tensor(const gan_st_info *t)
{
    char shape[GAN_ST_MAX_DIMS * 24] = "";
    for (int i = 0; i < t->ndims; i++) {
        size_t used = strlen(shape);
        snprintf(shape + used, sizeof shape - used, "%s%" PRId64, i ? " " : "", t->dims[i]);
    }
    printf("%-4s %-20s %12zu  ", types[t->type].name, shape, t->bytes);
    gan_print_visible(t->name, stdout);
    putchar('\n');
}

static int print_text(const struct contents *c)
{
    size_t n = gan_st_count(c->file), bytes = 0;
    for (size_t i = 0; i < n; i++) bytes += gan_st_at(c->file, i)->bytes;
    printf("file        ");
    gan_print_visible(c->path, stdout);
    printf("\nformat      %s\n", c->checkpoint ? "checkpoint of gan" : "safetensors");
    if (c->checkpoint) print_state(c);
    printf("parameters  %" PRId64 "\ntensors     %zu of %.1f MiB\n", c->parameters, n, (double)bytes / 0x1p20);
    if (c->checkpoint && print_config(c)) return -1;
    printf("\ntype shape                       bytes  name\n");
    for (size_t i = 0; i < n; i++) print_tensor(gan_st_at(c->file, i));
    return 0;
}

/* JSON. The setters take their value, and fail on NULL. */

int gan_info_set_config(json_t *o, const gan_config *c)
{
    char value[GAN_TEXT_BYTES];
    int bad = 0;
    json_t *config = json_object();
    for (const gan_config_section *s = gan_config_sections(); s->name; s++) {
        json_t *section = json_object();
        for (const gan_option *row = s->rows; row->name; row++) {
            gan_option_get(row, c, value);
            bad |= json_object_set_new(section, row->name, json_string(value));
        }
        bad |= json_object_set_new(config, s->name, section);
    }
    return bad | json_object_set_new(o, "config", config);
}

static int set_state(json_t *o, const gan_run_state *s)
{
    int known = isfinite(s->best);
    int bad = json_object_set_new(o, "step", json_integer((json_int_t)s->step));
    bad |= json_object_set_new(o, "epoch", json_integer((json_int_t)s->epoch));
    bad |= json_object_set_new(o, "best", known ? json_real(s->best) : json_null());
    bad |= json_object_set_new(o, "best_epoch", known ? json_integer((json_int_t)s->best_epoch) : json_null());
    return bad | json_object_set_new(o, "lr", isfinite(s->lr) ? json_real(s->lr) : json_null());
}

static int set_networks(json_t *o, const struct contents *c)
{
    json_t *networks = json_object();
    int bad = 0;
    for (int i = 0; i < c->networks; i++)
        bad |= json_object_set_new(networks, c->network[i].name, json_integer((json_int_t)c->network[i].parameters));
    return bad | json_object_set_new(o, "networks", networks);
}

static int set_tensors(json_t *o, const gan_st_file *f)
{
    json_t *tensors = json_array();
    int bad = 0;
    for (size_t i = 0; i < gan_st_count(f); i++) {
        const gan_st_info *t = gan_st_at(f, i);
        json_t *shape = json_array();
        for (int d = 0; d < t->ndims; d++) bad |= json_array_append_new(shape, json_integer((json_int_t)t->dims[d]));
        bad |= json_array_append_new(tensors, json_pack("{ss ss so sI}", "name", t->name, "type", types[t->type].name,
                                                        "shape", shape, "bytes", (json_int_t)t->bytes));
    }
    return bad | json_object_set_new(o, "tensors", tensors);
}

static int print_json(const struct contents *c)
{
    json_t *o = json_object();
    int bad = 0;
    if (c->checkpoint) bad |= set_state(o, &c->state);
    if (c->checkpoint) bad |= set_networks(o, c);
    bad |= json_object_set_new(o, "parameters", json_integer((json_int_t)c->parameters));
    if (c->checkpoint) bad |= gan_info_set_config(o, &c->config);
    bad |= set_tensors(o, c->file);
    if (!bad) json_dumpf(o, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    if (!bad) putchar('\n');
    json_decref(o);
    return bad ? gan_error("cannot make JSON: out of memory") : 0;
}

static int show_safetensors(const char *path, int json)
{
    static struct contents c; /* large */
    int failed = open_contents(&c, path) || (json ? print_json(&c) : print_text(&c));
    gan_st_close(c.file);
    return failed ? -1 : 0;
}

static int show(const char *path, int json)
{
    if (ends_with(path, ".onnx")) return gan_info_onnx(path, json);
    const gan_tensor_reader *r = gan_tensors_reader(path);
    if (!r) return gan_error_in("cannot read '%s'", path);
    return r == &gan_safetensors_reader ? show_safetensors(path, json) : gan_info_tensors(path, json);
}

int gan_cmd_info(int argc, char **argv)
{
    struct options o = { 0 };
    gan_arguments a;
    int end = gan_parse(&syntax, argc, argv, &o, &a);
    if (end >= 0) return end;
    int failed = o.verify ? gan_info_verify(a.item[0], o.json) : show(a.item[0], o.json);
    return failed ? gan_failed() : GAN_EXIT_DONE;
}
