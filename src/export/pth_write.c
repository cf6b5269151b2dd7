/* .pth files as torch.save writes them: the state dict of the reference's generator, which its code loads with
 * strict=True, and torch.load with weights_only=True. Each tensor is contiguous and has a storage of its own. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "export/bytes.h"
#include "export/formats.h"
#include "export/keys.h"
#include "export/pth.h"
#include "export/zip.h"
#include "gan/error.h"
#include "gan/mem.h"

static const char FOLDER[] = "archive/", FORMAT_VERSION[] = "3\n";

/* What is pickled, opcode by opcode */

struct buffer {
    unsigned char *bytes; /* owned */
    size_t count, room;
    int failed; /* stays: one check at the end */
};

static void put(struct buffer *b, const void *bytes, size_t n)
{
    if (!b->failed && b->count + n > b->room) {
        size_t room = 2 * (b->count + n);
        unsigned char *grown = gan_mem_resize(b->bytes, room, 1);
        if (grown) {
            b->bytes = grown;
            b->room = room;
        }
        b->failed = !grown;
    }
    if (b->failed) return;
    memcpy(b->bytes + b->count, bytes, n);
    b->count += n;
}

static void put_opcodes(struct buffer *b, const char *opcodes)
{
    put(b, opcodes, strlen(opcodes));
}

static void put_number(struct buffer *b, uint32_t number)
{
    unsigned char bytes[5] = { 'J' };
    gan_put_le(bytes + 1, 4, number);
    put(b, bytes, sizeof bytes);
}

static void put_text(struct buffer *b, const char *text)
{
    unsigned char bytes[5] = { 'X' };
    gan_put_le(bytes + 1, 4, strlen(text));
    put(b, bytes, sizeof bytes);
    put_opcodes(b, text);
}

static void put_ordered_dict(struct buffer *b)
{
    put_opcodes(b, "ccollections\nOrderedDict\n)R");
}

static void put_dims(struct buffer *b, int ndims, const int *dims)
{
    put_opcodes(b, "(");
    for (int i = 0; i < ndims; i++) put_number(b, (uint32_t)dims[i]);
    put_opcodes(b, "t");
}

static void put_strides(struct buffer *b, int ndims, const int *dims)
{
    int strides[4], step = 1;
    for (int i = ndims - 1; i >= 0; i--) {
        strides[i] = step;
        step *= dims[i];
    }
    put_dims(b, ndims, strides);
}

/* key: _rebuild_tensor_v2(storage, 0, size, stride, False, OrderedDict()) */
static void put_tensor(struct buffer *b, const char *key, int number, const char *type, int ndims, const int *dims)
{
    char storage[16];
    size_t count = 1;
    for (int i = 0; i < ndims; i++) count *= (size_t)dims[i];
    snprintf(storage, sizeof storage, "%d", number);
    put_text(b, key);
    put_opcodes(b, "ctorch._utils\n_rebuild_tensor_v2\n((");
    put_text(b, "storage");
    put_opcodes(b, type);
    put_text(b, storage);
    put_text(b, "cpu");
    put_number(b, (uint32_t)count);
    put_opcodes(b, "tQ");
    put_number(b, 0);
    put_dims(b, ndims, dims);
    put_strides(b, ndims, dims);
    put_opcodes(b, "\x89");
    put_ordered_dict(b);
    put_opcodes(b, "tR");
}

/* Tensors, in the order of the graph's parameters; behind a norm's variance its counter of batches. Storage i is
 * parameter i, the counters share the numbers from there on. */

struct writing {
    const gan_generator *from;
    gan_keys keys;
    gan_zip_writer zip;
    int counters;
    size_t parameters; /* numbers written so far */
};

static int is_counted(const struct writing *to, int i, char *key)
{
    return !gan_key_batches(&to->keys, gan_graph_param(to->from->graph, i)->name, key);
}

static int pickle_param(struct writing *to, struct buffer *b, int i)
{
    const gan_param *p = gan_graph_param(to->from->graph, i);
    char key[GAN_KEY_BYTES];
    if (p->count > INT32_MAX) return gan_error("'%s' has more elements than fit", p->name);
    if (gan_key(&to->keys, p->name, key)) return -1;
    put_tensor(b, key, i, "ctorch\nFloatStorage\n", p->ndims, p->dims);
    if (is_counted(to, i, key))
        put_tensor(b, key, gan_graph_params(to->from->graph) + to->counters++, "ctorch\nLongStorage\n", 0, NULL);
    return 0;
}

static int add_text(struct writing *to, const char *name, const void *bytes, size_t n)
{
    char path[64];
    snprintf(path, sizeof path, "%s%s", FOLDER, name);
    return gan_zip_add(&to->zip, path, bytes, n);
}

static int add_pickle(struct writing *to)
{
    struct buffer b = { 0 };
    int bad = 0;
    put_opcodes(&b, "\x80\x02");
    put_ordered_dict(&b);
    put_opcodes(&b, "(");
    for (int i = 0; i < gan_graph_params(to->from->graph) && !bad; i++) bad = pickle_param(to, &b, i);
    put_opcodes(&b, "u.");
    bad = bad || b.failed || add_text(to, PTH_PICKLE, b.bytes, b.count);
    gan_mem_free(b.bytes);
    return bad ? -1 : 0;
}

static int add_config(struct writing *to)
{
    char *config = gan_config_text(to->from->config);
    int bad = !config || add_text(to, PTH_CONFIG, config, strlen(config));
    gan_mem_free(config);
    return bad ? -1 : 0;
}

static int add_storage(struct writing *to, int number, const void *bytes, size_t n)
{
    char name[32];
    snprintf(name, sizeof name, "%s%d", PTH_DATA, number);
    return add_text(to, name, bytes, n);
}

static int add_param(struct writing *to, int i)
{
    const gan_param *p = gan_graph_param(to->from->graph, i);
    float *data = gan_mem_alloc(p->count, sizeof *data);
    int bad = !data || gan_params_get(to->from->params, i, GAN_VALUES, data) ||
              add_storage(to, i, data, p->count * sizeof *data);
    gan_mem_free(data);
    to->parameters += p->count;
    return bad ? -1 : 0;
}

static int add_counters(struct writing *to)
{
    unsigned char batches[8];
    gan_put_le(batches, sizeof batches, (uint64_t)gan_params_updates(to->from->params));
    for (int i = 0; i < to->counters; i++)
        if (add_storage(to, gan_graph_params(to->from->graph) + i, batches, sizeof batches)) return -1;
    return 0;
}

static int add_all(struct writing *to)
{
    if (add_pickle(to) || add_text(to, PTH_BYTE_ORDER, "little", strlen("little"))) return -1;
    for (int i = 0; i < gan_graph_params(to->from->graph); i++)
        if (add_param(to, i)) return -1;
    if (add_counters(to) || add_config(to)) return -1;
    return add_text(to, PTH_VERSION, FORMAT_VERSION, strlen(FORMAT_VERSION));
}

int gan_export_pth(const char *path, const gan_generator *from, const gan_export_opt *o, gan_export_report *r)
{
    struct writing to = { .from = from, .keys = gan_keys_of(from->config) };
    (void)o;
    if (gan_keys_check(from->config)) return -1;
    if (gan_zip_create(&to.zip, path)) return -1;
    if (add_all(&to)) {
        gan_zip_abandon(&to.zip);
        return -1;
    }
    r->parameters = to.parameters;
    return gan_zip_finish(&to.zip);
}
