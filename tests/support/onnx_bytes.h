/* ONNX files for tests, written byte by byte, wrong ones too.
 *     onnx_bytes graph = { 0 };
 *     onnx_floats(&graph, "w", 4, (int64_t[]){ 8, 3, 4, 4 }, weights);
 *     onnx_node(&graph, "Conv y x w strides=2,2 pads=1,1,1,1");
 *     onnx_bytes file = onnx_model(&graph, 3);
 *     ...
 *     onnx_release(&file);
 * Out of memory ends the test.
 */
#ifndef GAN_TESTS_ONNX_BYTES_H
#define GAN_TESTS_ONNX_BYTES_H

#include <stddef.h>
#include <stdint.h>

typedef struct onnx_bytes { /* empty when zeroed */
    unsigned char *at;
    size_t n, room;
} onnx_bytes;

void onnx_release(onnx_bytes *b);

/* Fields of a protobuf message; messages that are put into another are released. */
void onnx_varint(onnx_bytes *b, unsigned field, uint64_t value);
void onnx_float(onnx_bytes *b, unsigned field, float value);
void onnx_data(onnx_bytes *b, unsigned field, const void *data, size_t n);
void onnx_text(onnx_bytes *b, unsigned field, const char *text);
void onnx_message(onnx_bytes *b, unsigned field, onnx_bytes *message);

/* Parts of a graph. A node is a line: type, output, inputs (- is one that is left out), attributes as name=value: whole
 * numbers if there is a comma, one whole number, a float if there is a point, or a text. */
void onnx_node(onnx_bytes *graph, const char *line);
void onnx_floats(onnx_bytes *graph, const char *name, int dims, const int64_t *dim, const float *values);
void onnx_ints(onnx_bytes *graph, const char *name, int64_t n, const int64_t *values);
void onnx_end(onnx_bytes *graph, unsigned field, const char *name, int64_t channels, int64_t h, int64_t w); /* 0: any */

/* The graph, with an input x of that many channels and any size and an output y, as a file of opset 13. */
onnx_bytes onnx_model(onnx_bytes *graph, int64_t channels);
onnx_bytes onnx_file(onnx_bytes *graph, uint64_t opset); /* the graph as it is */
void onnx_metadata(onnx_bytes *file, const char *key, const char *text);

#endif
