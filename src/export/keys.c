#include "export/keys.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gan/error.h"

static const char VARIANCE[] = "norm.variance", BATCHES[] = "num_batches_tracked";

/* Layer and parameter, and what PyTorch calls it. */
static const struct suffix {
    const char *ours, *key;
    int of_norm; /* belongs to the norm behind the convolution */
} suffixes[] = {
    { "conv.weights", "weight", 0 },    { "conv.bias", "bias", 0 },     { "deconv.weights", "weight", 0 },
    { "deconv.bias", "bias", 0 },       { "norm.gamma", "weight", 1 },  { "norm.beta", "bias", 1 },
    { "norm.mean", "running_mean", 1 }, { VARIANCE, "running_var", 1 },
};

/* A U-Net is blocks within blocks, the outermost first. A block's modules in the order of its container, with the
 * numbers of those that have parameters; -1: not there. The innermost holds no other block, the outermost no norm. */
enum position { OUTERMOST, MIDDLE, INNERMOST };
static const struct block {
    int down, down_norm, inner, up, up_norm;
} blocks[] = {
    [OUTERMOST] = { 0, -1, 1, 3, -1 }, /* conv, block, ReLU, deconv, tanh */
    [MIDDLE] = { 1, 2, 3, 5, 6 },      /* LeakyReLU, conv, norm, block, ReLU, deconv, norm (dropout) */
    [INNERMOST] = { 1, -1, -1, 3, 4 }, /* LeakyReLU, conv, ReLU, deconv, norm */
};

static enum position position_of(int level, int levels)
{
    return level == 1 ? OUTERMOST : level == levels ? INNERMOST : MIDDLE;
}

/* enc<i> is in block i; dec<i>, counted from inside, in block levels + 1 - i. */
static int unet_module(const gan_keys *k, const char *node, int i, int of_norm, char *path)
{
    int up = !strcmp(node, "dec");
    if ((!up && strcmp(node, "enc") != 0) || i < 1 || i > k->depth) return -1;
    int level = up ? k->depth + 1 - i : i;
    const struct block *b = &blocks[position_of(level, k->depth)];
    int number = up ? (of_norm ? b->up_norm : b->up) : of_norm ? b->down_norm : b->down;
    size_t used = (size_t)snprintf(path, GAN_KEY_BYTES, "model.");
    for (int l = 1; l < level && used < GAN_KEY_BYTES; l++)
        used +=
            (size_t)snprintf(path + used, GAN_KEY_BYTES - used, "model.%d.", blocks[position_of(l, k->depth)].inner);
    if (number < 0 || used >= GAN_KEY_BYTES) return -1;
    snprintf(path + used, GAN_KEY_BYTES - used, "model.%d", number);
    return 0;
}

/* A ResNet is one container: padding, three times convolution, norm and ReLU, residual blocks, twice deconvolution, norm
 * and ReLU, padding, convolution, tanh. */
enum { FIRST_BLOCK = 10 };
static const struct {
    const char *node;
    int number;        /* of the convolution; its norm comes next */
    int behind_blocks; /* counted from the end of the blocks */
} modules[] = {
    { "first", 1, 0 },
    { "down", 1, 0 },
    { "up", -3, 1 },
    { "last", 7, 1 },
};
enum { MODULES_EACH = 3 }; /* of down and up: convolution, norm, ReLU */

/* Within a block: padding, convolution, norm, ReLU, (dropout,) padding, convolution, norm. */
static int residual_module(const gan_keys *k, int i, int number, char *path)
{
    if (i < 1 || i > k->depth) return -1;
    snprintf(path, GAN_KEY_BYTES, "model.%d.conv_block.%d", FIRST_BLOCK + i - 1, number);
    return 0;
}

static int resnet_module(const gan_keys *k, const char *node, int i, int of_norm, char *path)
{
    if (!strcmp(node, "res_a")) return residual_module(k, i, 1 + of_norm, path);
    if (!strcmp(node, "res_b")) return residual_module(k, i, 5 + !!k->dropout + of_norm, path);
    for (size_t m = 0; m < sizeof modules / sizeof *modules; m++) {
        if (strcmp(node, modules[m].node) != 0) continue;
        int base = modules[m].behind_blocks ? FIRST_BLOCK + k->depth : 0;
        snprintf(path, GAN_KEY_BYTES, "model.%d", base + modules[m].number + MODULES_EACH * i + of_norm);
        return 0;
    }
    return -1;
}

static const struct {
    const char *model;
    int (*module)(const gan_keys *k, const char *node, int i, int of_norm, char *path);
    size_t depth; /* where a configuration has it */
} models[] = { { "unet", unet_module, offsetof(gan_config, generator.levels) },
               { "resnet", resnet_module, offsetof(gan_config, generator.blocks) } };

gan_keys gan_keys_of(const gan_config *c)
{
    gan_keys k = { .model = c->generator.model, .dropout = c->generator.dropout > 0 };
    int64_t depth = 0;
    for (size_t m = 0; m < sizeof models / sizeof *models; m++)
        if (!strcmp(k.model, models[m].model)) memcpy(&depth, (const char *)c + models[m].depth, sizeof depth);
    k.depth = (int)depth;
    return k;
}

int gan_keys_check(const gan_config *c)
{
    size_t m = 0, n = sizeof models / sizeof *models;
    while (m < n && strcmp(c->generator.model, models[m].model) != 0) m++;
    if (m == n) return gan_error("the reference implementation has no '%.32s'", c->generator.model);
    if (models[m].module == unet_module && c->generator.decoder != GAN_DECODER_DECONV)
        return gan_error("the reference's U-Net has no decoder that upsamples");
    return 0;
}

/* The path of the module that has a parameter: node, its number (0: none), layer and parameter. */
static int module_path(const gan_keys *k, const char *param, const struct suffix **suffix, char *path)
{
    char node[32];
    size_t n = strcspn(param, "."), letters = n;
    while (letters && param[letters - 1] >= '0' && param[letters - 1] <= '9') letters--;
    if (!param[n] || letters >= sizeof node) return -1;
    memcpy(node, param, letters);
    node[letters] = '\0';
    *suffix = NULL;
    for (size_t s = 0; s < sizeof suffixes / sizeof *suffixes; s++)
        if (!strcmp(param + n + 1, suffixes[s].ours)) *suffix = &suffixes[s];
    if (!*suffix) return -1;
    int i = letters < n ? (int)strtol(param + letters, NULL, 10) : 0;
    for (size_t m = 0; m < sizeof models / sizeof *models; m++)
        if (!strcmp(k->model, models[m].model)) return models[m].module(k, node, i, (*suffix)->of_norm, path);
    return -1;
}

static int join(char *key, const char *path, const char *name)
{
    int n = snprintf(key, GAN_KEY_BYTES, "%s.%s", path, name);
    return n > 0 && n < GAN_KEY_BYTES ? 0 : -1;
}

int gan_key(const gan_keys *k, const char *param, char *key)
{
    char path[GAN_KEY_BYTES];
    const struct suffix *suffix;
    if (!module_path(k, param, &suffix, path) && !join(key, path, suffix->key)) return 0;
    return gan_error("the reference's networks have nothing like '%s' of a %s", param, k->model);
}

int gan_key_batches(const gan_keys *k, const char *param, char *key)
{
    char path[GAN_KEY_BYTES];
    const struct suffix *suffix;
    if (module_path(k, param, &suffix, path) || strcmp(suffix->ours, VARIANCE) != 0) return -1;
    return join(key, path, BATCHES);
}
