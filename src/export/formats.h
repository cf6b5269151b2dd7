/* The writers of the table in formats.c, each in a file of its own. */
#ifndef GAN_EXPORT_FORMATS_H
#define GAN_EXPORT_FORMATS_H

#include "gan/export.h"

int gan_export_onnx(const char *path, const gan_generator *from, const gan_export_opt *o, gan_export_report *r);
int gan_export_pth(const char *path, const gan_generator *from, const gan_export_opt *o, gan_export_report *r);
int gan_export_safetensors(const char *path, const gan_generator *from, const gan_export_opt *o, gan_export_report *r);

#endif
