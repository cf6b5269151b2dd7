/* A described graph as an ONNX file (onnx.proto, IR 7): fields in the order of their numbers, as every protobuf library
 * writes them, weights streamed one at a time. */
#ifndef GAN_EXPORT_ONNX_WRITE_H
#define GAN_EXPORT_ONNX_WRITE_H

#include "core/onnx.h"
#include "gan/params.h"

typedef struct gan_onnx_entry {
    const char *key, *value;
} gan_onnx_entry;

typedef struct gan_onnx_model { /* all borrowed */
    const gan_onnx *o;
    gan_params *params;
    const char *input, *output; /* what the numbers mean */
    int fixed;                  /* heights and widths are those the graph was built with; else any */
    const gan_onnx_entry *text; /* metadata */
    int texts;
} gan_onnx_model;

/* Atomic. Files of 2 GiB and more, which protobuf cannot have, are refused. */
int gan_onnx_write(const char *path, const gan_onnx_model *m);

#endif
