/* 16-bit floats (IEEE 754 binary16). */
#ifndef GAN_EXPORT_HALF_H
#define GAN_EXPORT_HALF_H

#include <stdint.h>

uint16_t gan_half_from_float(float x); /* nearest, ties to even; too large: infinite */
float gan_half_to_float(uint16_t h);

#endif
