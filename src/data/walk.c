#define _GNU_SOURCE
#include "data/walk.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "gan/error.h"
#include "gan/mem.h"

struct place { /* a folder, whatever path led to it */
    dev_t device;
    ino_t inode;
};

enum kind { PHOTOGRAPH, FOLDER, LINKED_FOLDER, KINDS, OTHER = KINDS };

struct walk {
    struct gan_names *found[KINDS]; /* what is left to visit, and the result */
    struct place *seen;
    size_t nseen, room;
};

static int has_ending(const char *name)
{
    static const char *const endings[] = { ".png", ".jpg", ".jpeg" };
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (length > n && !strcasecmp(name + length - n, endings[i])) return 1;
    }
    return 0;
}

/* What a file system that tells no types, or a link, hides. A link to nowhere counts as a file, so that the loader
 * names it among the unreadable ones. */
static enum kind look(const char *path)
{
    struct stat own, target;
    if (lstat(path, &own)) return OTHER;
    int linked = S_ISLNK(own.st_mode);
    if (linked && stat(path, &target)) return has_ending(path) ? PHOTOGRAPH : OTHER;
    mode_t mode = linked ? target.st_mode : own.st_mode;
    if (S_ISDIR(mode)) return linked ? LINKED_FOLDER : FOLDER;
    return S_ISREG(mode) && has_ending(path) ? PHOTOGRAPH : OTHER;
}

static int note(struct walk *w, const char *folder, const struct dirent *e)
{
    if (e->d_name[0] == '.') return 0;
    if (e->d_type == DT_REG && !has_ending(e->d_name)) return 0;
    char *path = gan_mem_printf("%s/%s", folder, e->d_name);
    if (!path) return -1;
    enum kind kind = e->d_type == DT_REG ? PHOTOGRAPH : e->d_type == DT_DIR ? FOLDER : look(path);
    if (kind != OTHER) return gan_names_take(w->found[kind], path);
    gan_mem_free(path);
    return 0;
}

static int is_seen(const struct walk *w, struct place p)
{
    for (size_t i = 0; i < w->nseen; i++)
        if (w->seen[i].device == p.device && w->seen[i].inode == p.inode) return 1;
    return 0;
}

static int remember(struct walk *w, struct place p)
{
    if (w->nseen == w->room) {
        size_t room = w->room ? 2 * w->room : 16;
        struct place *seen = gan_mem_resize(w->seen, room, sizeof *seen);
        if (!seen) return -1;
        w->seen = seen;
        w->room = room;
    }
    w->seen[w->nseen++] = p;
    return 0;
}

/* 1: an open folder that is new, and is remembered from now on; 0: it was visited. Only what a link leads to can have
 * been. */
static int enter(struct walk *w, DIR *dir, const char *path, int through_link)
{
    struct stat s;
    if (fstat(dirfd(dir), &s)) return gan_error("cannot read folder '%s': %s", path, strerror(errno));
    struct place here = { s.st_dev, s.st_ino };
    if (through_link && is_seen(w, here)) return 0;
    return remember(w, here) ? -1 : 1;
}

static int note_entries(struct walk *w, DIR *dir, const char *path)
{
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(dir);
        if (!e && errno) return gan_error("cannot read folder '%s': %s", path, strerror(errno));
        if (!e) return 0;
        if (note(w, path, e)) return -1;
    }
}

static int visit(struct walk *w, const char *path, int through_link)
{
    DIR *dir = opendir(path);
    if (!dir) return gan_error("cannot open folder '%s': %s", path, strerror(errno));
    int entered = enter(w, dir, path, through_link);
    int failed = entered == 1 ? note_entries(w, dir, path) : entered;
    closedir(dir);
    return failed;
}

/* Visits a folder and all real folders below it; the links met on the way are left in their list. */
static int visit_tree(struct walk *w, const char *path, int through_link)
{
    struct gan_names *folders = w->found[FOLDER];
    int failed = visit(w, path, through_link);
    while (!failed && folders->count) {
        char *next = folders->item[--folders->count];
        failed = visit(w, next, through_link);
        gan_mem_free(next);
    }
    return failed;
}

int gan_walk(const char *root, struct gan_names *files)
{
    struct gan_names folders = { 0 }, links = { 0 };
    struct walk w = { .found = { [PHOTOGRAPH] = files, [FOLDER] = &folders, [LINKED_FOLDER] = &links } };
    int failed = visit_tree(&w, root, 0);
    while (!failed && links.count) {
        struct gan_names round = links;
        links = (struct gan_names){ 0 };
        gan_names_sort(&round);
        for (size_t i = 0; i < round.count && !failed; i++) failed = visit_tree(&w, round.item[i], 1);
        gan_names_release(&round);
    }
    gan_names_release(&folders);
    gan_names_release(&links);
    gan_mem_free(w.seen);
    return failed;
}
