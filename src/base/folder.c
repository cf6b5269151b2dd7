#define _POSIX_C_SOURCE 200809L
#include "base/folder.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "gan/error.h"
#include "gan/mem.h"

int gan_folder_is(const char *path)
{
    struct stat st;
    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int make_one(const char *path)
{
    if (!mkdir(path, 0777)) return 0;
    int why = errno;
    return gan_folder_is(path) ? 0 : gan_error("cannot make folder '%s': %s", path, strerror(why));
}

int gan_folder_make(const char *path)
{
    char *prefix = gan_mem_text(path);
    if (!prefix) return -1;
    int failed = 0;
    for (char *slash = strchr(prefix + (*prefix == '/'), '/'); slash && !failed; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        failed = make_one(prefix);
        *slash = '/';
    }
    gan_mem_free(prefix);
    return failed || make_one(path) ? -1 : 0;
}
