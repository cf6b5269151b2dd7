/* The writers of the table in formats.c, each in a file of its own. */
#ifndef GAN_EXPORT_FORMATS_H
#define GAN_EXPORT_FORMATS_H

#include "gan/export.h"

#endif
