#include "core/tuning.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/number.h"
#include "core/dnn/dnn.h"
#include "gan/atomic_file.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/version.h"

const char GAN_USUAL[] = "usual";
static const char BETWEEN[] = " | ";
enum { MOST_CHOICES = 8192, MOST_BYTES = 4 << 20, MACHINE_BYTES = 256 };

struct gan_tuning {
    enum gan_tune effort;
    int recorded, forced;
    int count;
    gan_chosen *chosen;
    char machine[MACHINE_BYTES];
    char *path; /* of the cache; NULL: none */
};

gan_chosen *gan_tuning_find(gan_tuning *t, const char *site)
{
    for (int i = 0; i < t->count; i++)
        if (!strcmp(t->chosen[i].site, site)) return &t->chosen[i];
    return NULL;
}

static gan_chosen *append(gan_tuning *t)
{
    if (t->count == MOST_CHOICES) {
        gan_error("more than %d choices", MOST_CHOICES);
        return NULL;
    }
    if (!(t->count & (t->count - 1))) {
        gan_chosen *more = gan_mem_resize(t->chosen, t->count ? 2 * (size_t)t->count : 1, sizeof *more);
        if (!more) return NULL;
        t->chosen = more;
    }
    return &t->chosen[t->count++];
}

gan_chosen *gan_tuning_add(gan_tuning *t, const char *site, const char *choice, double ratio)
{
    gan_chosen *c = gan_tuning_find(t, site);
    if (!c && !(c = append(t))) return NULL;
    *c = (gan_chosen){ .ratio = ratio };
    snprintf(c->site, sizeof c->site, "%s", site);
    snprintf(c->choice, sizeof c->choice, "%s", choice);
    return c;
}

enum gan_tune gan_tuning_effort(const gan_tuning *t)
{
    return t->effort;
}

int gan_tuning_is_recorded(const gan_tuning *t)
{
    return t->recorded;
}

void gan_tuning_force(gan_tuning *t, int n)
{
    t->forced = n;
}

int gan_tuning_forced(const gan_tuning *t)
{
    return t->forced;
}

/* Texts: a line "SITE | CHOICE | RATIO" for each */

static int is_printable(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~') return 0;
    return n > 0;
}

/* Cuts the part of [*at, end) before the next BETWEEN, or before the end, into text. */
static int cut_part(const char **at, const char *end, char *text, size_t room)
{
    const char *stop = *at;
    size_t gap = strlen(BETWEEN);
    while (stop < end && strncmp(stop, BETWEEN, gap)) stop++;
    size_t n = (size_t)(stop - *at);
    if (n >= room || !is_printable(*at, n)) return -1;
    memcpy(text, *at, n);
    text[n] = 0;
    *at = stop < end ? stop + gap : end;
    return 0;
}

static int read_line(gan_tuning *t, const char *line, const char *end)
{
    gan_chosen c;
    char ratio[32], *rest = NULL;
    if (cut_part(&line, end, c.site, sizeof c.site) || cut_part(&line, end, c.choice, sizeof c.choice) ||
        cut_part(&line, end, ratio, sizeof ratio) || line != end)
        return gan_error("a line is no choice");
    c.ratio = gan_number_read(ratio, &rest);
    if (rest == ratio || *rest || !(c.ratio > 0 && c.ratio < 1e6)) return gan_error("'%s' is no ratio of times", ratio);
    return gan_tuning_add(t, c.site, c.choice, c.ratio) ? 0 : -1;
}

static int read_lines(gan_tuning *t, const char *text)
{
    while (*text) {
        const char *end = strchr(text, '\n');
        if (!end) return gan_error("the last line has no end");
        if (read_line(t, text, end)) return -1;
        text = end + 1;
    }
    return 0;
}

static char *write_lines(const gan_tuning *t, int used_only)
{
    enum { RATIO_BYTES = 32 };
    size_t each = GAN_SITE_BYTES + GAN_CHOICE_BYTES + RATIO_BYTES, used = 0;
    char *text = gan_mem_alloc((size_t)t->count + 1, each);
    for (int i = 0; text && i < t->count; i++) {
        const gan_chosen *c = &t->chosen[i];
        if (used_only && !c->used) continue;
        used += (size_t)gan_number_write(text + used, each, "%s%s%s%s%.3f\n", c->site, BETWEEN, c->choice, BETWEEN,
                                         c->ratio);
    }
    return text;
}

