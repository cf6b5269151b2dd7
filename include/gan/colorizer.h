/* A trained generator, ready to colour pictures.
 *     gan_colorizer *c = gan_colorizer_open("checkpoints/photos64/best.safetensors");
 *     gan_image out;
 *     if (gan_colorizer_image(c, &photo, &out)) return -1;
 * One thread at a time per colorizer; different colorizers may run on different threads.
 */
#ifndef GAN_COLORIZER_H
#define GAN_COLORIZER_H

#include "gan/config.h"
#include "gan/graph.h"
#include "gan/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_colorizer gan_colorizer;

gan_colorizer *gan_colorizer_open(const char *checkpoint); /* owned, gan_colorizer_free */
void gan_colorizer_free(gan_colorizer *c);

const gan_config *gan_colorizer_config(const gan_colorizer *c);
const gan_graph *gan_colorizer_graph(const gan_colorizer *c);

/* Sides of what the network itself takes are multiples of this. */
int gan_colorizer_multiple(const gan_colorizer *c);

/* x: n * 1 * h * w, L / 50 - 1; y: n * 2 * h * w, ab / 110; h and w multiples of gan_colorizer_multiple. Plans are made
 * at the first use of a size and kept for the last one. */
int gan_colorizer_run(gan_colorizer *c, int n, int h, int w, const float *x, float *y);

/* Colours a picture of any size, gray or colour. The network sees it with the short side at the size it was trained at
 * (padded by reflection to the multiple it needs), or, of pictures longer than 8 times their short side, with the long
 * side at 8 times that; the chroma is brought up to the picture's size and joined with its own full-resolution
 * luminance. out is made. */
int gan_colorizer_image(gan_colorizer *c, const gan_image *in, gan_image *out);

#ifdef __cplusplus
}
#endif
#endif
