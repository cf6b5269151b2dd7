#include "classic/rules_file.h"

#include <ini.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/number.h"
#include "classic/rules_builtin.h"
#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { FILE_MOST = 1 << 16, LINE_MOST = 190 }; /* bytes; inih joins or cuts longer lines, so they are refused */

struct condition {
    const char *name;
    double scale;
};
static const struct condition conditions[GAN_RULE_CONDITIONS] = {
    [GAN_RULE_Y] = { "y", 1 },
    [GAN_RULE_X] = { "x", 1 },
    [GAN_RULE_BRIGHTNESS] = { "brightness", 100 },
    [GAN_RULE_TEXTURE] = { "texture", 25 },
};

double gan_rule_scale(enum gan_condition c)
{
    return conditions[c].scale;
}

/* Values */

/* A finite number at *text, which moves behind it. */
static int take_number(const char **text, double *v)
{
    char *end;
    *v = gan_number_read(*text, &end);
    if (end == *text || !isfinite(*v)) return -1;
    *text = end;
    return 0;
}

static int set_range(gan_rule *r, size_t which, const char *value)
{
    gan_range range;
    const char *at = value;
    if (take_number(&at, &range.from) || take_number(&at, &range.to) || *at || range.from > range.to)
        return gan_error("'%s' is no range: two numbers, the smaller one first", value);
    r->range[which] = range;
    return 0;
}

static int set_colour(gan_rule *r, size_t unused, const char *value)
{
    uint8_t rgb[3];
    (void)unused;
    if (value[0] != '#' || strlen(value) != 7 || strspn(value + 1, "0123456789abcdefABCDEF") != 6)
        return gan_error("'%s' is no colour: # and six hexadecimal digits", value);
    unsigned long bits = strtoul(value + 1, NULL, 16);
    for (int c = 0; c < 3; c++) rgb[c] = (uint8_t)(bits >> (16 - 8 * c));
    gan_lab_from_rgb(rgb, 1, NULL, &r->ab[0], &r->ab[1]);
    for (int c = 0; c < 2; c++) r->ab[c] /= GAN_AB_RANGE;
    r->has_colour = 1;
    return 0;
}

/* A number of 0.001 to 1000, at an offset of the rule. */
static int set_number(gan_rule *r, size_t offset, const char *value)
{
    double v;
    const char *at = value;
    if (take_number(&at, &v) || *at || v < 1e-3 || v > 1e3)
        return gan_error("'%s' is no number of 0.001 to 1000", value);
    memcpy((char *)r + offset, &v, sizeof v);
    return 0;
}

static const struct key {
    const char *name;
    int (*set)(gan_rule *r, size_t argument, const char *value);
    size_t argument;
} keys[] = {
    { "y", set_range, GAN_RULE_Y },
    { "x", set_range, GAN_RULE_X },
    { "brightness", set_range, GAN_RULE_BRIGHTNESS },
    { "texture", set_range, GAN_RULE_TEXTURE },
    { "colour", set_colour, 0 },
    { "soft", set_number, offsetof(gan_rule, soft) },
    { "weight", set_number, offsetof(gan_rule, weight) },
};

/* Lines */

struct reader {
    gan_rules *rules;
    const char *rest; /* text not read yet */
    int line, failed; /* failed: the line of the first failure of ours; 0: none */
};

static int begin_rule(gan_rules *rules, const char *name, size_t bytes)
{
    if (!bytes || bytes >= GAN_RULE_NAME) return gan_error("the name of a rule has 1 to %d bytes", GAN_RULE_NAME - 1);
    if (rules->count == GAN_MOST_RULES) return gan_error("more than %d rules", GAN_MOST_RULES);
    gan_rule *r = &rules->rule[rules->count++];
    *r = (gan_rule){ .soft = 0.5, .weight = 1 };
    memcpy(r->name, name, bytes);
    for (int i = 0; i < GAN_RULE_CONDITIONS; i++) r->range[i] = (gan_range){ -INFINITY, INFINITY };
    return 0;
}

/* inih's reader: a line into out, of room bytes; NULL at the end or a failure. Sections are seen here, since inih tells
 * of those with keys only. */
static char *next_line(char *out, int room, void *ctx)
{
    struct reader *r = ctx;
    if (r->failed || !*r->rest) return NULL;
    size_t whole = strcspn(r->rest, "\n"), blank = strspn(r->rest, " \t\r");
    const char *line = r->rest + (blank < whole ? blank : whole), *end = r->rest + whole;
    size_t length = (size_t)(end - line);
    int bad = 0;
    r->line++;
    r->rest = end + (*end == '\n');
    if (length && strchr(";#", *line)) length = 0; /* comments may be long */
    if (length > LINE_MOST || length >= (size_t)room)
        bad = gan_error("the line is longer than %d bytes", LINE_MOST);
    else if (length && *line == '[')
        bad = begin_rule(r->rules, line + 1, strcspn(line + 1, "]\n"));
    if (bad) return r->failed = r->line, NULL;
    memcpy(out, line, length);
    out[length] = '\0';
    return out;
}

static int assign(gan_rules *rules, const char *name, const char *value)
{
    if (!rules->count) return gan_error("'%.50s' stands before any [rule]", name);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcmp(keys[i].name, name)) return keys[i].set(&rules->rule[rules->count - 1], keys[i].argument, value);
    return gan_error("a rule has no '%.50s'", name);
}

static int set_key(void *ctx, const char *section, const char *name, const char *value)
{
    struct reader *r = ctx;
    (void)section;
    if (!r->failed && assign(r->rules, name, value)) r->failed = r->line;
    return !r->failed;
}

static int check(const gan_rules *rules)
{
    if (!rules->count) return gan_error("no rules");
    for (size_t i = 0; i < rules->count; i++)
        if (!rules->rule[i].has_colour) return gan_error("rule '%s' has no colour", rules->rule[i].name);
    return 0;
}

static int parse(gan_rules *rules, const char *name, const char *text)
{
    struct reader r = { .rules = rules, .rest = text };
    int bad = ini_parse_stream(next_line, &r, set_key, &r);
    if (bad == -2) return gan_error("out of memory reading '%s'", name);
    if (bad > 0 && (!r.failed || bad < r.failed))
        return gan_error("%s:%d: neither a [rule] nor key = value nor a ; comment", name, bad);
    if (r.failed) return gan_error_in("%s:%d", name, r.failed);
    return check(rules) ? gan_error_in("%s", name) : 0;
}

int gan_rules_load(gan_rules *r, const char *path)
{
    char *text = path ? gan_file_text(path, FILE_MOST, "a file of rules") : NULL;
    *r = (gan_rules){ 0 };
    if (path && !text) return -1;
    r->rule = gan_mem_alloc(GAN_MOST_RULES, sizeof *r->rule);
    int failed = !r->rule || parse(r, path ? path : "configs/rules.ini", text ? text : gan_rules_builtin);
    gan_mem_free(text);
    if (failed) gan_rules_release(r);
    return failed ? -1 : 0;
}

void gan_rules_release(gan_rules *r)
{
    gan_mem_free(r->rule);
    *r = (gan_rules){ 0 };
}