char *gan_tuning_text(const gan_tuning *t)
{
    return write_lines(t, 1);
}

/* The cache: the first line tells the machine, the others the choices */

static void read_processor(char *name, size_t room)
{
    FILE *f = fopen("/proc/cpuinfo", "r");
    char line[MACHINE_BYTES];
    snprintf(name, room, "unknown processor");
    while (f && fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", strlen("model name")) || !colon) continue;
        size_t n = strcspn(colon + 1, "\n");
        if (n > 1 && n < room && is_printable(colon + 1, n)) snprintf(name, room, "%.*s", (int)n - 1, colon + 2);
        break;
    }
    if (f) fclose(f);
}

static void describe_machine(gan_tuning *t)
{
    static const char *const efforts[] = { [GAN_TUNE_OFF] = "off", [GAN_TUNE_FAST] = "fast", [GAN_TUNE_FULL] = "full" };
    char processor[MACHINE_BYTES / 2];
    read_processor(processor, sizeof processor);
    snprintf(t->machine, sizeof t->machine, "gan %s, %s, isa %x, %d threads, oneDNN %s, %s", gan_version(), processor,
             gan_dnn_isa(), gan_parallel_threads(), gan_dnn_version(), efforts[t->effort]);
}

/* Where caches lie; NULL: nowhere, or out of memory. Owned. */
static char *cache_folder(void)
{
    const char *own = getenv("GAN_TUNING_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (own) return *own ? gan_mem_text(own) : NULL;
    if (xdg && *xdg) return gan_mem_printf("%s/gan", xdg);
    return home && *home ? gan_mem_printf("%s/.cache/gan", home) : NULL;
}

static int open_cache(gan_tuning *t)
{
    uint64_t failures = gan_mem_failures();
    char *folder = cache_folder();
    uint64_t digest = gan_digest(GAN_DIGEST_BEGIN, t->machine, strlen(t->machine));
    if (folder) t->path = gan_mem_printf("%s/tuning-%016" PRIx64 ".txt", folder, digest);
    gan_mem_free(folder);
    return gan_mem_failures() == failures ? 0 : -1;
}

static void read_cache(gan_tuning *t)
{
    char *text = t->path ? gan_file_text(t->path, MOST_BYTES, "choices of kernels") : NULL;
    size_t n = strlen(t->machine);
    int ours = text && !strncmp(text, t->machine, n) && text[n] == '\n';
    if (!ours || read_lines(t, text + n + 1)) t->count = 0;
    gan_mem_free(text);
}

static int make_folder_of(const char *path)
{
    char *folder = gan_mem_text(path);
    if (!folder) return -1;
    *strrchr(folder, '/') = 0;
    int bad = gan_folder_make(folder);
    gan_mem_free(folder);
    return bad;
}

int gan_tuning_save(const gan_tuning *t)
{
    gan_atomic_file f;
    if (!t->path || t->recorded || t->effort == GAN_TUNE_OFF || t->forced >= 0) return 0;
    char *text = write_lines(t, 0);
    int bad = !text || make_folder_of(t->path) || gan_atomic_open(&f, t->path);
    if (!bad) {
        fprintf(f.stream, "%s\n%s", t->machine, text);
        bad = gan_atomic_commit(&f);
    }
    gan_mem_free(text);
    return bad ? -1 : 0;
}

/* Life cycle */

gan_tuning *gan_tuning_new(enum gan_tune effort)
{
    gan_tuning *t = gan_mem_alloc(1, sizeof *t);
    if (!t) return NULL;
    t->effort = effort;
    t->forced = -1;
    if (effort == GAN_TUNE_OFF) return t;
    describe_machine(t);
    if (open_cache(t)) {
        gan_tuning_free(t);
        return NULL;
    }
    read_cache(t);
    return t;
}

gan_tuning *gan_tuning_recorded(const char *text)
{
    gan_tuning *t = gan_mem_alloc(1, sizeof *t);
    if (!t) return NULL;
    t->effort = GAN_TUNE_FULL;
    t->recorded = 1;
    t->forced = -1;
    if (!read_lines(t, text)) return t;
    gan_tuning_free(t);
    gan_error_in("recorded choices of kernels");
    return NULL;
}

void gan_tuning_free(gan_tuning *t)
{
    if (!t) return;
    gan_mem_free(t->chosen);
    gan_mem_free(t->path);
    gan_mem_free(t);
}
