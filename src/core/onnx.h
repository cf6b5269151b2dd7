/* A graph in the words of ONNX, opset 13: nodes with attributes, and initialisers. Layers describe themselves:
 *     gan_onnx_begin(o, nd, "Conv");
 *     gan_onnx_param(o, nd, 0);
 *     gan_onnx_ints(o, "strides", 2, (int64_t[]){ 2, 2 });
 *     return gan_onnx_end(o);
 * Describing is sticky: a call that fails leaves a message, and gan_onnx_end tells. Values of parameters stay where they
 * are. */
#ifndef GAN_CORE_ONNX_H
#define GAN_CORE_ONNX_H

#include "gan/graph.h"

enum { GAN_ONNX_OPSET = 13, GAN_ONNX_IR = 7 };
enum { GAN_ONNX_MAX_IN = 6, GAN_ONNX_MAX_ATTR = 6, GAN_ONNX_MAX_INTS = 4 };
enum gan_onnx_type { GAN_ONNX_FLOAT = 1, GAN_ONNX_INT64 = 7, GAN_ONNX_FLOAT16 = 10 }; /* TensorProto.DataType */
enum gan_onnx_kind { GAN_ONNX_A_FLOAT = 1, GAN_ONNX_A_INT = 2, GAN_ONNX_A_TEXT = 3, GAN_ONNX_A_INTS = 7 };
typedef char gan_onnx_name[2 * GAN_NAME_BYTES];

typedef struct gan_onnx_attr {
    const char *name; /* static, as text is */
    enum gan_onnx_kind kind;
    float f;
    const char *text;
    int n; /* of ints; 1 for GAN_ONNX_A_INT */
    int64_t ints[GAN_ONNX_MAX_INTS];
} gan_onnx_attr;

typedef struct gan_onnx_node {
    const char *op;             /* static */
    gan_onnx_name name, output; /* one output each */
    int inputs, attrs;
    gan_onnx_name input[GAN_ONNX_MAX_IN]; /* "": left out */
    gan_onnx_attr attr[GAN_ONNX_MAX_ATTR];
} gan_onnx_node;

typedef struct gan_onnx_tensor { /* an initialiser */
    gan_onnx_name name;
    enum gan_onnx_type type;
    int ndims;
    int64_t dims[4];
    size_t count, bytes;
    int param;  /* of the graph; -1: its data are here */
    void *data; /* owned */
} gan_onnx_tensor;

typedef struct gan_onnx { /* what a writer walks */
    const gan_graph *g;   /* borrowed */
    gan_onnx_node *node;
    gan_onnx_tensor *tensor;
    int nodes, tensors;
    int fp16, failed;
    gan_onnx_node now, outer; /* being described; and the one that reads it, of gan_onnx_before */
} gan_onnx;

/* Describes g; with fp16 weights of convolutions are 16-bit floats, each followed by a Cast. Owned, gan_onnx_free; NULL
 * and a message, also if a layer is unknown to ONNX. */
gan_onnx *gan_onnx_new(const gan_graph *g, int fp16);
void gan_onnx_free(gan_onnx *o);

/* The tensor that a node of the graph makes: the name of an input or output, or "node.layer". */
void gan_onnx_tensor_name(const gan_graph *g, gan_id id, gan_onnx_name out);

/* For layers. A node has the tensors of nd's sources for inputs, and then what is added. */
void gan_onnx_begin(gan_onnx *o, const gan_node *nd, const char *op);
void gan_onnx_param(gan_onnx *o, const gan_node *nd, int i); /* inputs */
void gan_onnx_none(gan_onnx *o);
void gan_onnx_indices(gan_onnx *o, const char *name, int n, const int64_t *value);
void gan_onnx_floats(gan_onnx *o, const char *name, int n, const float *value);
void gan_onnx_scalar(gan_onnx *o, const char *name, float value);
void gan_onnx_vector(gan_onnx *o, const char *name, int n, float value); /* n times the same */
void gan_onnx_int(gan_onnx *o, const char *name, int64_t value);         /* attributes */
void gan_onnx_ints(gan_onnx *o, const char *name, int n, const int64_t *value);
void gan_onnx_float(gan_onnx *o, const char *name, float value);
void gan_onnx_text(gan_onnx *o, const char *name, const char *value);
int gan_onnx_end(gan_onnx *o);

/* What input i of the node being described goes through first is described as a node is, from here to gan_onnx_back. */
void gan_onnx_before(gan_onnx *o, int i, const char *op);
void gan_onnx_back(gan_onnx *o);

#endif
