#define _POSIX_C_SOURCE 200809L
#include "support/onnx_bytes.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { VARINT = 0, LENGTH = 2, FIXED32 = 5 };
enum { FLOAT = 1, INT64 = 7, TEXT = 3, INTS = 7, INT = 2, REAL = 1 };

void onnx_release(onnx_bytes *b)
{
    free(b->at);
    *b = (onnx_bytes){ 0 };
}

static void put(onnx_bytes *b, const void *data, size_t n)
{
    if (b->n + n > b->room) {
        b->room = 2 * (b->n + n);
        b->at = realloc(b->at, b->room);
        cr_assert(b->at);
    }
    if (n) memcpy(b->at + b->n, data, n);
    b->n += n;
}

static void put_varint(onnx_bytes *b, uint64_t value)
{
    do {
        unsigned char byte = (unsigned char)((value & 127) | (value > 127 ? 128 : 0));
        put(b, &byte, 1);
    } while (value >>= 7);
}

void onnx_varint(onnx_bytes *b, unsigned field, uint64_t value)
{
    put_varint(b, field << 3 | VARINT);
    put_varint(b, value);
}

void onnx_float(onnx_bytes *b, unsigned field, float value)
{
    put_varint(b, field << 3 | FIXED32);
    put(b, &value, sizeof value);
}

void onnx_data(onnx_bytes *b, unsigned field, const void *data, size_t n)
{
    put_varint(b, field << 3 | LENGTH);
    put_varint(b, n);
    put(b, data, n);
}

void onnx_text(onnx_bytes *b, unsigned field, const char *text)
{
    onnx_data(b, field, text, strlen(text));
}

void onnx_message(onnx_bytes *b, unsigned field, onnx_bytes *message)
{
    onnx_data(b, field, message->at, message->n);
    onnx_release(message);
}

static void put_ints(onnx_bytes *attribute, char *list)
{
    char *rest = NULL;
    for (char *one = strtok_r(list, ",", &rest); one; one = strtok_r(NULL, ",", &rest))
        onnx_varint(attribute, 8, (uint64_t)strtoll(one, NULL, 10));
    onnx_varint(attribute, 20, INTS);
}

static void put_attribute(onnx_bytes *node, const char *name, char *value)
{
    onnx_bytes a = { 0 };
    onnx_text(&a, 1, name);
    if (strchr(value, ',')) {
        put_ints(&a, value);
    } else if (strchr(value, '.')) {
        onnx_float(&a, 2, strtof(value, NULL));
        onnx_varint(&a, 20, REAL);
    } else if (strspn(value, "-0123456789") == strlen(value)) {
        onnx_varint(&a, 3, (uint64_t)strtoll(value, NULL, 10));
        onnx_varint(&a, 20, INT);
    } else {
        onnx_text(&a, 4, value);
        onnx_varint(&a, 20, TEXT);
    }
    onnx_message(node, 5, &a);
}

void onnx_node(onnx_bytes *graph, const char *line)
{
    onnx_bytes node = { 0 };
    char *text = strdup(line), *rest = NULL, *word = strtok_r(text, " ", &rest);
    onnx_text(&node, 4, word);
    for (int i = 0; (word = strtok_r(NULL, " ", &rest)); i++) {
        char *value = strchr(word, '=');
        if (value) {
            *value = 0;
            put_attribute(&node, word, value + 1);
        } else {
            onnx_text(&node, i ? 1 : 2, strcmp(word, "-") ? word : "");
        }
    }
    onnx_message(graph, 1, &node);
    free(text);
}

static void put_tensor(onnx_bytes *graph, const char *name, int type, int dims, const int64_t *dim, const void *data,
                       size_t size)
{
    onnx_bytes t = { 0 };
    for (int i = 0; i < dims; i++) {
        onnx_varint(&t, 1, (uint64_t)dim[i]);
        size *= (size_t)dim[i];
    }
    onnx_varint(&t, 2, (uint64_t)type);
    onnx_text(&t, 8, name);
    onnx_data(&t, 9, data, size);
    onnx_message(graph, 5, &t);
}

void onnx_floats(onnx_bytes *graph, const char *name, int dims, const int64_t *dim, const float *values)
{
    put_tensor(graph, name, FLOAT, dims, dim, values, sizeof *values);
}

void onnx_ints(onnx_bytes *graph, const char *name, int64_t n, const int64_t *values)
{
    put_tensor(graph, name, INT64, 1, &n, values, sizeof *values);
}

void onnx_end(onnx_bytes *graph, unsigned field, const char *name, int64_t channels, int64_t h, int64_t w)
{
    int64_t side[4] = { 0, channels, h, w };
    onnx_bytes value = { 0 }, type = { 0 }, tensor = { 0 }, shape = { 0 };
    for (int i = 0; i < 4; i++) {
        onnx_bytes dim = { 0 };
        if (side[i])
            onnx_varint(&dim, 1, (uint64_t)side[i]);
        else
            onnx_text(&dim, 2, "any");
        onnx_message(&shape, 1, &dim);
    }
    onnx_varint(&tensor, 1, FLOAT);
    onnx_message(&tensor, 2, &shape);
    onnx_message(&type, 1, &tensor);
    onnx_text(&value, 1, name);
    onnx_message(&value, 2, &type);
    onnx_message(graph, field, &value);
}

onnx_bytes onnx_file(onnx_bytes *graph, uint64_t opset)
{
    onnx_bytes file = { 0 }, version = { 0 };
    onnx_varint(&file, 1, 7);
    onnx_message(&file, 7, graph);
    onnx_text(&version, 1, "");
    onnx_varint(&version, 2, opset);
    onnx_message(&file, 8, &version);
    return file;
}

onnx_bytes onnx_model(onnx_bytes *graph, int64_t channels)
{
    onnx_end(graph, 11, "x", channels, 0, 0);
    onnx_end(graph, 12, "y", 0, 0, 0);
    return onnx_file(graph, 13);
}

void onnx_metadata(onnx_bytes *file, const char *key, const char *text)
{
    onnx_bytes entry = { 0 };
    onnx_text(&entry, 1, key);
    onnx_text(&entry, 2, text);
    onnx_message(file, 14, &entry);
}
