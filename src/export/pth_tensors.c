#include "export/pth.h"

#include <stdio.h>
#include <string.h>

#include "export/bytes.h"
#include "gan/error.h"
#include "gan/mem.h"

enum {
    MAX_NESTING = 6,      /* of dicts that hold tensors */
    MAX_VISITS = 1 << 17, /* of values in dicts: a pickle may name one dict many times */
    PATH_BYTES = 1024
};

#define STORAGE(name, element)                                                                                         \
    {                                                                                                                  \
        "torch", #name, GAN_CALL_NEVER, &element                                                                       \
    }
const gan_pickle_global gan_pth_globals[] = {
    { "collections", "OrderedDict", GAN_CALL_DICT, NULL },
    { "torch._utils", "_rebuild_tensor_v2", GAN_CALL_KEEP, NULL },
    { "torch._utils", "_rebuild_parameter", GAN_CALL_FIRST, NULL },
    STORAGE(FloatStorage, gan_f32),
    STORAGE(HalfStorage, gan_f16),
    STORAGE(BFloat16Storage, gan_bf16),
    STORAGE(DoubleStorage, gan_f64),
    STORAGE(LongStorage, gan_whole64),
    STORAGE(IntStorage, gan_whole32),
    STORAGE(ShortStorage, gan_whole16),
    STORAGE(CharStorage, gan_whole8),
    STORAGE(ByteStorage, gan_whole8),
    STORAGE(BoolStorage, gan_whole8),
    { 0 },
};

/* Tensors: the arguments (storage, offset, size, stride, ...) of _rebuild_tensor_v2 */

int gan_pth_is_storage(const gan_items *id)
{
    return id->count >= 5 && gan_value_is(&id->item[0], "storage") && id->item[1].kind == GAN_VALUE_GLOBAL &&
           id->item[1].global->info && id->item[2].kind == GAN_VALUE_TEXT;
}

static int parse_storage(gan_pth *f, const gan_value *v, gan_pth_storage *s)
{
    if (v->kind != GAN_VALUE_PERSISTENT || !gan_pth_is_storage(v->items)) return gan_error("its storage is none");
    const gan_value *key = &v->items->item[2];
    s->element = v->items->item[1].global->info;
    if (!f->find(f, key->text, key->length, s)) return 0;
    return gan_error("its storage '%.*s' is missing", key->length < 64 ? (int)key->length : 64, key->text);
}

static int parse_numbers(const gan_value *v, int64_t *out, int *count)
{
    if (v->kind != GAN_VALUE_TUPLE || v->items->count > GAN_TENSOR_DIMS)
        return gan_error("its size and strides are no tuples of at most %d numbers", GAN_TENSOR_DIMS);
    *count = (int)v->items->count;
    for (int i = 0; i < *count; i++) {
        if (v->items->item[i].kind != GAN_VALUE_NUMBER || v->items->item[i].number < 0)
            return gan_error("its size and strides hold something else than numbers from 0 on");
        out[i] = v->items->item[i].number;
    }
    return 0;
}

/* The elements lie within their storage; there are no more of them than it has, so that memory follows from the file. */
static int check_view(gan_pth_view *v, int ndims, const int64_t *dims, const int64_t *strides)
{
    size_t held = v->storage.bytes / v->storage.element->bytes, last = 0, count = 1, step;
    for (int i = 0; i < ndims; i++) {
        v->strides[i] = (size_t)strides[i];
        if (__builtin_mul_overflow(count, (size_t)dims[i], &count) || count > held)
            return gan_error("it has more elements than its storage");
        if (dims[i] && (__builtin_mul_overflow((size_t)dims[i] - 1, v->strides[i], &step) ||
                        __builtin_add_overflow(last, step, &last)))
            return gan_error("its strides are too large");
    }
    v->span = count ? last + 1 : 0;
    if (v->offset > held || v->span > held - v->offset) return gan_error("it lies outside of its storage");
    return 0;
}

