#define _POSIX_C_SOURCE 200809L
#include "train/run_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/folder.h"
#include "gan/atomic_file.h"
#include "gan/error.h"
#include "gan/mem.h"

char *gan_run_path(const char *folder, const char *file)
{
    return gan_mem_printf("%s/%s", folder, file);
}

int gan_run_file_exists(const char *folder, const char *file)
{
    char *path = gan_run_path(folder, file);
    int found = path && !access(path, F_OK);
    gan_mem_free(path);
    return found;
}

/* What a beginning writes. */
static const char *const beginning[] = { "data.index", "log.csv", "val.csv", "latest.safetensors", "config.ini" };
enum { BEGINNING = sizeof beginning / sizeof *beginning };

/* How much of a path exists: its bytes up to the end of one of its parts. */
static size_t length_there(char *path)
{
    for (size_t length = strlen(path); length; length--) {
        char after = path[length];
        if (after && after != '/') continue;
        path[length] = '\0';
        int there = !access(path, F_OK);
        path[length] = after;
        if (there) return length;
    }
    return 0;
}

/* In doubt a file is there: it will not be removed. */
static unsigned files_there(const char *folder)
{
    unsigned there = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? 0 : ~0u;
    for (int i = 0; i < BEGINNING; i++)
        if (!faccessat(fd, beginning[i], F_OK, 0) || errno != ENOENT) there |= 1u << i;
    close(fd);
    return there;
}

int gan_run_folder_open(gan_run_folder *f, const char *folder, int resume)
{
    static const char *const signs[] = { "latest.safetensors", "best.safetensors", "config.ini", "log.csv" };
    for (size_t i = 0; i < sizeof signs / sizeof *signs && !resume; i++)
        if (gan_run_file_exists(folder, signs[i]))
            return gan_error("'%s' holds a run already: go on with --resume, or name another folder with --out",
                             folder);
    *f = (gan_run_folder){ .samples = gan_run_path(folder, "samples") };
    if (!f->samples) return -1;
    f->there = length_there(f->samples);
    f->had = files_there(folder);
    return gan_folder_make(f->samples);
}

/* Cuts the path's last part off. 0: there is nothing above. */
static int climb(char *path)
{
    char *slash = strrchr(path, '/');
    while (slash && slash != path && slash[-1] == '/') slash--;
    if (slash) *slash = '\0';
    return slash && slash != path;
}

static void remove_files(const char *folder, unsigned had)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    for (int i = 0; i < BEGINNING; i++)
        if (!(had >> i & 1)) unlinkat(fd, beginning[i], 0);
    close(fd);
}

void gan_run_folder_undo(gan_run_folder *f)
{
    if (!f->samples) return;
    if (strlen(f->samples) > f->there) rmdir(f->samples);
    if (!climb(f->samples)) return;
    remove_files(f->samples, f->had);
    while (strlen(f->samples) > f->there) {
        rmdir(f->samples);
        if (!climb(f->samples)) return;
    }
}

void gan_run_folder_release(gan_run_folder *f)
{
    gan_mem_free(f->samples);
    *f = (gan_run_folder){ 0 };
}

int gan_run_folder_write_config(const char *folder, const gan_config *c)
{
    gan_atomic_file f;
    char *text = gan_config_text(c), *path = gan_run_path(folder, "config.ini");
    int bad = !text || !path || gan_atomic_open(&f, path);
    if (!bad) {
        fputs(text, f.stream);
        bad = gan_atomic_commit(&f);
    }
    gan_mem_free(text);
    gan_mem_free(path);
    return bad ? -1 : 0;
}

static int is_in(const char *key, const char *const *keys, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(key, keys[i])) return 1;
    return 0;
}

struct difference {
    int same_ranks;
    gan_text first; /* key that differs and may not */
};

static void note_difference(void *ctx, const char *key)
{
    static const char *const free_keys[] = { "train.epochs", "train.decay_epochs", "train.steps", "run.memory" };
    static const char *const of_ranks[] = { "train.batch_norm", "train.allreduce", "train.bucket_mib" };
    struct difference *d = ctx;
    if (gan_config_is_local(key) || is_in(key, free_keys, sizeof free_keys / sizeof *free_keys)) return;
    if (!d->same_ranks && is_in(key, of_ranks, sizeof of_ranks / sizeof *of_ranks)) return;
    if (!*d->first) snprintf(d->first, sizeof d->first, "%s", key);
}

int gan_run_check_config(const gan_config *saved, const gan_config *now, int same_ranks)
{
    struct difference d = { .same_ranks = same_ranks };
    gan_config_compare(saved, now, note_difference, &d);
    if (!*d.first) return 0;
    return gan_error("cannot resume: %s differs from the run's (only paths, threads, memory, epochs and steps may)",
                     d.first);
}
