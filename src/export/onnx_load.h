/* An ONNX file as a graph of ours: every operation that our layers write is read back. */
#ifndef GAN_EXPORT_ONNX_LOAD_H
#define GAN_EXPORT_ONNX_LOAD_H

#include "export/onnx_file.h"
#include "gan/freeze.h"

/* The operations of a file whose input "x" has this shape, as far as its output needs them, and their values; out is
 * owned, gan_frozen_release, and empty on failure. */
int gan_onnx_load(gan_onnx_file *file, gan_shape x, gan_frozen *out);

#endif
