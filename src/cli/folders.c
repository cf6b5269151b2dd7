#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "gan/mem.h"

static int make_folder(const char *path)
{
    struct stat st;
    if (!mkdir(path, 0777)) return 0;
    int why = errno;
    if (!stat(path, &st) && S_ISDIR(st.st_mode)) return 0;
    return gan_error("cannot make folder '%s': %s", path, strerror(why));
}

int gan_make_folders(const char *path)
{
    char *prefix = gan_mem_text(path);
    if (!prefix) return -1;
    int failed = 0;
    for (char *slash = strchr(prefix + (*prefix == '/'), '/'); slash && !failed; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        failed = make_folder(prefix);
        *slash = '/';
    }
    gan_mem_free(prefix);
    return failed || make_folder(path) ? -1 : 0;
}
