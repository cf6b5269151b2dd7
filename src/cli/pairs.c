#define _XOPEN_SOURCE 700
#include "cli/pairs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/folder.h"
#include "data/walk.h"
#include "gan/error.h"
#include "gan/image.h"
#include "gan/log.h"
#include "gan/mem.h"

/* Length of a path without the slashes at its end. */
static size_t trimmed(const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') n--;
    return n;
}

static int append(gan_pairs *p, gan_pair pair)
{
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 64;
        gan_pair *item = gan_mem_resize(p->item, room, sizeof *item);
        if (!item) return -1;
        p->item = item;
        p->room = room;
    }
    p->item[p->count++] = pair;
    return 0;
}

/* Takes note of in -> out; both texts are taken, NULL being a failure to make them. */
static int add(gan_pairs *p, char *in, char *out)
{
    if (in && out && !append(p, (gan_pair){ in, out })) return 0;
    gan_mem_free(in);
    gan_mem_free(out);
    return -1;
}

/* A folder may be made, but not where something else stands. */
static int check_folder(const char *output)
{
    struct stat st;
    char *folder = gan_mem_printf("%.*s", (int)trimmed(output), output); /* "file/" would be reported as absent */
    int blocked = folder && !stat(folder, &st) && !S_ISDIR(st.st_mode);
    if (blocked) gan_error("cannot make folder '%s': a file stands there", folder);
    int result = folder && !blocked ? 0 : -1;
    gan_mem_free(folder);
    return result;
}

/* A file called `name` in folder, with an ending that can be written. */
static char *path_in(const char *folder, const char *name)
{
    return gan_mem_printf("%.*s/%s%s", (int)trimmed(folder), folder, name, gan_image_can_save(name) ? "" : ".png");
}

static int add_file(gan_pairs *p, const char *in, const char *output)
{
    const char *slash = strrchr(in, '/');
    return add(p, gan_mem_text(in), p->into_folder ? path_in(output, slash ? slash + 1 : in) : gan_mem_text(output));
}

/* Where in folder output lies, without a slash in front: a text within the *resolved that it makes; NULL: it lies
 * elsewhere, or is not there yet. */
static const char *place_in(const char *folder, const char *output, char *resolved)
{
    char whole[PATH_MAX];
    if (!realpath(folder, whole) || !realpath(output, resolved)) return NULL;
    size_t n = strlen(whole);
    return !strncmp(whole, resolved, n) && resolved[n] == '/' ? resolved + n + 1 : NULL;
}

static int lies_in(const char *path, const char *folder)
{
    size_t n = folder ? strlen(folder) : 0;
    return folder && !strncmp(path, folder, n) && path[n] == '/';
}

/* All but those that lie in output itself: a folder may be coloured into one within it, and again. */
static int add_files(gan_pairs *p, const struct gan_names *files, size_t prefix, const char *output, const char *place)
{
    for (size_t i = 0; i < files->count; i++)
        if (!lies_in(files->item[i] + prefix, place) &&
            add(p, gan_mem_text(files->item[i]), path_in(output, files->item[i] + prefix)))
            return -1;
    return 0;
}

static int add_folder(gan_pairs *p, const char *in, const char *output)
{
    struct gan_names files = { 0 };
    char *folder = gan_mem_printf("%.*s", (int)trimmed(in), in);
    char resolved[PATH_MAX];
    uint64_t refused = gan_mem_failures();
    int result = -1;
    if (!folder) return -1;
    int unread = gan_walk(folder, &files);
    if (unread && gan_mem_failures() != refused) goto done;
    if (!unread && !files.count) gan_error("no PNG or JPEG files in '%s'", folder);
    if (unread || !files.count) {
        gan_log(GAN_LOG_WARN, "%s", gan_error_message());
        p->unusable++;
    }
    gan_names_sort(&files);
    result = add_files(p, &files, strlen(folder) + 1, output, place_in(folder, output, resolved));
done:
    gan_names_release(&files);
    gan_mem_free(folder);
    return result;
}

/* Checks */

static int by_output(const void *a, const void *b)
{
    return strcmp((*(const gan_pair *const *)a)->out, (*(const gan_pair *const *)b)->out);
}

static int check_distinct(const gan_pairs *p)
{
    int result = 0;
    const gan_pair **sorted = gan_mem_alloc(p->count, sizeof *sorted);
    if (!sorted) return -1;
    for (size_t i = 0; i < p->count; i++) sorted[i] = &p->item[i];
    if (p->count > 1) qsort(sorted, p->count, sizeof *sorted, by_output);
    for (size_t i = 1; i < p->count && !result; i++)
        if (!strcmp(sorted[i - 1]->out, sorted[i]->out))
            result = gan_error("'%s' and '%s' would both be written to '%s'", sorted[i - 1]->in, sorted[i]->in,
                               sorted[i]->out);
    gan_mem_free(sorted);
    return result;
}

struct file { /* whatever path led to it */
    dev_t device;
    ino_t inode;
};

static int by_file(const void *a, const void *b)
{
    const struct file *f = a, *g = b;
    if (f->device != g->device) return f->device < g->device ? -1 : 1;
    return f->inode < g->inode ? -1 : f->inode > g->inode;
}

static int find_file(const char *path, struct file *f)
{
    struct stat st;
    if (stat(path, &st)) return 0;
    *f = (struct file){ st.st_dev, st.st_ino };
    return 1;
}

static int check_harmless(const gan_pairs *p)
{
    int result = 0;
    size_t n = 0;
    struct file out, *in = gan_mem_alloc(p->count, sizeof *in);
    if (!in) return -1;
    for (size_t i = 0; i < p->count; i++) n += (size_t)find_file(p->item[i].in, &in[n]);
    if (n > 1) qsort(in, n, sizeof *in, by_file);
    for (size_t i = 0; i < p->count && !result; i++)
        if (find_file(p->item[i].out, &out) && bsearch(&out, in, n, sizeof *in, by_file))
            result = gan_error("'%s' would overwrite an input: choose another output", p->item[i].out);
    gan_mem_free(in);
    return result;
}

int gan_pairs_make(gan_pairs *p, int ninputs, char *const *inputs, const char *output)
{
    size_t n = strlen(output);
    p->into_folder = ninputs > 1 || gan_folder_is(inputs[0]) || gan_folder_is(output) || (n && output[n - 1] == '/');
    if (!p->into_folder && !gan_image_can_save(output))
        return gan_error("cannot write '%s': a picture's name ends in .png, .jpg or .jpeg, a new folder's in '/'",
                         output);
    if (p->into_folder && check_folder(output)) return -1;
    for (int i = 0; i < ninputs; i++)
        if (gan_folder_is(inputs[i]) ? add_folder(p, inputs[i], output) : add_file(p, inputs[i], output)) return -1;
    return check_distinct(p) || check_harmless(p) ? -1 : 0;
}

void gan_pairs_release(gan_pairs *p)
{
    for (size_t i = 0; i < p->count; i++) {
        gan_mem_free(p->item[i].in);
        gan_mem_free(p->item[i].out);
    }
    gan_mem_free(p->item);
    *p = (gan_pairs){ 0 };
}
