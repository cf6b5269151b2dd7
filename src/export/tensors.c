#include "export/tensors.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "gan/error.h"
#include "gan/mem.h"

static const gan_tensor_reader *const readers[] = { &gan_safetensors_reader, &gan_pth_reader, &gan_pth_legacy_reader,
                                                    &gan_onnx_reader, NULL };

/* Endings are a matter of taste (.pth, .pt, .bin). */
const gan_tensor_reader *gan_tensors_reader(const char *path)
{
    unsigned char head[GAN_HEAD_BYTES];
    uint64_t bytes;
    FILE *f = gan_file_open(path, &bytes);
    if (!f) return NULL;
    size_t n = fread(head, 1, sizeof head, f);
    fclose(f);
    for (int i = 0; readers[i]; i++)
        if (readers[i]->recognise(head, n)) return readers[i];
    gan_error("neither safetensors nor a .pth of PyTorch nor ONNX");
    return NULL;
}

int gan_tensors_open(gan_tensors *t, const char *path)
{
    *t = (gan_tensors){ .reader = gan_tensors_reader(path), .norm = -1 };
    if (!t->reader) return -1;
    if (!t->reader->open(t, path)) return 0;
    gan_tensors_close(t);
    return -1;
}

void gan_tensors_close(gan_tensors *t)
{
    if (t->reader) t->reader->close(t);
    for (size_t i = 0; i < t->count; i++) gan_mem_free(t->item[i].name);
    gan_mem_free(t->item);
    gan_mem_free(t->config);
    *t = (gan_tensors){ 0 };
}

const gan_tensor *gan_tensors_find(const gan_tensors *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (!strcmp(t->item[i].name, name)) return &t->item[i];
    return NULL;
}

int gan_tensors_read(gan_tensors *t, const gan_tensor *x, float *out)
{
    return t->reader->read(t, x, out) ? gan_error_in("'%.128s'", x->name) : 0;
}

static int set_dims(gan_tensor *x, int ndims, const int64_t *dims)
{
    if (ndims > GAN_TENSOR_DIMS) return gan_error("%d dimensions, at most %d", ndims, GAN_TENSOR_DIMS);
    x->ndims = ndims;
    x->count = 1;
    for (int i = 0; i < ndims; i++) {
        if (dims[i] < 0) return gan_error("dimension %d is negative", i);
        if (__builtin_mul_overflow(x->count, (size_t)dims[i], &x->count) || x->count > SIZE_MAX / 64)
            return gan_error("its dimensions are too large");
        x->dims[i] = dims[i];
    }
    return 0;
}

gan_tensor *gan_tensors_add(gan_tensors *t, const char *prefix, const char *name, size_t n, int ndims,
                            const int64_t *dims)
{
    gan_tensor x = { 0 };
    if (t->count == GAN_MAX_TENSORS) return gan_error("more than %d tensors", GAN_MAX_TENSORS), NULL;
    if (set_dims(&x, ndims, dims)) return gan_error_in("tensor '%.*s'", n < 64 ? (int)n : 64, name), NULL;
    if (!(t->count & (t->count - 1))) {
        gan_tensor *grown = gan_mem_resize(t->item, t->count ? 2 * t->count : 1, sizeof *grown);
        if (!grown) return NULL;
        t->item = grown;
    }
    if (n > 1024) return gan_error("a tensor's name has %zu bytes", n), NULL;
    if (!(x.name = gan_mem_printf("%s%.*s", prefix, (int)n, name))) return NULL;
    t->item[t->count] = x;
    return &t->item[t->count++];
}
