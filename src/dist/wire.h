/* How a gradient travels: as it is, or rounded to bfloat16, the upper half of a float. */
#ifndef GAN_DIST_WIRE_H
#define GAN_DIST_WIRE_H

#include <stddef.h>

enum gan_wire { GAN_WIRE_F32, GAN_WIRE_BF16 };

size_t gan_wire_bytes(enum gan_wire w); /* of a float */

/* n floats to and from what travels; bf16 rounds to nearest, ties to even, and keeps NaN. */
void gan_wire_pack(enum gan_wire w, const float *from, void *to, size_t n);
void gan_wire_unpack(enum gan_wire w, const void *from, float *to, size_t n);
void gan_wire_add(enum gan_wire w, const void *from, float *to, size_t n);

#endif
