/* A trained generator from whatever file it is in: a checkpoint, an .onnx of gan or of PyTorch, weights in .safetensors
 * or .pth. */
#ifndef COLORIZE_TRAINED_H
#define COLORIZE_TRAINED_H

#include "gan/colorizer.h"
#include "gan/config.h"
#include "gan/graph.h"
#include "gan/params.h"

typedef struct gan_trained { /* frozen, at any size */
    gan_config config;       /* of the training; where the file does not tell, what is usual */
    gan_graph *graph;        /* owned */
    gan_params *params;      /* owned */
    int multiple;            /* what sides must be multiples of */
} gan_trained;

int gan_trained_open(gan_trained *t, const char *path); /* on failure t is empty */
void gan_trained_release(gan_trained *t);               /* leaves it empty */

gan_colorizer *gan_colorizer_of(gan_trained *net); /* taken, also on failure; owned, gan_colorizer_free */

#endif
