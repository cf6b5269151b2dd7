/* From rows of flags to getopt_long and --help. */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/edit_distance.h"
#include "cli/cli.h"
#include "gan/option.h"
#include "gan/parallel.h"

enum { MAX_FLAGS = 32, LONG = 256 }; /* getopt_long returns a flag's letter, or LONG and its index */

struct common {
    int verbose, help;
    int64_t threads;
};

static const gan_flag common_flags[] = {
    { "verbose", 'v', GAN_FLAG_SWITCH, offsetof(struct common, verbose), .help = "say more of what goes on" },
    { "help", 'h', GAN_FLAG_SWITCH, offsetof(struct common, help), .help = "print this" },
    { 0 },
};
static const gan_flag threads_flag[] = {
    { "threads", 0, GAN_FLAG_NUMBER, offsetof(struct common, threads), "N", 1, GAN_MOST_THREADS,
      .help = "threads that compute; default: all there are" },
    { 0 },
};

struct parser {
    const gan_syntax *syntax;
    struct common common;
    struct target { /* a flag, and the struct its value goes into */
        const gan_flag *flag;
        void *into;
    } target[MAX_FLAGS];
    int count;
    struct option names[MAX_FLAGS + 1];
    char letters[2 * MAX_FLAGS + 2];
};

static void add_flags(struct parser *p, const gan_flag *rows, void *into)
{
    for (const gan_flag *f = rows; f->name; f++) {
        GAN_ASSERT(p->count < MAX_FLAGS);
        int takes = f->kind != GAN_FLAG_SWITCH;
        p->names[p->count] = (struct option){ f->name, takes ? required_argument : no_argument, NULL, LONG + p->count };
        p->target[p->count++] = (struct target){ f, into };
        if (!f->letter) continue;
        char *end = p->letters + strlen(p->letters);
        *end++ = f->letter;
        if (takes) *end = ':';
    }
}

static void parser_init(struct parser *p, const gan_syntax *s, void *into)
{
    *p = (struct parser){ .syntax = s, .letters = ":" }; /* ':' tells a missing value from an unknown option */
    add_flags(p, s->flags, into);
    if (s->computes) add_flags(p, threads_flag, &p->common);
    add_flags(p, common_flags, &p->common);
}

/* The flag of a value of getopt_long; NULL: none. */
static const struct target *target_of(const struct parser *p, int value)
{
    for (int i = 0; i < p->count; i++)
        if (value && (value == LONG + i || value == p->target[i].flag->letter)) return &p->target[i];
    return NULL;
}

static int set_value(const gan_flag *f, enum gan_option_type type, void *at, const char *value)
{
    gan_option row = { f->name, 0, type, 0, f->least, f->most, f->value, NULL };
    return gan_option_set(&row, at, value);
}

static int append_text(gan_texts *t, const char *value)
{
    if (t->count == GAN_MAX_TEXTS) return gan_error("given more than %d times", GAN_MAX_TEXTS);
    t->item[t->count++] = value;
    return 0;
}

static int store(const struct target *t, const char *value)
{
    const gan_flag *f = t->flag;
    void *at = (char *)t->into + f->offset;
    switch (f->kind) {
    case GAN_FLAG_SWITCH: *(int *)at = 1; return 0;
    case GAN_FLAG_NUMBER: return set_value(f, GAN_INT, at, value);
    case GAN_FLAG_REAL: return set_value(f, GAN_FLOAT, at, value);
    case GAN_FLAG_CHOICE: return set_value(f, GAN_CHOICE, at, value);
    case GAN_FLAG_TEXT: *(const char **)at = value; return 0;
    case GAN_FLAG_TEXTS: return append_text(at, value);
    }
    return 0;
}

static int is_missing(const struct target *t)
{
    return t->flag->required && !*(const char **)((char *)t->into + t->flag->offset);
}

/* Complaints */

