#define _POSIX_C_SOURCE 200809L
#include "train/csv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "gan/atomic_file.h"
#include "gan/mem.h"

enum { ROW_BYTES = 4096 };

static int same_line(const char *line, const char *header)
{
    size_t n = strlen(header);
    return !strncmp(line, header, n) && !strcmp(line + n, "\n");
}

static int is_kept(const char *line, uint64_t last)
{
    char *end;
    unsigned long long number = strtoull(line, &end, 10);
    return end != line && *end == ',' && number <= last && line[strlen(line) - 1] == '\n';
}

static void copy_rows(FILE *from, const char *header, uint64_t last, FILE *to)
{
    char line[ROW_BYTES];
    if (!fgets(line, sizeof line, from) || !same_line(line, header)) return;
    while (fgets(line, sizeof line, from))
        if (is_kept(line, last)) fputs(line, to);
}

int gan_csv_open(gan_csv *c, const char *path, const char *header, uint64_t last)
{
    gan_atomic_file f;
    *c = (gan_csv){ NULL, gan_mem_text(path) };
    if (!c->path || gan_atomic_open(&f, path)) goto fail;
    fprintf(f.stream, "%s\n", header);
    FILE *old = last ? fopen(path, "r") : NULL;
    if (old) {
        copy_rows(old, header, last, f.stream);
        fclose(old);
    }
    if (gan_atomic_commit(&f)) goto fail;
    c->out = fopen(path, "a");
    if (c->out) return 0;
    gan_error("cannot open '%s': %s", path, strerror(errno));
fail:
    gan_csv_close(c);
    return -1;
}

int gan_csv_row(gan_csv *c, const char *format, ...)
{
    char row[ROW_BYTES];
    va_list args;
    va_start(args, format);
    int bytes = gan_number_vwrite(row, sizeof row, format, args);
    va_end(args);
    GAN_ASSERT(bytes >= 0 && (size_t)bytes < sizeof row);
    int bad = fprintf(c->out, "%s\n", row) < 0;
    return bad ? gan_error("cannot write '%s': %s", c->path, strerror(errno)) : 0;
}

int gan_csv_sync(gan_csv *c)
{
    if (fflush(c->out) || fsync(fileno(c->out))) return gan_error("cannot write '%s': %s", c->path, strerror(errno));
    return 0;
}

void gan_csv_close(gan_csv *c)
{
    if (c->out) fclose(c->out);
    gan_mem_free(c->path);
    *c = (gan_csv){ 0 };
}
