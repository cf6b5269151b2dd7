#define _POSIX_C_SOURCE 200809L
#include "train/run_folder.h"

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

int gan_run_folder_open(const char *folder, int resume)
{
    static const char *const signs[] = { "latest.safetensors", "best.safetensors", "config.ini", "log.csv" };
    for (size_t i = 0; i < sizeof signs / sizeof *signs && !resume; i++)
        if (gan_run_file_exists(folder, signs[i]))
            return gan_error("'%s' holds a run already: go on with --resume, or name another folder with --out",
                             folder);
    char *samples = gan_run_path(folder, "samples");
    int bad = !samples || gan_folder_make(samples);
    gan_mem_free(samples);
    return bad ? -1 : 0;
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

static void note_difference(void *ctx, const char *key)
{
    static const char *const free_keys[] = { "data.train",         "data.train_b", "data.val",     "data.val_b",
                                             "generator.features", "run.threads",  "train.epochs", "train.decay_epochs",
                                             "train.steps",        "loss.bins",    "run.memory" };
    gan_text *first = ctx;
    for (size_t i = 0; i < sizeof free_keys / sizeof *free_keys; i++)
        if (!strcmp(key, free_keys[i])) return;
    if (!**first) snprintf(*first, sizeof *first, "%s", key);
}

int gan_run_check_config(const gan_config *saved, const gan_config *now)
{
    gan_text first = "";
    gan_config_compare(saved, now, note_difference, &first);
    if (!*first) return 0;
    return gan_error("cannot resume: %s differs from the run's (only paths, threads, memory, epochs and steps may)",
                     first);
}
