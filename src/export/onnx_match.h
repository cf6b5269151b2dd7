/* Finds a generator of the model table in an ONNX file, by structure: our own graph of it and the file's are walked
 * from their outputs at the same time.
 *
 * Activations are compared by what they do on the whole way from the layer they follow to the layer that reads it: ReLU
 * and LeakyReLU in a row are one LeakyReLU, whose slope is the product (0 for ReLU). So it does not matter that the
 * reference implementation rectifies behind its joins, where our U-Net does so in front of them. Dropout and Identity
 * are passed over. A batch norm behind a convolution may be there though our graph has none: it will be folded. */
#ifndef GAN_EXPORT_ONNX_MATCH_H
#define GAN_EXPORT_ONNX_MATCH_H

#include "export/onnx_file.h"
#include "gan/config.h"
#include "gan/graph.h"

typedef struct gan_onnx_bound {     /* what in the file is a node of our graph; NULL: nothing */
    const gan_onnx_op *op, *folded; /* folded: the batch norm behind it that our graph has not */
} gan_onnx_bound;

/* Fills bound, of gan_graph_nodes(g), which begins zeroed. -1 and a message that says where they differ. */
int gan_onnx_match(gan_onnx_file *f, const gan_graph *g, gan_onnx_bound *bound);

/* Sets what the file's structure tells: model, filters, levels or blocks. */
int gan_onnx_guess(gan_onnx_file *f, gan_config *c);

#endif
