/* How far a network looks around: what of a tile's result differs from that of the whole picture. */
#ifndef COLORIZE_HALO_H
#define COLORIZE_HALO_H

#include "gan/graph.h"

/* If the input is cut anywhere, output pixels at least *halo away from the cut do not change. Follows from the nodes of
 * g, which has one output of its input's size.
 *   errors    a node that uses the whole picture, or of a layer that is not known here; a halo beyond any picture */
int gan_halo_find(const gan_graph *g, int *halo);

#endif
