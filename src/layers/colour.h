/* Colour conversion as nodes of a graph, with constants for weights.
 *     gan_colour c = { g, "gray" };
 *     gan_id gray = gan_colour_gray(&c, gan_colour_from_lightness(&c, x));
 */
#ifndef GAN_LAYERS_COLOUR_H
#define GAN_LAYERS_COLOUR_H

#include "gan/graph.h"

typedef struct gan_colour {
    gan_graph *g;
    const char *prefix; /* of the nodes' names, up to 8 bytes, so that a graph can have several; may be empty */
} gan_colour;

enum { GAN_MIX_MOST = 6 };

/* A 1x1 convolution of x, which has `from` channels, with constant weights (to, from) and bias; at most GAN_MIX_MOST
 * channels. */
gan_id gan_colour_mix(const gan_colour *c, const char *name, gan_id x, int from, int to, const double *weights,
                      const double *bias);

/* f(Y) is CIE's cube root of the luminance, 1 channel. */
gan_id gan_colour_luminance(const gan_colour *c, gan_id rgb);    /* sRGB 0..1 to f(Y) */
gan_id gan_colour_lightness(const gan_colour *c, gan_id fy);     /* f(Y) to x = L / 50 - 1 */
gan_id gan_colour_from_lightness(const gan_colour *c, gan_id x); /* and back */
gan_id gan_colour_gray(const gan_colour *c, gan_id fy);          /* f(Y) to the gray of sRGB, 0..1, 1 channel */
gan_id gan_colour_rgb(const gan_colour *c, gan_id fy, gan_id y); /* with y = ab / 110 to sRGB, clipped to 0..1 */

#endif
