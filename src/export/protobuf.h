/* Protocol buffers on the wire, written: a message is a function that writes its fields, and runs twice, first to find
 * the length that stands in front of it. Nothing is kept in memory.
 *     static void person(gan_pb *p, const void *ctx) { gan_pb_text(p, 1, "Ada"); gan_pb_varint(p, 2, 36); }
 *     gan_pb_message(p, 7, person, NULL);
 */
#ifndef GAN_EXPORT_PROTOBUF_H
#define GAN_EXPORT_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum gan_pb_wire { GAN_PB_VARINT = 0, GAN_PB_FIXED64 = 1, GAN_PB_BYTES = 2, GAN_PB_FIXED32 = 5 };

typedef struct gan_pb {
    FILE *out; /* NULL: only counts */
    uint64_t bytes;
    int failed; /* a source of bytes failed, and left a message; failures of the stream are the stream's */
} gan_pb;

typedef void gan_pb_fn(gan_pb *p, const void *ctx);

void gan_pb_varint(gan_pb *p, unsigned field, uint64_t value);
void gan_pb_float(gan_pb *p, unsigned field, float value);
void gan_pb_text(gan_pb *p, unsigned field, const char *text);
void gan_pb_message(gan_pb *p, unsigned field, gan_pb_fn *fields, const void *ctx);

/* n bytes that only exist for the moment: produce is called when they are written, not when they are counted, and passes
 * them to gan_pb_raw. */
void gan_pb_stream(gan_pb *p, unsigned field, size_t n, gan_pb_fn *produce, const void *ctx);
void gan_pb_raw(gan_pb *p, const void *bytes, size_t n);

#endif
