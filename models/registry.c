#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "models/models.h"

#define X(name) extern const gan_model_def gan_model_##name;
#include "models/list.h"
#undef X

static const gan_model_def *const all[] = {
#define X(name) &gan_model_##name,
#include "models/list.h"
#undef X
    NULL
};

const gan_model_def *const *gan_model_all(void)
{
    return all;
}

const gan_model_def *gan_model_find(enum gan_model_kind kind, const char *name)
{
    char names[256] = "";
    for (int i = 0; all[i]; i++) {
        if (all[i]->kind != kind) continue;
        if (!strcmp(all[i]->name, name)) return all[i];
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", all[i]->name);
    }
    gan_error("'%.64s' is no %s; there are: %s", name, kind == GAN_GENERATOR ? "generator" : "discriminator", names);
    return NULL;
}

/* What models compute with in int; a configuration's ranges are narrower. 0 where a model does not read an option. */
static const struct {
    const char *name;
    size_t at;
    int min, max;
} limits[] = {
    { "in", offsetof(gan_model_opt, in), 1, 4096 },
    { "out", offsetof(gan_model_opt, out), 1, 4096 },
    { "condition", offsetof(gan_model_opt, condition), 0, 4096 },
    { "filters", offsetof(gan_model_opt, filters), 1, 4096 },
    { "levels", offsetof(gan_model_opt, levels), 0, 12 },
    { "blocks", offsetof(gan_model_opt, blocks), 0, 1024 },
    { "layers", offsetof(gan_model_opt, layers), 0, 16 },
    { "norm", offsetof(gan_model_opt, norm), GAN_NORM_BATCH, GAN_NORM_NONE },
    { "decoder", offsetof(gan_model_opt, decoder), GAN_DECODER_DECONV, GAN_DECODER_NEAREST },
    { "embedding", offsetof(gan_model_opt, embedding), GAN_EMBEDDING_SCORES, GAN_EMBEDDING_MAP },
    { "size", offsetof(gan_model_opt, size), 1, 65536 },
};

static int check_size(const gan_model_def *m, const gan_model_opt *o)
{
    int multiple = m->multiple ? m->multiple(o) : 1, least = m->least ? m->least(o) : 1;
    const char * or = m->sized_by ? " or " : "", *key = m->sized_by ? m->sized_by : "";
    if (o->size % multiple)
        return gan_error("%s: size %d is not a multiple of %d: change data.size%s%s", m->name, o->size, multiple, or,
                         key);
    if (o->size < least)
        return gan_error("%s: size %d is below %d: change data.size%s%s", m->name, o->size, least, or, key);
    return 0;
}

static int check(const gan_model_def *m, const gan_model_opt *o)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        int value;
        memcpy(&value, (const char *)o + limits[i].at, sizeof value);
        if (value < limits[i].min || value > limits[i].max)
            return gan_error("%s: %s %d is not within %d and %d", m->name, limits[i].name, value, limits[i].min,
                             limits[i].max);
    }
    return check_size(m, o);
}

static int outputs(gan_graph *g, const gan_model_def *m, const gan_id *in, const gan_model_opt *o)
{
    return gan_graph_output(g, "y", m->build(g, in, o));
}

/* The paper's temperature; its published code enlarges colours bilinearly, too. */
static int classifying_outputs(gan_graph *g, const gan_model_def *m, const gan_id *in, const gan_model_opt *o)
{
    static const float temperature = 0.38f;
    gan_model_opt classes = *o;
    if (o->out != 2) return gan_error("%s: classes of colour are of a and b, not of %d channels", m->name, o->out);
    gan_bins *reachable = o->bins ? NULL : gan_bins_reachable();
    const gan_bins *bins = o->bins ? o->bins : reachable;
    if (!bins) return -1;
    classes.out = bins->count;
    gan_id logits = m->build(g, in, &classes);
    gan_id y = gan_bilinear(g, "up", gan_model_annealed_mean(g, logits, bins, temperature), m->classifies);
    gan_bins_free(reachable);
    return gan_graph_output(g, "y", y) || gan_graph_output(g, "logits", logits) ? -1 : 0;
}

gan_graph *gan_model_build(const gan_model_def *m, const char *name, const gan_model_opt *o)
{
    gan_id in[2] = { -1, -1 };
    gan_graph *g = check(m, o) ? NULL : gan_graph_new(name);
    if (!g) return NULL;
    int generator = m->kind == GAN_GENERATOR, first = generator ? o->in : o->condition;
    if (first) in[0] = gan_graph_input(g, generator ? "x" : "condition", (gan_shape){ 1, first, o->size, o->size });
    if (!generator) in[1] = gan_graph_input(g, "picture", (gan_shape){ 1, o->in - first, o->size, o->size });
    if (m->classifies ? classifying_outputs(g, m, in, o) : outputs(g, m, in, o)) goto fail;
    return g;
fail:
    gan_graph_free(g);
    return NULL;
}

gan_id gan_model_norm(gan_graph *g, const char *name, gan_id x, const gan_model_opt *o)
{
    const float eps = 1e-5f;
    switch (o->norm) {
    case GAN_NORM_BATCH: return gan_batchnorm(g, name, x, eps);
    case GAN_NORM_INSTANCE: return gan_instancenorm(g, name, x, eps);
    default: return x;
    }
}

int gan_model_bias(const gan_model_opt *o)
{
    return o->norm != GAN_NORM_BATCH;
}

gan_id gan_model_pair(gan_graph *g, const gan_id *in, const gan_model_opt *o)
{
    return o->condition ? gan_concat(g, "pair", in[0], in[1]) : in[1];
}

const char *gan_model_name(const char *prefix, int i)
{
    enum { SLOTS = 4 };
    static _Thread_local char text[SLOTS][GAN_NAME_BYTES / 2];
    static _Thread_local int slot;
    slot = (slot + 1) % SLOTS;
    snprintf(text[slot], sizeof text[slot], "%s%d", prefix, i);
    return text[slot];
}

gan_model_opt gan_model_generator_opt(const gan_config *c)
{
    return (gan_model_opt){ .in = gan_config_inputs(c),
                            .out = gan_config_outputs(c),
                            .filters = (int)c->generator.filters,
                            .levels = (int)c->generator.levels,
                            .blocks = (int)c->generator.blocks,
                            .norm = c->generator.norm,
                            .decoder = c->generator.decoder,
                            .embedding = c->generator.embedding,
                            .dropout = (float)c->generator.dropout,
                            .size = (int)c->data.size };
}

gan_model_opt gan_model_discriminator_opt(const gan_config *c)
{
    return (gan_model_opt){ .in = gan_config_inputs(c) + gan_config_outputs(c),
                            .out = 1,
                            .condition = gan_config_inputs(c),
                            .filters = (int)c->discriminator.filters,
                            .layers = (int)c->discriminator.layers,
                            .norm = c->discriminator.norm,
                            .size = (int)c->data.size };
}
