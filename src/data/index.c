#define _POSIX_C_SOURCE 200809L
#include "data/index.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/number.h"
#include "data/dataset.h"
#include "gan/atomic_file.h"
#include "gan/colour.h"
#include "gan/log.h"
#include "gan/mem.h"

enum { LINE_BYTES = 4096 + 64, END_BYTES = 4 + 16 + 1 };

static const char *const words[GAN_NVERDICT] = {
    [GAN_UNKNOWN] = "unknown",
    [GAN_COLOUR] = "colour",
    [GAN_GRAY] = "gray",
    [GAN_UNREADABLE] = "unreadable",
};

static void head_line(char line[LINE_BYTES], int side)
{
    gan_number_write(line, LINE_BYTES, "gan-index 1 side %d gray %g\n", side, GAN_GRAY_CHROMA);
}

static void end_line(char line[LINE_BYTES], uint64_t h)
{
    snprintf(line, LINE_BYTES, "end %016" PRIx64 "\n", h);
}

/* One line; 0 if the file cannot stand in an index. */
static int entry_line(char line[LINE_BYTES], struct gan_verdicts *v, size_t i)
{
    const char *path = gan_dataset_path(v->data, i);
    enum gan_verdict verdict = gan_verdict_of(v, i);
    if (verdict == GAN_UNKNOWN || strchr(path, '\n')) return 0;
    struct gan_stamp stamp = gan_verdict_stamp(v, i);
    if (stamp.bytes < 0) return 0;
    int n = snprintf(line, LINE_BYTES, "%s %" PRId64 " %" PRIu64 " %s\n", words[verdict], stamp.bytes,
                     stamp.modified_ns, path);
    return n > 0 && n < LINE_BYTES;
}

static void put_line(FILE *out, const char *line, uint64_t *h)
{
    fputs(line, out);
    *h = gan_digest(*h, line, strlen(line));
}

int gan_index_write(const char *path, int side, struct gan_verdicts *v)
{
    gan_atomic_file f;
    char line[LINE_BYTES];
    uint64_t h = GAN_DIGEST_BEGIN;
    if (gan_atomic_open(&f, path)) return -1;
    head_line(line, side);
    put_line(f.stream, line, &h);
    for (size_t i = 0; i < gan_dataset_count(v->data); i++)
        if (entry_line(line, v, i)) put_line(f.stream, line, &h);
    end_line(line, h);
    put_line(f.stream, line, &h);
    if (gan_atomic_commit(&f)) return -1;
    v->changed = 0;
    return 0;
}

/* Cuts a word ended by a space off a line; NULL if there is none. */
static char *cut_word(char **line)
{
    char *word = *line, *space = strchr(word, ' ');
    if (!space) return NULL;
    *space = '\0';
    *line = space + 1;
    return word;
}

static int parse_number(const char *text, uint64_t *value)
{
    char *end;
    if (!text || *text < '0' || *text > '9') return -1;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return *end || errno ? -1 : 0;
}

static enum gan_verdict parse_verdict(const char *word)
{
    enum gan_verdict v = GAN_NVERDICT - 1;
    while (v != GAN_UNKNOWN && (!word || strcmp(word, words[v]))) v--;
    return v;
}

/* -1: no such line is ever written. */
static int apply_line(char *line, struct gan_verdicts *v)
{
    uint64_t bytes, modified_ns;
    enum gan_verdict verdict = parse_verdict(cut_word(&line));
    if (verdict == GAN_UNKNOWN) return -1;
    if (parse_number(cut_word(&line), &bytes) || parse_number(cut_word(&line), &modified_ns)) return -1;
    size_t i = gan_dataset_find(v->data, line);
    if (i == gan_dataset_count(v->data)) return 0;
    struct gan_stamp now = gan_verdict_stamp(v, i);
    if (now.bytes >= 0 && (uint64_t)now.bytes == bytes && now.modified_ns == modified_ns)
        gan_verdict_set(v, i, verdict);
    return 0;
}

/* text: n bytes and a zero. 0: taken over, or made for other settings; -1: damaged. */
static int apply(char *text, size_t n, int side, struct gan_verdicts *v)
{
    char line[LINE_BYTES];
    if (n < END_BYTES) return -1;
    char *end = text + n - END_BYTES;
    end_line(line, gan_digest(GAN_DIGEST_BEGIN, text, n - END_BYTES));
    if (strcmp(end, line)) return -1;
    head_line(line, side);
    if (strncmp(text, line, strlen(line))) return 0;
    for (char *at = text + strlen(line); at < end;) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) return -1;
        *stop = '\0';
        if (apply_line(at, v)) return -1;
        at = stop + 1;
    }
    return 0;
}

/* 0: read, or there is nothing (*text NULL); -1 with a message. *text is owned and ends with a zero. */
static int read_all(const char *path, size_t limit, char **text, size_t *n)
{
    uint64_t bytes;
    *text = NULL;
    if (access(path, F_OK)) return 0;
    FILE *in = gan_file_open(path, &bytes);
    if (!in) return -1;
    if (bytes > limit) {
        gan_error("'%s' is too large: %" PRIu64 " bytes", path, bytes);
        goto fail;
    }
    *n = (size_t)bytes;
    *text = gan_mem_alloc(*n + 1, 1);
    if (!*text) goto fail;
    if (fread(*text, 1, *n, in) != *n) {
        gan_error("cannot read '%s'", path);
        goto fail;
    }
    fclose(in);
    return 0;
fail:
    fclose(in);
    gan_mem_free(*text);
    *text = NULL;
    return -1;
}

int gan_index_read(const char *path, int side, struct gan_verdicts *v)
{
    char *text;
    size_t n = 0, limit = (gan_dataset_count(v->data) + 2) * LINE_BYTES;
    uint64_t refused = gan_mem_failures();
    int failed = read_all(path, limit, &text, &n);
    if (gan_mem_failures() != refused) return -1;
    if (!failed && text && apply(text, n, side, v)) {
        gan_verdicts_forget(v);
        failed = gan_error("'%s' is damaged", path);
    }
    if (failed) gan_log(GAN_LOG_WARN, "ignoring the index: %s", gan_error_message());
    gan_mem_free(text);
    v->changed = 0;
    return 0;
}