static void print_usage(const gan_syntax *s, FILE *out)
{
    fprintf(out, "usage: gan %s %s%s[OPTION...]\n", s->name, s->arguments, *s->arguments ? " " : "");
}

int gan_usage_error(const gan_syntax *s, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    gan_error("%s: %s", s->name, text);
    gan_failed();
    print_usage(s, stderr);
    fprintf(stderr, "'gan %s --help' lists the options\n", s->name);
    return GAN_EXIT_USAGE;
}

static const char *nearest_flag(const struct parser *p, const char *name)
{
    const char *nearest = NULL;
    int best = GAN_FAR;
    for (int i = 0; i < p->count; i++) {
        int distance = gan_typing_distance(name, p->target[i].flag->name);
        if (distance >= best) continue;
        best = distance;
        nearest = p->target[i].flag->name;
    }
    return nearest;
}

static int unknown_name(const struct parser *p, const char *given)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(given + 2, "="), given + 2);
    const char *nearest = nearest_flag(p, name);
    if (!nearest) return gan_usage_error(p->syntax, "unknown or ambiguous option '--%s'", name);
    return gan_usage_error(p->syntax, "unknown option '--%s', did you mean '--%s'?", name, nearest);
}

/* getopt_long returned '?' or ':'. */
static int refused(const struct parser *p, int why, char **argv)
{
    const struct target *t = target_of(p, optopt);
    if (!t && optopt) return gan_usage_error(p->syntax, "unknown option '-%c'", optopt);
    if (!t) return unknown_name(p, argv[optind - 1]);
    if (why == ':') return gan_usage_error(p->syntax, "--%s needs a value %s", t->flag->name, t->flag->value);
    return gan_usage_error(p->syntax, "--%s takes no value", t->flag->name);
}

/* --help */

static void print_flags(const gan_flag *rows, FILE *out)
{
    for (const gan_flag *f = rows; f->name; f++) {
        char letter[] = { '-', f->letter, ',', '\0' }, text[64];
        snprintf(text, sizeof text, "%s --%s %s", f->letter ? letter : "   ", f->name, f->value ? f->value : "");
        fprintf(out, "  %-26s %s\n", text, f->help);
    }
}

static void print_help(const gan_syntax *s)
{
    print_usage(s, stdout);
    printf("%s\n\n", s->help);
    print_flags(s->flags, stdout);
    if (s->computes) print_flags(threads_flag, stdout);
    print_flags(common_flags, stdout);
}

/* Parsing */

static int parse_flags(struct parser *p, int argc, char **argv)
{
    optind = 1;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, p->letters, p->names, NULL)) != -1;) {
        if (c == '?' || c == ':') return refused(p, c, argv);
        const struct target *t = target_of(p, c);
        GAN_ASSERT(t);
        if (store(t, optarg)) return gan_usage_error(p->syntax, "--%s: %s", t->flag->name, gan_error_message());
    }
    return -1;
}

static int check(const struct parser *p, const gan_arguments *a)
{
    const gan_syntax *s = p->syntax;
    if (a->count < s->least) return gan_usage_error(s, "too few arguments");
    if (s->most >= 0 && a->count > s->most) return gan_usage_error(s, "unexpected argument '%s'", a->item[s->most]);
    for (int i = 0; i < p->count; i++)
        if (is_missing(&p->target[i])) return gan_usage_error(s, "--%s is missing", p->target[i].flag->name);
    return -1;
}

int gan_parse(const gan_syntax *s, int argc, char **argv, void *into, gan_arguments *a)
{
    struct parser p;
    parser_init(&p, s, into);
    int end = parse_flags(&p, argc, argv);
    if (end >= 0) return end;
    if (p.common.help) {
        print_help(s);
        return GAN_EXIT_DONE;
    }
    *a = (gan_arguments){ argc - optind, argv + optind, (int)p.common.threads };
    if ((end = check(&p, a)) >= 0) return end;
    if (p.common.verbose) gan_messages_verbose();
    if (s->computes) gan_parallel_use(a->threads);
    return -1;
}
