/* An ONNX file as it lies in memory: operations in topological order, constants, texts. What operations mean is the
 * reader's business.
 *     gan_onnx_file *m = gan_onnx_file_open(path);
 *     const gan_onnx_op *op = gan_onnx_file_producer(m, gan_onnx_file_output(m), NULL);
 *     if (gan_slice_is(op->type, "Tanh")) ...
 *     gan_onnx_file_close(m);
 */
#ifndef GAN_EXPORT_ONNX_FILE_H
#define GAN_EXPORT_ONNX_FILE_H

#include "export/element.h"
#include "export/protobuf_read.h"

enum { GAN_ONNX_INPUTS = 8, GAN_ONNX_DIMS = 8 };

typedef struct gan_onnx_op { /* a NodeProto */
    gan_slice type, output;  /* output: the first */
    gan_slice input[GAN_ONNX_INPUTS];
    int inputs;
    gan_slice message; /* all of it, for the attributes */
} gan_onnx_op;

typedef struct gan_onnx_constant { /* a TensorProto: an initialiser, or the value of a Constant */
    gan_slice name, raw;           /* raw: its bytes, little-endian */
    const gan_element *element;
    int ndims, floats; /* floats: not raw, but in the message field by field */
    int64_t dims[GAN_ONNX_DIMS];
    size_t count;
    gan_slice message;
} gan_onnx_constant;

typedef struct gan_onnx_file gan_onnx_file;

gan_onnx_file *gan_onnx_file_open(const char *path); /* reads all of it */
void gan_onnx_file_close(gan_onnx_file *m);

int gan_onnx_file_ops(const gan_onnx_file *m);
const gan_onnx_op *gan_onnx_file_op(const gan_onnx_file *m, int i);
gan_slice gan_onnx_file_output(const gan_onnx_file *m); /* name of the graph's first output */

/* The operation that makes a value; NULL: none does, it is an input of the graph or a constant. An operation only sees
 * values of earlier ones: `before` is the one that asks, NULL: any. */
const gan_onnx_op *gan_onnx_file_producer(const gan_onnx_file *m, gan_slice value, const gan_onnx_op *before);

/* The constant of that name, an initialiser or a Constant, through a few Identity and Cast; NULL and a message: none. */
const gan_onnx_constant *gan_onnx_file_constant(const gan_onnx_file *m, gan_slice value);
int gan_onnx_constant_floats(const gan_onnx_constant *c, float *out); /* c->count of them */
int gan_onnx_constant_whole(const gan_onnx_constant *c, int64_t *out, int most, int *count);

/* Attributes; the default where there is none. Numbers out of int's range are errors: -1 and a message. */
int gan_onnx_op_int(const gan_onnx_op *op, const char *name, int otherwise, int *out);
int gan_onnx_op_float(const gan_onnx_op *op, const char *name, float otherwise, float *out);
int gan_onnx_op_text(const gan_onnx_op *op, const char *name, gan_slice *out);                     /* empty: none */
int gan_onnx_op_ints(const gan_onnx_op *op, const char *name, int64_t *out, int most, int *count); /* count 0: none */

/* A text of metadata_props; empty: none. */
gan_slice gan_onnx_file_text(const gan_onnx_file *m, const char *key);

#endif
