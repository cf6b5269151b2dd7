#include "export/protobuf_read.h"

#include <string.h>

#include "export/bytes.h"
#include "gan/error.h"

enum wire { VARINT, FIXED64, DELIMITED, FIXED32 = 5 };

int gan_proto_varint(gan_slice *bytes, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && bytes->n; shift += 7) {
        unsigned char byte = *bytes->at++;
        bytes->n--;
        *value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return 0;
    }
    return gan_error("its protobuf is damaged, or cut off");
}

static int take(gan_slice *from, uint64_t n, gan_slice *taken)
{
    if (n > from->n) return gan_error("its protobuf is cut off");
    *taken = (gan_slice){ from->at, (size_t)n };
    from->at += n;
    from->n -= (size_t)n;
    return 0;
}

static int take_fixed(gan_slice *from, size_t n, gan_field *f)
{
    if (take(from, n, &f->bytes)) return -1;
    f->value = gan_get_le(f->bytes.at, n);
    return 0;
}

static int take_value(gan_slice *from, unsigned wire, gan_field *f)
{
    switch (wire) {
    case VARINT: return gan_proto_varint(from, &f->value);
    case FIXED64: return take_fixed(from, 8, f);
    case FIXED32: return take_fixed(from, 4, f);
    case DELIMITED: return gan_proto_varint(from, &f->value) || take(from, f->value, &f->bytes) ? -1 : 0;
    default: return gan_error("its protobuf has a field of the unknown kind %u", wire);
    }
}

int gan_proto_next(gan_slice *message, gan_field *f)
{
    uint64_t tag;
    *f = (gan_field){ 0 };
    if (!message->n) return 0;
    if (gan_proto_varint(message, &tag)) return -1;
    f->number = tag >> 3;
    return take_value(message, (unsigned)(tag & 7), f) ? -1 : 1;
}

int gan_slice_is(gan_slice s, const char *text)
{
    return s.n == strlen(text) && !memcmp(s.at, text, s.n);
}

int gan_slice_compare(gan_slice a, gan_slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.at, b.at, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}
