/* The parts of gan info. */
#ifndef GAN_CLI_INFO_H
#define GAN_CLI_INFO_H

#include <jansson.h>

#include "gan/config.h"

/* A configuration as the object "config" of o; 0, or not. */
int gan_info_set_config(json_t *o, const gan_config *c);

/* What an .onnx file of ours holds. */
int gan_info_onnx(const char *path, int json);

/* The tensors of a file of PyTorch or of another ONNX file, and the configuration of ours. */
int gan_info_tensors(const char *path, int json);

/* Runs the proof in an .onnx file of ours; -1 and a message if it fails. */
int gan_info_verify(const char *path, int json);

#endif
