/* Import: a generator from a file that gan or another program wrote. What the file is follows from its content:
 * checkpoints and weights of gan, state dicts of the reference pix2pix code in PyTorch (.pth, or as safetensors), ONNX of
 * gan and of PyTorch.
 *     gan_config c;
 *     gan_graph *g;
 *     gan_params *w;
 *     if (gan_import("latest_net_G.pth", &(gan_import_opt){ .size = 256 }, &c, &g, &w)) return -1;
 */
#ifndef GAN_IMPORT_H
#define GAN_IMPORT_H

#include "gan/config.h"
#include "gan/params.h"
#include "gan/recipe.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_import_opt { /* what a file may not tell; 0 and NULL: as it tells, or the usual */
    const char *model;          /* the generator it must hold: unet, resnet */
    const char *norm;           /* batch, instance or none: a file cannot show which of the last two */
    int size;                   /* side of the pictures it was trained at */
} gan_import_opt;

/* The generator of a file: configuration, graph at that size and values; graph and values are owned, gan_graph_free,
 * gan_params_free. o may be NULL. */
int gan_import(const char *path, const gan_import_opt *o, gan_config *c, gan_graph **g, gan_params **w);

/* The same as a checkpoint of step 0, which can be evaluated, coloured with, exported, and begun from. */
int gan_import_checkpoint(const char *path, const gan_import_opt *o, const char *checkpoint);

/* Replaces the initial values of a recipe's generator by those of a file, and its moving average; those of the other
 * networks too where a checkpoint has them. The message names the first parameter that does not fit. On failure the
 * recipe is unspecified. */
int gan_import_into(const char *path, gan_recipe *r);

#ifdef __cplusplus
}
#endif
#endif
