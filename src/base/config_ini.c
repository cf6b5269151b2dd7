/* Reading INI: inih splits lines into keys and values and takes comments away; what it would let pass is checked here
 * (lines longer than its buffer, unknown sections without keys, text behind a section's bracket, indented lines, which
 * it would join to the line before). */
#include <ini.h>
#include <string.h>

#include "base/config_parts.h"
#include "gan/error.h"
#include "gan/mem.h"

typedef struct reader {
    gan_config *c;
    const char *rest; /* text not read yet */
    const gan_config_section *section;
    int line;
    int failed;  /* line of the first failure of ours, 0: none */
    int *set_in; /* by row, all sections counted through: line that set it, 0: none */
} reader;

static const char BLANKS[] = " \t\r\v\f";

static size_t row_number(const gan_config_section *section, const gan_option *row)
{
    size_t number = (size_t)(row - section->rows);
    for (const gan_config_section *s = gan_config_sections(); s != section; s++)
        for (const gan_option *other = s->rows; other->name; other++) number++;
    return number;
}

static size_t row_count(void)
{
    const gan_config_section *end = gan_config_sections();
    size_t count = 0;
    for (; end->name; end++)
        for (const gan_option *row = end->rows; row->name; row++) count++;
    return count;
}

/* A line that begins with '['. */
static int enter_section(reader *r, const char *line, size_t length)
{
    const char *close = memchr(line, ']', length);
    if (!close) return gan_error("'[' without ']'");
    const char *after = close + 1 + strspn(close + 1, BLANKS);
    if (after < line + length && !strchr(";#", *after)) return gan_error("text behind ']'");
    char name[GAN_CONFIG_LINE + 1];
    size_t size = (size_t)(close - line) - 1;
    memcpy(name, line + 1, size);
    name[size] = '\0';
    r->section = gan_config_section_named(name);
    return r->section ? 0 : -1;
}

/* inih's reader: the next line, without indentation and end, into out of room bytes; NULL at the end or a failure. */
static char *next_line(char *out, int room, void *ctx)
{
    reader *r = ctx;
    if (r->failed || !*r->rest) return NULL;
    size_t whole = strcspn(r->rest, "\n"), indent = strspn(r->rest, BLANKS);
    if (indent > whole) indent = whole;
    const char *line = r->rest + indent;
    size_t length = whole - indent;
    while (length && strchr(BLANKS, line[length - 1])) length--;
    r->rest += whole + (r->rest[whole] == '\n');
    r->line++;
    if (length && strchr(";#", *line)) length = 0; /* a comment may be long */
    int bad = 0;
    if (length > GAN_CONFIG_LINE || length >= (size_t)room)
        bad = gan_error("the line is longer than %d bytes", GAN_CONFIG_LINE);
    else if (*line == '[')
        bad = enter_section(r, line, length);
    if (bad) return r->failed = r->line, NULL;
    memcpy(out, line, length);
    out[length] = '\0';
    return out;
}

static int assign(reader *r, const char *key, const char *value)
{
    if (!r->section) return gan_error("'%s' stands before any [section]", key);
    const gan_option *row = gan_config_row_named(r->section, key);
    if (!row) return -1;
    int *set_in = &r->set_in[row_number(r->section, row)];
    if (*set_in) return gan_error("'%s' in [%s] is set in line %d already", key, r->section->name, *set_in);
    *set_in = r->line;
    return gan_config_assign(r->c, r->section, row, value);
}

/* inih's handler: nonzero to go on. It has a shortened copy of the section's name; ours is whole. */
static int set_key(void *ctx, const char *section, const char *key, const char *value)
{
    (void)section;
    reader *r = ctx;
    if (!r->failed && assign(r, key, value)) r->failed = r->line;
    return !r->failed;
}

int gan_config_read_ini(gan_config *c, const char *name, const char *text)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of byte order, which some editors put in front of UTF-8 */
    reader r = { .c = c, .rest = strncmp(text, mark, strlen(mark)) == 0 ? text + strlen(mark) : text };
    if (!(r.set_in = gan_mem_alloc(row_count(), sizeof *r.set_in))) return -1;
    int bad = ini_parse_stream(next_line, &r, set_key, &r); /* the first line in error, or -2: out of memory */
    gan_mem_free(r.set_in);
    if (bad == -2) return gan_error("out of memory reading '%s'", name);
    if (bad > 0 && (!r.failed || bad < r.failed))
        return gan_error("%s:%d: neither a [section] nor key = value nor a ; comment", name, bad);
    return r.failed ? gan_error_in("%s:%d", name, r.failed) : 0;
}
