/* .pth files as torch.save has written them since PyTorch 1.6: a ZIP archive of a pickle and of storages. */
#include <stdio.h>
#include <string.h>

#include "export/pth.h"
#include "export/zip.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { PATH_BYTES = 1024, MAX_TEXT = 1 << 16 };

typedef struct archive {
    gan_pth pth;
    gan_zip *zip;
    unsigned char *bytes; /* of the pickle */
    char *folder;         /* in front of all names in the archive, with its slash */
} archive;

static int recognise(const unsigned char *head, size_t n)
{
    return n >= 4 && !memcmp(head, "PK\3\4", 4);
}

/* The entry called folder, name, n bytes of key. */
static const gan_zip_entry *find_entry(const archive *f, const char *name, const char *key, size_t n)
{
    char path[PATH_BYTES];
    size_t used = strlen(f->folder) + strlen(name);
    if (used + n >= sizeof path) return NULL;
    snprintf(path, sizeof path, "%s%s", f->folder, name);
    memcpy(path + used, key, n);
    path[used + n] = '\0';
    return gan_zip_find(f->zip, path);
}

/* A small entry as a text, owned, gan_mem_free; NULL, which is no failure, if there is none. */
static int read_text(const archive *f, const char *name, char **text)
{
    const gan_zip_entry *e = find_entry(f, name, "", 0);
    *text = NULL;
    if (!e || e->bytes > MAX_TEXT) return 0;
    if (!(*text = gan_mem_alloc(e->bytes + 1, 1))) return -1;
    return gan_zip_read(f->zip, e, *text);
}

static int find_folder(archive *f)
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

static int read_byte_order(archive *f)
{
    char *order;
    int result = read_text(f, PTH_BYTE_ORDER, &order);
    f->pth.big_endian = order && !strcmp(order, "big");
    gan_mem_free(order);
    return result;
}

static int find_storage(gan_pth *pth, const char *key, size_t n, gan_pth_storage *s)
{
    const archive *f = (const archive *)pth;
    const gan_zip_entry *e = find_entry(f, PTH_DATA, key, n);
    if (!e) return -1;
    s->bytes = e->bytes;
    s->index = (size_t)(e - gan_zip_at(f->zip, 0));
    return 0;
}

static int load_storage(gan_pth *pth, const gan_pth_storage *s, void *out)
{
    const archive *f = (const archive *)pth;
    return gan_zip_read(f->zip, gan_zip_at(f->zip, s->index), out);
}

static int load_pickle(gan_tensors *t)
{
    archive *f = t->file;
    gan_value root;
    size_t used;
    const gan_zip_entry *e = find_entry(f, PTH_PICKLE, "", 0);
    if (!e) return gan_error("its 'data.pkl' has too long a name");
    f->bytes = gan_mem_alloc(e->bytes, 1);
    f->pth.pickle = gan_pickle_new(gan_pth_globals);
    if (!f->bytes || !f->pth.pickle || gan_zip_read(f->zip, e, f->bytes)) return -1;
    if (gan_pickle_load(f->pth.pickle, f->bytes, e->bytes, &used, &root)) return -1;
    return gan_pth_add(t, &root);
}

static int open_archive(gan_tensors *t, const char *path)
{
    archive *f = t->file = gan_mem_alloc(1, sizeof *f);
    if (!f) return -1;
    f->pth.find = find_storage;
    f->pth.load = load_storage;
    if (!(f->zip = gan_zip_open(path)) || find_folder(f)) return -1;
    if (read_byte_order(f) || read_text(f, PTH_CONFIG, &t->config)) return -1;
    return load_pickle(t);
}

static void close_archive(gan_tensors *t)
{
    archive *f = t->file;
    if (!f) return;
    gan_pth_release(&f->pth);
    gan_zip_close(f->zip);
    gan_mem_free(f->bytes);
    gan_mem_free(f->folder);
    gan_mem_free(f);
}

const gan_tensor_reader gan_pth_reader = {
    .name = ".pth", .recognise = recognise, .open = open_archive, .read = gan_pth_read, .close = close_archive
};
