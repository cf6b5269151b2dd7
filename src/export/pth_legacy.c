/* .pth files as torch.save wrote them before PyTorch 1.6: five pickles (a magic number, a version, facts about the
 * machine, the tensors, the keys of the storages), then the storages in the order of those keys: how many elements, and
 * the elements. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/file.h"
#include "export/bytes.h"
#include "export/pth.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { MAGIC, VERSION, MACHINE, TENSORS, KEYS, PICKLES };
enum { MAX_PICKLES = 1 << 22, COUNT_BYTES = 8 };

/* PROTO 2, LONG1 of 10 bytes */
static const unsigned char magic[] = { 0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c,
                                       0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19 };

struct place { /* of a storage; sorted by key */
    const char *key;
    size_t n, bytes;
    const gan_element *element;
    uint64_t at; /* 0: not in the file */
};

typedef struct legacy {
    gan_pth pth;
    FILE *stream;
    uint64_t file_bytes, data; /* data: where the storages begin */
    unsigned char *bytes;      /* of the pickles, and perhaps more */
    struct place *place;
    size_t places;
} legacy;

static int recognise(const unsigned char *head, size_t n)
{
    return n >= sizeof magic && !memcmp(head, magic, sizeof magic);
}

static int read_at(legacy *f, uint64_t position, void *out, size_t n)
{
    errno = 0;
    if (position > f->file_bytes || n > f->file_bytes - position) return gan_error("the file ends early");
    if (fseeko(f->stream, (off_t)position, SEEK_SET) || fread(out, 1, n, f->stream) != n)
        return gan_error("%s", errno ? strerror(errno) : "the file ends early");
    return 0;
}

static int load_pickles(legacy *f, gan_value *value)
{
    size_t n = f->file_bytes < MAX_PICKLES ? (size_t)f->file_bytes : MAX_PICKLES, at = 0, used;
    f->bytes = gan_mem_alloc(n, 1);
    f->pth.pickle = gan_pickle_new(gan_pth_globals);
    if (!f->bytes || !f->pth.pickle || read_at(f, 0, f->bytes, n)) return -1;
    for (int i = 0; i < PICKLES; i++, at += used)
        if (gan_pickle_load(f->pth.pickle, f->bytes + at, n - at, &used, &value[i])) return -1;
    f->data = at;
    if (value[VERSION].kind != GAN_VALUE_NUMBER || value[VERSION].number != 1001)
        return gan_error("a version of .pth that is not known");
    const gan_value *little = gan_value_get(&value[MACHINE], "little_endian");
    f->pth.big_endian = little && little->kind == GAN_VALUE_BOOL && !little->number;
    return value[KEYS].kind == GAN_VALUE_LIST ? 0 : gan_error("its list of storages is none");
}

/* Storages */

static int by_key(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = memcmp(x->key, y->key, x->n < y->n ? x->n : y->n);
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

static struct place *find_place(const legacy *f, const char *key, size_t n)
{
    struct place wanted = { .key = key, .n = n };
    return bsearch(&wanted, f->place, f->places, sizeof wanted, by_key);
}

/* What the tensors say of their storages: the size of the elements, which the storages themselves do not tell. */
static int list_places(legacy *f)
{
    size_t count = 0;
    for (const gan_items *i = NULL; (i = gan_pickle_next(f->pth.pickle, i));) count += (size_t)gan_pth_is_storage(i);
    if (!(f->place = gan_mem_alloc(count, sizeof *f->place))) return -1;
    for (const gan_items *i = NULL; (i = gan_pickle_next(f->pth.pickle, i));)
        if (gan_pth_is_storage(i))
            f->place[f->places++] =
                (struct place){ .key = i->item[2].text, .n = i->item[2].length, .element = i->item[1].global->info };
    qsort(f->place, f->places, sizeof *f->place, by_key);
    return 0;
}

/* The same storage may be named by many tensors: all that have its key get its place. */
static void set_place(legacy *f, const struct place *any, uint64_t at, size_t bytes)
{
    size_t i = (size_t)(any - f->place);
    while (i && !by_key(&f->place[i - 1], any)) i--;
    for (; i < f->places && !by_key(&f->place[i], any); i++) {
        f->place[i].at = at;
        f->place[i].bytes = bytes;
    }
}

static int find_places(legacy *f, const gan_items *keys)
{
    uint64_t at = f->data;
    for (size_t i = 0; i < keys->count; i++) {
        unsigned char raw[COUNT_BYTES];
        const gan_value *key = &keys->item[i];
        const struct place *p = key->kind == GAN_VALUE_TEXT ? find_place(f, key->text, key->length) : NULL;
        if (!p || p->at) return gan_error("its list of storages has one that no tensor has, or one twice");
        if (read_at(f, at, raw, sizeof raw)) return -1;
        if (f->pth.big_endian) gan_swap_bytes(raw, sizeof raw, sizeof raw);
        uint64_t elements = gan_get_le(raw, sizeof raw), left = f->file_bytes - at - COUNT_BYTES;
        if (elements > left / p->element->bytes)
            return gan_error("a storage of %" PRIu64 " elements is cut off", elements);
        set_place(f, p, at + COUNT_BYTES, (size_t)elements * p->element->bytes);
        at += COUNT_BYTES + elements * p->element->bytes;
    }
    return 0;
}

static int find_storage(gan_pth *pth, const char *key, size_t n, gan_pth_storage *s)
{
    const legacy *f = (const legacy *)pth;
    const struct place *p = find_place(f, key, n);
    if (!p || !p->at) return -1;
    s->bytes = p->bytes;
    s->index = (size_t)(p - f->place);
    return 0;
}

static int load_storage(gan_pth *pth, const gan_pth_storage *s, void *out)
{
    legacy *f = (legacy *)pth;
    return read_at(f, f->place[s->index].at, out, s->bytes);
}

static int open_legacy(gan_tensors *t, const char *path)
{
    gan_value value[PICKLES];
    legacy *f = t->file = gan_mem_alloc(1, sizeof *f);
    if (!f) return -1;
    f->pth.find = find_storage;
    f->pth.load = load_storage;
    if (!(f->stream = gan_file_open(path, &f->file_bytes)) || load_pickles(f, value)) return -1;
    if (list_places(f) || find_places(f, value[KEYS].items)) return -1;
    return gan_pth_add(t, &value[TENSORS]);
}

static void close_legacy(gan_tensors *t)
{
    legacy *f = t->file;
    if (!f) return;
    gan_pth_release(&f->pth);
    if (f->stream) fclose(f->stream);
    gan_mem_free(f->bytes);
    gan_mem_free(f->place);
    gan_mem_free(f);
}

const gan_tensor_reader gan_pth_legacy_reader = { .name = ".pth before PyTorch 1.6",
                                                  .recognise = recognise,
                                                  .open = open_legacy,
                                                  .read = gan_pth_read,
                                                  .close = close_legacy };
