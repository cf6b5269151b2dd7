/* Fields of a Protocol Buffers message, read one after the other from bytes that stay where they are.
 *     gan_slice message = ...;
 *     gan_field f;
 *     int more;
 *     while ((more = gan_proto_next(&message, &f)) > 0) ... f.number, f.value or f.bytes ...
 *     if (more < 0) return -1;
 */
#ifndef GAN_EXPORT_PROTOBUF_READ_H
#define GAN_EXPORT_PROTOBUF_READ_H

#include <stddef.h>
#include <stdint.h>

typedef struct gan_slice {
    const unsigned char *at;
    size_t n;
} gan_slice;

typedef struct gan_field {
    uint64_t number;
    uint64_t value;  /* of a varint or a fixed number, whose bits it has */
    gan_slice bytes; /* of a length-delimited field, or the fixed number's own */
} gan_field;

/* Takes the next field off the message: 1, or 0 at its end, or -1 and a message. */
int gan_proto_next(gan_slice *message, gan_field *f);

/* Takes a varint off the bytes, as in packed fields. */
int gan_proto_varint(gan_slice *bytes, uint64_t *value);

int gan_slice_is(gan_slice s, const char *text);
int gan_slice_compare(gan_slice a, gan_slice b); /* <0, 0, >0 */

#endif
