/* A network as data: nodes in topological order, built by ordinary functions, without memory, layout or batch size.
 *     gan_graph *g = gan_graph_new("tiny");
 *     gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 1, 64, 64 });
 *     gan_id t = gan_conv(g, "enc1", x, (gan_conv_opt){ .oc = 8, .k = 4, .stride = 2, .pad = 1, .bias = 1 });
 *     if (gan_graph_output(g, "y", gan_tanh(g, "act", t))) return -1;
 * Building is sticky: a call that fails returns -1 and leaves a message, later calls pass the -1 on, and
 * gan_graph_output tells at the end.
 */
#ifndef GAN_GRAPH_H
#define GAN_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "gan/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_shape { /* logical NCHW */
    int n, c, h, w;
} gan_shape;

typedef int gan_id; /* index of a node; -1: this call, or one it depends on, failed */

enum { GAN_MAX_SRC = 4, GAN_MAX_PARAM = 4, GAN_NAME_BYTES = 64 };

typedef struct gan_graph gan_graph;
typedef struct gan_node gan_node;
typedef struct gan_layer_def gan_layer_def;

enum gan_param_kind {
    GAN_TRAINABLE, /* has a gradient */
    GAN_BUFFER,    /* running statistics */
    GAN_FROZEN     /* of a pretrained network */
};
enum gan_param_init { GAN_INIT_NORMAL, GAN_INIT_ONE_NORMAL, GAN_INIT_ZERO, GAN_INIT_ONE, GAN_INIT_HE, GAN_INIT_GIVEN };

typedef struct gan_param {
    char name[GAN_NAME_BYTES]; /* "enc3.conv.weights": node, layer, parameter */
    enum gan_param_kind kind;
    /* N(0, s), N(1, s), 0, 1; N(0, sqrt(2 / inputs)), which keeps the size of activations through ReLUs where no norm
     * does (He et al. 2015); the numbers at `given` */
    enum gan_param_init init;
    int ndims, dims[4]; /* canonical: conv (out, in, kh, kw), deconv (in, out, kh, kw) as in PyTorch */
    int transposed;     /* of a deconvolution: oneDNN's logical dims swap the first two */
    size_t count;
    const float *given; /* of GAN_INIT_GIVEN; owned by the graph */
} gan_param;

struct gan_node {
    const gan_layer_def *def; /* NULL for an input */
    char name[GAN_NAME_BYTES];
    gan_id src[GAN_MAX_SRC]; /* always smaller ids: the array is its own topological order */
    int nsrc, nparam, param[GAN_MAX_PARAM];
    gan_shape dst; /* at the size the graph was built with */
    void *opt;     /* the layer's options, owned by the graph */
    size_t opt_bytes;
};

gan_graph *gan_graph_new(const char *name);
void gan_graph_free(gan_graph *g);

gan_id gan_graph_input(gan_graph *g, const char *name, gan_shape s);
gan_id gan_graph_add(gan_graph *g, const gan_layer_def *def, const char *name, int nsrc, const gan_id *src,
                     const void *opt, size_t opt_bytes);
int gan_graph_output(gan_graph *g, const char *name, gan_id y); /* several allowed; -1 if any step failed */

const char *gan_graph_name(const gan_graph *g);
int gan_graph_failed(const gan_graph *g);
int gan_graph_nodes(const gan_graph *g);
const gan_node *gan_graph_node(const gan_graph *g, gan_id id);
int gan_graph_params(const gan_graph *g);
const gan_param *gan_graph_param(const gan_graph *g, int i);
int gan_graph_inputs(const gan_graph *g);
gan_id gan_graph_input_at(const gan_graph *g, int i);
int gan_graph_outputs(const gan_graph *g);
gan_id gan_graph_output_at(const gan_graph *g, int i);
const char *gan_graph_output_name(const gan_graph *g, int i);

/* Trainable parameters in all (weights and biases; neither running statistics nor frozen ones count). */
size_t gan_graph_param_count(const gan_graph *g);

/* Shapes of all nodes when every input has this n, h and w (0: as built); out: gan_graph_nodes(g) shapes. */
int gan_graph_shapes(const gan_graph *g, int n, int h, int w, gan_shape *out);

/* How far the network looks around: where its input is cut, pixels of the outputs at least *halo away from the cut are
 * those of the whole picture, if the cut lies where every stride begins.
 *   errors    a node whose values depend on the whole picture; a halo beyond any picture */
int gan_graph_halo(const gan_graph *g, int *halo);

/* For layers, while they declare: adds a parameter to the node being added. */
int gan_graph_declare(gan_graph *g, gan_node *nd, gan_param p);

#ifdef __cplusplus
}
#endif
#endif
