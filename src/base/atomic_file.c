/* A symbolic link at path is followed: the file it names is replaced, the link stays. Temporary files are called
 * NAME.tmpPID; those of processes that are gone (kill -9, power cut) are removed when NAME is written again. */
#define _GNU_SOURCE
#include "gan/atomic_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gan/error.h"
#include "gan/mem.h"

static const char SUFFIX[] = ".tmp";

/* The last part of a path. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The folder a path lies in, as something open() takes; owned. */
static char *folder_of(const char *path)
{
    size_t length = (size_t)(name_of(path) - path);
    char *folder = length ? gan_mem_text(path) : gan_mem_text(".");
    if (folder && length) folder[length] = '\0';
    return folder;
}

/* The path of the file itself, links resolved, and the permissions it has now (-1: no such file yet). */
static char *resolve(const char *path, int *mode)
{
    struct stat st;
    char target[PATH_MAX];
    *mode = -1;
    if (!*name_of(path)) return gan_error("'%s' names no file", path), NULL;
    if (lstat(path, &st)) {
        if (errno != ENOENT) return gan_error("cannot write '%s': %s", path, strerror(errno)), NULL;
        return gan_mem_text(path);
    }
    if (S_ISLNK(st.st_mode)) {
        if (!realpath(path, target) || stat(target, &st))
            return gan_error("cannot follow the link '%s': %s", path, strerror(errno)), NULL;
        path = target;
    }
    if (!S_ISREG(st.st_mode)) return gan_error("cannot write '%s': not a regular file", path), NULL;
    *mode = (int)(st.st_mode & 07777);
    return gan_mem_text(path);
}

/* Whether entry is a temporary file of name whose process has ended. */
static int is_stale(const char *entry, const char *name)
{
    size_t length = strlen(name);
    if (strncmp(entry, name, length) != 0 || strncmp(entry + length, SUFFIX, strlen(SUFFIX)) != 0) return 0;
    const char *digits = entry + length + strlen(SUFFIX);
    size_t count = strspn(digits, "0123456789");
    if (!count || count > 9 || digits[count]) return 0;
    return kill((pid_t)strtol(digits, NULL, 10), 0) && errno == ESRCH;
}

/* Frees the disk of what killed processes left; that some of it stays is no error. */
static void remove_stale(const char *path, const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir) return;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir))
        if (is_stale(e->d_name, name_of(path))) unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
}

/* Creates the temporary file anew: what stands there, a planted link even, is not followed but removed. */
static FILE *create(const char *temporary, int mode)
{
    unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return NULL;
    if (mode >= 0) fchmod(fd, (mode_t)mode); /* file systems without permissions refuse, and lose nothing */
    FILE *stream = fdopen(fd, "wb");
    if (stream) return stream;
    int why = errno;
    close(fd);
    unlink(temporary);
    errno = why;
    return NULL;
}

static void release(gan_atomic_file *f)
{
    gan_mem_free(f->path);
    gan_mem_free(f->temporary);
    memset(f, 0, sizeof *f);
}

int gan_atomic_open(gan_atomic_file *f, const char *path)
{
    int mode;
    char *folder = NULL;
    memset(f, 0, sizeof *f);
    if (!(f->path = resolve(path, &mode))) goto fail;
    if (!(f->temporary = gan_mem_printf("%s%s%ld", f->path, SUFFIX, (long)getpid()))) goto fail;
    if (!(folder = folder_of(f->path))) goto fail;
    remove_stale(f->path, folder);
    if (!(f->stream = create(f->temporary, mode))) {
        gan_error("cannot create '%s': %s", path, strerror(errno));
        goto fail;
    }
    gan_mem_free(folder);
    return 0;
fail:
    gan_mem_free(folder);
    release(f);
    return -1;
}

/* Makes a rename survive a power cut; allocates nothing, since it is too late to fail for want of memory. Folders that
 * cannot be opened or synced (some network file systems) are left. path is cut to its folder. */
static int sync_folder(char *path)
{
    path[name_of(path) - path] = '\0';
    int fd = open(*path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return 0;
    int bad = fsync(fd) && errno != EINVAL && errno != ENOTSUP;
    if (bad) gan_error("cannot sync the folder '%s': %s", path, strerror(errno));
    close(fd);
    return bad ? -1 : 0;
}

/* Why an earlier write to a stream failed: errno is long gone, so the same is tried again on the doomed file. */
static int reason(FILE *stream)
{
    return write(fileno(stream), "", 1) < 0 ? errno : EIO;
}

/* Closes the stream in any case; -1 with errno if not every byte is known to be on the disk. */
static int finish(FILE *stream)
{
    int bad = 0;
    if (ferror(stream))
        bad = reason(stream);
    else if (fflush(stream) || fsync(fileno(stream)))
        bad = errno;
    if (fclose(stream) && !bad) bad = errno;
    errno = bad;
    return bad ? -1 : 0;
}

int gan_atomic_commit(gan_atomic_file *f)
{
    int closed = finish(f->stream);
    f->stream = NULL;
    if (closed || rename(f->temporary, f->path)) {
        gan_error("cannot write '%s': %s", f->path, strerror(errno));
        gan_atomic_abandon(f);
        return -1;
    }
    int synced = sync_folder(f->temporary);
    release(f);
    return synced;
}

void gan_atomic_abandon(gan_atomic_file *f)
{
    if (f->stream) fclose(f->stream);
    if (f->temporary) unlink(f->temporary);
    release(f);
}
