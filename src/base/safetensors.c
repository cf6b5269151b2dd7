#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/safetensors_parts.h"
#include "gan/error.h"
#include "gan/mem.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "tensors are little-endian in the file and are not turned round here"
#endif

const gan_st_type gan_st_types[] = {
    [GAN_F32] = { "F32", 4 },
    [GAN_I64] = { "I64", 8 },
    [GAN_U8] = { "U8", 1 },
    { NULL, 0 },
};

int gan_st_size(enum gan_dtype type, int ndims, const int64_t *dims, size_t *bytes)
{
    if (ndims < 0 || ndims > GAN_ST_MAX_DIMS) return gan_error("%d dimensions, at most %d", ndims, GAN_ST_MAX_DIMS);
    uint64_t size = gan_st_types[type].bytes;
    for (int i = 0; i < ndims; i++) {
        if (dims[i] < 0) return gan_error("dimension %d is negative", i);
        if (__builtin_mul_overflow(size, (uint64_t)dims[i], &size) || size > SIZE_MAX / 2)
            return gan_error("its dimensions are too large");
    }
    *bytes = (size_t)size;
    return 0;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static uint32_t add_text(uint32_t crc, const char *text)
{
    return (uint32_t)crc32_z(crc, (const unsigned char *)text, strlen(text) + 1);
}

int gan_st_texts_crc(json_t *metadata, uint32_t *crc)
{
    size_t count = 0;
    const char *key, **keys = gan_mem_alloc(json_object_size(metadata), sizeof *keys);
    json_t *value;
    if (!keys) return -1;
    json_object_foreach(metadata, key, value)
    {
        if (strcmp(key, GAN_ST_CRC) != 0 && strcmp(key, GAN_ST_TEXTS_CRC) != 0) keys[count++] = key;
    }
    qsort(keys, count, sizeof *keys, by_bytes);
    *crc = 0;
    for (size_t i = 0; i < count; i++) {
        *crc = add_text(*crc, keys[i]);
        *crc = add_text(*crc, json_string_value(json_object_get(metadata, keys[i])));
    }
    gan_mem_free(keys);
    return 0;
}
