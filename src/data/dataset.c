#include "data/dataset.h"

#include <inttypes.h>
#include <string.h>

#include "data/names.h"
#include "data/partners.h"
#include "data/walk.h"
#include "gan/error.h"
#include "gan/log.h"
#include "gan/mem.h"
#include "gan/scene.h"

enum { HOLD_OUT = 20 }; /* one picture of so many */
enum { MIN_SCENE = 16, MAX_SCENE = 4096 };

struct gan_dataset {
    struct gan_names
        names;      /* "folder/a/b.jpg", sorted; behind its zero the partner's; of procedural pictures a title */
    char *name;     /* the folder, without a slash at its end; owned */
    size_t prefix;  /* bytes of "folder/" */
    int scene_size; /* 0: files */
    uint64_t seed;
};

static char *without_slashes(const char *folder)
{
    char *name = gan_mem_text(folder);
    size_t length = name ? strlen(name) : 0;
    while (length > 1 && name[length - 1] == '/') name[--length] = '\0';
    return name;
}

static int list_files(gan_dataset *d, const char *folder)
{
    d->name = without_slashes(folder);
    if (!d->name || gan_walk(d->name, &d->names)) return -1;
    if (!d->names.count) return gan_error("no PNG or JPEG files in '%s'", d->name);
    if (d->names.count > UINT32_MAX) return gan_error("too many files in '%s': %zu", d->name, d->names.count);
    d->prefix = strlen(d->name) + 1;
    gan_names_sort(&d->names);
    return 0;
}

gan_dataset *gan_dataset_open(const char *folder)
{
    gan_dataset *d = gan_mem_alloc(1, sizeof *d);
    if (!d) return NULL;
    if (!list_files(d, folder)) return d;
    gan_dataset_free(d);
    return NULL;
}

/* Files that have no partner are left out. */
static int match_files(gan_dataset *d, const char *folder_b)
{
    gan_dataset b = { 0 };
    struct gan_names pairs = { 0 };
    int failed = list_files(&b, folder_b) || gan_partners_match(&d->names, d->prefix, &b.names, b.prefix, &pairs);
    if (!failed && !pairs.count)
        failed = gan_error("no file in '%s' has a partner of its name in '%s'", d->name, b.name);
    if (!failed && pairs.count < d->names.count)
        gan_log(GAN_LOG_WARN, "%zu files in '%s' have no partner in '%s' and are left out",
                d->names.count - pairs.count, d->name, b.name);
    struct gan_names unmatched = d->names;
    d->names = pairs;
    gan_names_release(&unmatched);
    gan_names_release(&b.names);
    gan_mem_free(b.name);
    return failed;
}

gan_dataset *gan_dataset_open_pairs(const char *folder_a, const char *folder_b)
{
    gan_dataset *d = gan_dataset_open(folder_a);
    if (!d || !match_files(d, folder_b)) return d;
    gan_dataset_free(d);
    return NULL;
}

static int title_scenes(gan_dataset *d, size_t count)
{
    d->name = gan_mem_text("procedural pictures");
    if (!d->name) return -1;
    for (size_t i = 0; i < count; i++)
        if (gan_names_take(&d->names, gan_mem_printf("scene %010zu", i))) return -1;
    return 0;
}

gan_dataset *gan_dataset_synthetic(size_t count, int size, uint64_t seed)
{
    if (!count || count > UINT32_MAX || size < MIN_SCENE || size > MAX_SCENE) {
        gan_error("cannot make %zu procedural pictures of side %d", count, size);
        return NULL;
    }
    gan_dataset *d = gan_mem_alloc(1, sizeof *d);
    if (!d) return NULL;
    d->scene_size = size;
    d->seed = seed;
    if (!title_scenes(d, count)) return d;
    gan_dataset_free(d);
    return NULL;
}

/* Moves the names that are due into held, in order. */
static int move_names(gan_dataset *d, gan_dataset *held)
{
    size_t count = d->names.count, every = count < HOLD_OUT ? count : HOLD_OUT, kept = 0;
    for (size_t i = 0; i < count; i++) {
        char *name = d->names.item[i];
        if (i % every != every - 1) {
            d->names.item[kept++] = name;
            continue;
        }
        d->names.item[i] = NULL; /* taken, also on failure */
        if (gan_names_take(&held->names, name)) {
            for (i++; i < count; i++) d->names.item[kept++] = d->names.item[i];
            d->names.count = kept;
            return -1;
        }
    }
    d->names.count = kept;
    return 0;
}

gan_dataset *gan_dataset_hold_out(gan_dataset *d)
{
    GAN_ASSERT(!d->scene_size);
    if (d->names.count < 2) {
        gan_error("one photograph in '%s' cannot be both trained on and held out: set [data] val", d->name);
        return NULL;
    }
    gan_dataset *held = gan_mem_alloc(1, sizeof *held);
    if (!held) return NULL;
    held->prefix = d->prefix;
    held->name = gan_mem_text(d->name);
    if (held->name && !move_names(d, held)) return held;
    gan_dataset_free(held);
    return NULL;
}

void gan_dataset_free(gan_dataset *d)
{
    if (!d) return;
    gan_names_release(&d->names);
    gan_mem_free(d->name);
    gan_mem_free(d);
}

size_t gan_dataset_count(const gan_dataset *d)
{
    return d->names.count;
}

const char *gan_dataset_path(const gan_dataset *d, size_t i)
{
    GAN_ASSERT(i < d->names.count);
    return d->names.item[i] + d->prefix;
}

const char *gan_dataset_name(const gan_dataset *d)
{
    return d->name;
}

const char *gan_dataset_file(const gan_dataset *d, size_t i)
{
    GAN_ASSERT(i < d->names.count);
    return d->scene_size ? NULL : d->names.item[i];
}

const char *gan_dataset_partner(const gan_dataset *d, size_t i)
{
    GAN_ASSERT(i < d->names.count);
    return gan_partner_of(d->names.item[i]);
}

size_t gan_dataset_find(const gan_dataset *d, const char *path)
{
    size_t low = 0, high = d->names.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(gan_dataset_path(d, middle), path);
        if (!order) return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return d->names.count;
}

int gan_dataset_load(const gan_dataset *d, size_t i, int least_side, gan_image *im)
{
    const char *file = gan_dataset_file(d, i);
    return file ? gan_image_load(im, file, least_side) : gan_scene_draw(im, d->seed, i, d->scene_size);
}