static int parse_view(gan_pth *f, const gan_items *args, gan_pth_view *v, int *ndims, int64_t *dims)
{
    int64_t strides[GAN_TENSOR_DIMS];
    int n = 0;
    if (args->count < 4 || args->item[1].kind != GAN_VALUE_NUMBER || args->item[1].number < 0)
        return gan_error("it is no tensor");
    *v = (gan_pth_view){ .offset = (size_t)args->item[1].number };
    if (parse_storage(f, &args->item[0], &v->storage)) return -1;
    if (parse_numbers(&args->item[2], dims, ndims) || parse_numbers(&args->item[3], strides, &n)) return -1;
    if (n != *ndims) return gan_error("it has %d dimensions and %d strides", *ndims, n);
    return check_view(v, n, dims, strides);
}

static int add_tensor(gan_tensors *t, const char *prefix, const gan_value *key, const gan_items *args)
{
    gan_pth *f = t->file;
    gan_pth_view v;
    int ndims = 0;
    int64_t dims[GAN_TENSOR_DIMS];
    if (parse_view(f, args, &v, &ndims, dims))
        return gan_error_in("'%s%.*s'", prefix, key->length < 128 ? (int)key->length : 128, key->text);
    if (!(t->count & (t->count - 1))) {
        gan_pth_view *grown = gan_mem_resize(f->views, t->count ? 2 * t->count : 1, sizeof *grown);
        if (!grown) return -1;
        f->views = grown;
    }
    f->views[t->count] = v;
    gan_tensor *x = gan_tensors_add(t, prefix, key->text, key->length, ndims, dims);
    if (!x) return -1;
    x->index = t->count - 1;
    return 0;
}

static int add_dict(gan_tensors *t, const char *prefix, const gan_value *dict, int depth)
{
    gan_pth *f = t->file;
    if (depth == MAX_NESTING) return 0;
    for (size_t i = 0; i + 1 < dict->items->count; i += 2) {
        const gan_value *key = &dict->items->item[i], *v = key + 1;
        char inner[PATH_BYTES];
        if (++f->visits > MAX_VISITS) return gan_error("its dicts hold more than %d values", MAX_VISITS);
        if (key->kind != GAN_VALUE_TEXT) continue;
        if (v->kind == GAN_VALUE_CALLED && add_tensor(t, prefix, key, v->items)) return -1;
        if (v->kind != GAN_VALUE_DICT || strlen(prefix) + key->length + 2 > sizeof inner) continue;
        snprintf(inner, sizeof inner, "%s%.*s.", prefix, (int)key->length, key->text);
        if (add_dict(t, inner, v, depth + 1)) return -1;
    }
    return 0;
}

int gan_pth_add(gan_tensors *t, const gan_value *root)
{
    return root->kind == GAN_VALUE_DICT ? add_dict(t, "", root, 0) : gan_error("it holds no dict of tensors");
}

void gan_pth_release(gan_pth *f)
{
    gan_pickle_free(f->pickle);
    gan_mem_free(f->views);
}

/* Reading */

/* Elements in the order of their indices, whatever the strides; the last dimension is innermost. */
static void gather(const gan_pth_view *v, const gan_tensor *x, const float *from, float *out)
{
    size_t index[GAN_TENSOR_DIMS] = { 0 }, at = 0;
    for (size_t i = 0; i < x->count; i++) {
        out[i] = from[at];
        for (int d = x->ndims - 1; d >= 0; d--) {
            at += v->strides[d];
            if (++index[d] < (size_t)x->dims[d]) break;
            at -= index[d] * v->strides[d];
            index[d] = 0;
        }
    }
}

static int read_view(gan_pth *f, const gan_pth_view *v, const gan_tensor *x, unsigned char *storage, float *span,
                     float *out)
{
    size_t each = v->storage.element->bytes;
    if (f->load(f, &v->storage, storage)) return -1;
    if (f->big_endian) gan_swap_bytes(storage, v->storage.bytes / each * each, each);
    if (gan_element_floats(v->storage.element, storage + v->offset * each, v->span, span)) return -1;
    gather(v, x, span, out);
    return 0;
}

int gan_pth_read(gan_tensors *t, const gan_tensor *x, float *out)
{
    gan_pth *f = t->file;
    const gan_pth_view *v = &f->views[x->index];
    unsigned char *storage = gan_mem_alloc(v->storage.bytes, 1);
    float *span = gan_mem_alloc(v->span, sizeof *span);
    int result = storage && span ? read_view(f, v, x, storage, span, out) : -1;
    gan_mem_free(storage);
    gan_mem_free(span);
    return result;
}
