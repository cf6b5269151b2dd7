/* A trained generator, ready to run; gan/colorize.h colours pictures with it.
 *     gan_colorizer *c = gan_colorizer_open("checkpoints/photos64/best.safetensors");
 *     if (!c || gan_colorizer_run(c, 1, 64, 64, x, y)) return -1;
 * One thread at a time per colorizer; different colorizers may run on different threads.
 */
#ifndef GAN_COLORIZER_H
#define GAN_COLORIZER_H

#include "gan/config.h"
#include "gan/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_colorizer gan_colorizer;

/* model: a checkpoint, or a frozen or plain file: .onnx, .safetensors, .pth, as gan_import takes them. Owned,
 * gan_colorizer_free.
 *   errors    NULL: not a model; its channels are not those of its configuration, or its sides not those of what it sees */
gan_colorizer *gan_colorizer_open(const char *model);
void gan_colorizer_free(gan_colorizer *c);

const gan_config *gan_colorizer_config(const gan_colorizer *c);
const gan_graph *gan_colorizer_graph(const gan_colorizer *c);

/* Sides of what the network itself takes are multiples of this. */
int gan_colorizer_multiple(const gan_colorizer *c);

/* x: n * inputs * h * w; y: n * outputs * h * w, as gan/task.h says of the configuration: L / 50 - 1 and ab / 110 unless
 * it asks for something else. h and w are multiples of gan_colorizer_multiple. Plans are made at the first use of a size
 * and kept for the last one; one that would take more than 4 GiB is refused. */
int gan_colorizer_run(gan_colorizer *c, int n, int h, int w, const float *x, float *y);

/* What such a run takes: floating-point operations, and bytes of memory beside the parameters. Makes the plan. */
int gan_colorizer_cost(gan_colorizer *c, int n, int h, int w, double *flop, size_t *bytes);

#ifdef __cplusplus
}
#endif
#endif
