/* .pth files as torch.save writes them: a ZIP archive of a pickle and of stored tensors. The pickle names storages by
 * persistent ids and says which elements of which storage a tensor is; the storages are entries of the archive.
 * Dicts within dicts are flattened: their keys are joined by dots. */
#include <string.h>

#include "export/bytes.h"
#include "export/element.h"
#include "export/pickle.h"
#include "export/pth.h"
#include "export/tensors.h"
#include "export/zip.h"
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
static const gan_pickle_global globals[] = {
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

typedef struct view { /* which elements of which storage a tensor is */
    const gan_zip_entry *entry;
    const gan_element *element;
    size_t offset, span;             /* elements: the first, and how many from the first to the last */
    size_t strides[GAN_TENSOR_DIMS]; /* elements */
} view;

typedef struct pth {
    gan_zip *zip;
    gan_pickle *pickle;
    unsigned char *bytes; /* of the pickle */
    char *folder;         /* in front of all names in the archive, with its slash */
    int big_endian;
    view *views;
    size_t visits;
} pth;

static int recognise(const unsigned char *head, size_t n)
{
    return n >= 4 && !memcmp(head, "PK\3\4", 4);
}

/* Entries */

static const gan_zip_entry *find_entry(const pth *f, const char *name, size_t n)
{
    char path[PATH_BYTES];
    size_t folder = strlen(f->folder);
    if (folder + n >= sizeof path) return NULL;
    memcpy(path, f->folder, folder);
    memcpy(path + folder, name, n);
    path[folder + n] = '\0';
    return gan_zip_find(f->zip, path);
}

/* Entry of that name; 0 bytes and no message if there is none. The text gets an end. Owned, gan_mem_free. */
static int read_text(pth *f, const char *name, char **text)
{
    const gan_zip_entry *e = find_entry(f, name, strlen(name));
    *text = NULL;
    if (!e || e->bytes > PTH_MAX_TEXT) return 0;
    if (!(*text = gan_mem_alloc(e->bytes + 1, 1))) return -1;
    return gan_zip_read(f->zip, e, *text);
}

static int find_folder(pth *f)
{
    static const char pickle[] = "/" PTH_PICKLE;
    for (size_t i = 0; i < gan_zip_count(f->zip); i++) {
        const char *name = gan_zip_at(f->zip, i)->name;
        size_t n = strlen(name);
        if (n < strlen(pickle) || strcmp(name + n - strlen(pickle), pickle) != 0) continue;
        f->folder = gan_mem_printf("%.*s/", (int)(n - strlen(pickle)), name);
        return f->folder ? 0 : -1;
    }
    return gan_error("a ZIP archive without 'data.pkl': torch.save has not written it");
}

static int read_byte_order(pth *f)
{
    char *order;
    int result = read_text(f, PTH_BYTE_ORDER, &order);
    f->big_endian = order && !strcmp(order, "big");
    gan_mem_free(order);
    return result;
}

/* Tensors: the arguments (storage, offset, size, stride, ...) of _rebuild_tensor_v2 */

static int parse_storage(const pth *f, const gan_value *v, view *out)
{
    const gan_items *id = v->kind == GAN_VALUE_PERSISTENT ? v->items : NULL;
    if (!id || id->count < 5 || !gan_value_is(&id->item[0], "storage") || id->item[1].kind != GAN_VALUE_GLOBAL ||
        !id->item[1].global->info || id->item[2].kind != GAN_VALUE_TEXT)
        return gan_error("its storage is none");
    char name[64] = PTH_DATA;
    size_t prefix = strlen(name), n = id->item[2].length;
    if (n >= sizeof name - prefix) return gan_error("its storage has a name of %zu bytes", n);
    memcpy(name + prefix, id->item[2].text, n);
    out->element = id->item[1].global->info;
    out->entry = find_entry(f, name, prefix + n);
    return out->entry ? 0 : gan_error("its storage '%.64s' is missing", name);
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
static int check_view(view *v, int ndims, const int64_t *dims, const int64_t *strides)
{
    size_t held = v->entry->bytes / v->element->bytes, last = 0, count = 1, step;
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

static int parse_view(const pth *f, const gan_items *args, view *v, int *ndims, int64_t *dims)
{
    int64_t strides[GAN_TENSOR_DIMS];
    int n = 0;
    if (args->count < 4 || args->item[1].kind != GAN_VALUE_NUMBER || args->item[1].number < 0)
        return gan_error("it is no tensor");
    *v = (view){ .offset = (size_t)args->item[1].number };
    if (parse_storage(f, &args->item[0], v)) return -1;
    if (parse_numbers(&args->item[2], dims, ndims) || parse_numbers(&args->item[3], strides, &n)) return -1;
    if (n != *ndims) return gan_error("it has %d dimensions and %d strides", *ndims, n);
    return check_view(v, n, dims, strides);
}

static int add_tensor(gan_tensors *t, const char *prefix, const gan_value *key, const gan_items *args)
{
    pth *f = t->file;
    view v;
    int ndims = 0;
    int64_t dims[GAN_TENSOR_DIMS];
    if (parse_view(f, args, &v, &ndims, dims))
        return gan_error_in("'%s%.*s'", prefix, key->length < 128 ? (int)key->length : 128, key->text);
    if (!(t->count & (t->count - 1))) {
        view *grown = gan_mem_resize(f->views, t->count ? 2 * t->count : 1, sizeof *grown);
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
    pth *f = t->file;
    if (depth == MAX_NESTING) return 0;
    for (size_t i = 0; i + 1 < dict->items->count; i += 2) {
        const gan_value *key = &dict->items->item[i], *v = key + 1;
        char inner[PATH_BYTES];
        if (++f->visits > MAX_VISITS) return gan_error("its dicts hold more than %d values", MAX_VISITS);
        if (key->kind != GAN_VALUE_TEXT) continue;
        if (v->kind == GAN_VALUE_CALLED && add_tensor(t, prefix, key, v->items)) return -1;
        if (v->kind != GAN_VALUE_DICT || strlen(prefix) + key->length + 2 > sizeof inner) continue;
        size_t n = strlen(prefix);
        memcpy(inner, prefix, n);
        memcpy(inner + n, key->text, key->length);
        memcpy(inner + n + key->length, ".", 2);
        if (add_dict(t, inner, v, depth + 1)) return -1;
    }
    return 0;
}

static int load_pickle(gan_tensors *t)
{
    pth *f = t->file;
    gan_value root;
    size_t used;
    const gan_zip_entry *e = find_entry(f, PTH_PICKLE, strlen(PTH_PICKLE));
    f->bytes = gan_mem_alloc(e->bytes, 1);
    f->pickle = gan_pickle_new(globals);
    if (!f->bytes || !f->pickle || gan_zip_read(f->zip, e, f->bytes)) return -1;
    if (gan_pickle_load(f->pickle, f->bytes, e->bytes, &used, &root)) return -1;
    if (root.kind != GAN_VALUE_DICT) return gan_error("it holds no dict of tensors");
    return add_dict(t, "", &root, 0);
}

static int open_pth(gan_tensors *t, const char *path)
{
    pth *f = t->file = gan_mem_alloc(1, sizeof *f);
    if (!f || !(f->zip = gan_zip_open(path)) || find_folder(f)) return -1;
    if (read_byte_order(f) || read_text(f, PTH_CONFIG, &t->config)) return -1;
    return load_pickle(t);
}

static void close_pth(gan_tensors *t)
{
    pth *f = t->file;
    if (!f) return;
    gan_zip_close(f->zip);
    gan_pickle_free(f->pickle);
    gan_mem_free(f->bytes);
    gan_mem_free(f->folder);
    gan_mem_free(f->views);
    gan_mem_free(f);
}

/* Reading */

static void swap_bytes(unsigned char *bytes, size_t n, size_t each)
{
    for (unsigned char *at = bytes; at < bytes + n; at += each)
        for (size_t i = 0; i < each / 2; i++) {
            unsigned char swapped = at[i];
            at[i] = at[each - 1 - i];
            at[each - 1 - i] = swapped;
        }
}

/* Elements in the order of their indices, whatever the strides; the last dimension is innermost. */
static void gather(const view *v, const gan_tensor *x, const float *from, float *out)
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

static int read_view(pth *f, const view *v, const gan_tensor *x, unsigned char *storage, float *span, float *out)
{
    size_t each = v->element->bytes;
    if (gan_zip_read(f->zip, v->entry, storage)) return -1;
    if (f->big_endian) swap_bytes(storage, v->entry->bytes / each * each, each);
    if (gan_element_floats(v->element, storage + v->offset * each, v->span, span)) return -1;
    gather(v, x, span, out);
    return 0;
}

static int read_tensor(gan_tensors *t, const gan_tensor *x, float *out)
{
    pth *f = t->file;
    const view *v = &f->views[x->index];
    unsigned char *storage = gan_mem_alloc(v->entry->bytes, 1);
    float *span = gan_mem_alloc(v->span, sizeof *span);
    int result = storage && span ? read_view(f, v, x, storage, span, out) : -1;
    gan_mem_free(storage);
    gan_mem_free(span);
    return result;
}

const gan_tensor_reader gan_pth_reader = {
    .name = ".pth", .recognise = recognise, .open = open_pth, .read = read_tensor, .close = close_pth
};
