#include "export/protobuf.h"

#include <string.h>

void gan_pb_raw(gan_pb *p, const void *bytes, size_t n)
{
    if (p->out) fwrite(bytes, 1, n, p->out);
    p->bytes += n;
}

static void put_varint(gan_pb *p, uint64_t value)
{
    uint8_t byte[10];
    size_t n = 0;
    for (; value > 0x7f; value >>= 7) byte[n++] = (uint8_t)(value | 0x80);
    byte[n++] = (uint8_t)value;
    gan_pb_raw(p, byte, n);
}

static void put_tag(gan_pb *p, unsigned field, enum gan_pb_wire wire)
{
    put_varint(p, field << 3 | (unsigned)wire);
}

void gan_pb_varint(gan_pb *p, unsigned field, uint64_t value)
{
    put_tag(p, field, GAN_PB_VARINT);
    put_varint(p, value);
}

void gan_pb_float(gan_pb *p, unsigned field, float value)
{
    put_tag(p, field, GAN_PB_FIXED32);
    gan_pb_raw(p, &value, sizeof value);
}

void gan_pb_text(gan_pb *p, unsigned field, const char *text)
{
    size_t n = strlen(text);
    put_tag(p, field, GAN_PB_BYTES);
    put_varint(p, n);
    gan_pb_raw(p, text, n);
}

void gan_pb_message(gan_pb *p, unsigned field, gan_pb_fn *fields, const void *ctx)
{
    gan_pb counted = { 0 };
    fields(&counted, ctx);
    put_tag(p, field, GAN_PB_BYTES);
    put_varint(p, counted.bytes);
    if (p->out)
        fields(p, ctx);
    else
        p->bytes += counted.bytes;
}

void gan_pb_stream(gan_pb *p, unsigned field, size_t n, gan_pb_fn *produce, const void *ctx)
{
    put_tag(p, field, GAN_PB_BYTES);
    put_varint(p, n);
    if (p->out)
        produce(p, ctx);
    else
        p->bytes += n;
}
