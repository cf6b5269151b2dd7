/* Lists of bins as text: two numbers a line, empty lines between them ignored. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/number.h"
#include "gan/bins.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { FILE_MOST = 1 << 20, LINE = 256 }; /* bytes */

struct list {
    float *centre; /* owned; a, b, a, b */
    int count;
};

static const char BLANKS[] = " \t\r\n";

static int push(struct list *l, const float *centre)
{
    if (!(l->count & (l->count - 1))) {
        float *more = gan_mem_resize(l->centre, l->count ? 4 * (size_t)l->count : 2, sizeof *more);
        if (!more) return -1;
        l->centre = more;
    }
    memcpy(l->centre + 2 * l->count++, centre, 2 * sizeof *centre);
    return 0;
}

static int read_line(struct list *l, const char *line)
{
    float centre[2];
    for (int i = 0; i < 2; i++) {
        char *end;
        double value = gan_number_read(line, &end); /* what no float holds lies beyond all bins, and nan too */
        centre[i] = (float)fmax(-FLT_MAX, fmin(value, FLT_MAX));
        if (end == line || !(*end == '\0' || strchr(BLANKS, *end))) return gan_error("not two numbers");
        line = end;
    }
    return line[strspn(line, BLANKS)] ? gan_error("more than two numbers") : push(l, centre);
}

static int read_lines(struct list *l, FILE *f)
{
    char line[LINE];
    for (int number = 1; fgets(line, sizeof line, f); number++) {
        if (strlen(line) == sizeof line - 1) return gan_error("line %d is too long", number);
        if (line[strspn(line, BLANKS)] && read_line(l, line)) return gan_error_in("line %d", number);
    }
    return ferror(f) ? gan_error("it cannot be read") : 0;
}

gan_bins *gan_bins_load(const char *path)
{
    struct list l = { 0 };
    uint64_t bytes;
    gan_bins *b = NULL;
    FILE *f = gan_file_open(path, &bytes);
    if (!f) return NULL;
    int bad = bytes > FILE_MOST ? gan_error("it is larger than %d bytes", FILE_MOST) : read_lines(&l, f);
    if (!bad) b = gan_bins_of(l.count, l.centre);
    if (!b) gan_error_in("bins of '%s'", path);
    gan_mem_free(l.centre);
    fclose(f);
    return b;
}
