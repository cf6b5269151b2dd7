#include "export/base64.h"

#include <stdint.h>
#include <string.h>

#include "gan/error.h"
#include "gan/mem.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t length_of(size_t n)
{
    return (n + 2) / 3 * 4;
}

char *gan_base64_encode(const void *bytes, size_t n)
{
    const uint8_t *in = bytes;
    char *text = n < SIZE_MAX / 2 ? gan_mem_alloc(length_of(n) + 1, 1) : NULL, *out = text;
    for (size_t i = 0; text && i < n; i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) | (left > 2 ? in[i + 2] : 0);
        *out++ = digits[v >> 18];
        *out++ = digits[v >> 12 & 63];
        *out++ = (char)(left > 1 ? digits[v >> 6 & 63] : '=');
        *out++ = (char)(left > 2 ? digits[v & 63] : '=');
    }
    return text;
}

static int value_of(char c)
{
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

int gan_base64_decode(const char *text, void *bytes, size_t n)
{
    uint8_t *out = bytes;
    uint32_t v = 0;
    if (n >= SIZE_MAX / 2 || strlen(text) != length_of(n)) return gan_error("base64 of another length");
    for (size_t i = 0; i < n; i++) {
        const char *at = text + i / 3 * 4;
        if (i % 3 == 0) {
            int d[4] = { value_of(at[0]), value_of(at[1]), n - i > 1 ? value_of(at[2]) : 0,
                         n - i > 2 ? value_of(at[3]) : 0 };
            if ((d[0] | d[1] | d[2] | d[3]) < 0) return gan_error("no base64");
            v = (uint32_t)d[0] << 18 | (uint32_t)d[1] << 12 | (uint32_t)d[2] << 6 | (uint32_t)d[3];
        }
        out[i] = (uint8_t)(v >> (16 - 8 * (i % 3)) & 0xff);
    }
    return 0;
}
