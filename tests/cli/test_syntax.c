/* Options: each kind, where arguments may stand, and what is refused. */
#include "cli/cli.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <string.h>

#include "gan/parallel.h"

struct options {
    int json;
    int64_t size;
    const char *data, *output;
    gan_texts set;
};

#define AT(field) offsetof(struct options, field)
static const gan_flag flags[] = {
    { "json", 'j', GAN_FLAG_SWITCH, AT(json), .help = "machine readable" },
    { "size", 's', GAN_FLAG_NUMBER, AT(size), "S", 8, 4096, .help = "side" },
    { "data", 'd', GAN_FLAG_TEXT, AT(data), "DIR", .required = 1, .help = "folder" },
    { "output", 'o', GAN_FLAG_TEXT, AT(output), "OUT", .help = "file" },
    { "set", 0, GAN_FLAG_TEXTS, AT(set), "KEY=VALUE", .help = "override" },
    { 0 },
};

static const gan_syntax syntax = { "try", "MODEL", "Tries.", flags, .least = 1, .most = 2, .computes = 1 };

enum { MAX_ARGS = 200 };

static struct options o;
static gan_arguments a;

/* Parses words that blanks separate. */
static int parse(const char *line)
{
    static char text[4096];
    static char *argv[MAX_ARGS];
    int argc = 0;
    snprintf(text, sizeof text, "try %s", line);
    for (char *at = text; *at && argc < MAX_ARGS - 1;) {
        argv[argc++] = at;
        at += strcspn(at, " ");
        if (*at) *at++ = '\0';
    }
    argv[argc] = NULL;
    o = (struct options){ .size = 7 };
    return gan_parse(&syntax, argc, argv, &o, &a);
}

static int refuses(const char *line, const char *why)
{
    return parse(line) == GAN_EXIT_USAGE && strstr(gan_error_message(), why);
}

TestSuite(syntax, .init = cr_redirect_stderr);

Test(syntax, reads_every_kind)
{
    cr_assert_eq(parse("--json --size 64 --data x m --set a.b=c --set d.e=f -o out"), -1);
    cr_assert(o.json && o.size == 64);
    cr_assert_str_eq(o.data, "x");
    cr_assert_str_eq(o.output, "out");
    cr_assert_eq(o.set.count, 2);
    cr_assert_str_eq(o.set.item[0], "a.b=c");
    cr_assert_str_eq(o.set.item[1], "d.e=f");
    cr_assert_eq(a.count, 1);
    cr_assert_str_eq(a.item[0], "m");
    cr_assert_eq(a.threads, 0);
}

Test(syntax, leaves_defaults_alone)
{
    cr_assert_eq(parse("m --data x"), -1);
    cr_assert(!o.json && o.size == 7 && !o.output && !o.set.count);
}

Test(syntax, takes_options_anywhere_and_in_every_form)
{
    cr_assert_eq(parse("m -js100 --data=x n"), -1);
    cr_assert(o.json && o.size == 100 && a.count == 2);
    cr_assert_str_eq(a.item[1], "n");
    cr_assert_eq(parse("-d x -- --json -s"), -1);
    cr_assert(!o.json && a.count == 2);
    cr_assert_str_eq(a.item[0], "--json");
}

Test(syntax, the_last_value_counts)
{
    cr_assert_eq(parse("m -d x --size 64 --size 32"), -1);
    cr_assert_eq(o.size, 32);
}

Test(syntax, sets_the_number_of_threads)
{
    cr_assert_eq(parse("m -d x --threads 3"), -1);
    cr_assert_eq(a.threads, 3);
    cr_assert_eq(gan_parallel_threads(), 3);
    cr_assert(refuses("m -d x --threads 0", "'0' is not a whole number of 1 to 1024"));
}

Test(syntax, refuses_what_it_does_not_know)
{
    cr_assert(refuses("m -d x --jsno", "unknown option '--jsno', did you mean '--json'?"));
    cr_assert(refuses("m -d x --jsno=3", "unknown option '--jsno', did you mean '--json'?"));
    cr_assert(refuses("m -d x --completely-different", "option '--completely-different'"));
    cr_assert(refuses("m -d x -q", "unknown option '-q'"));
    cr_assert(refuses("m -d x -jq", "unknown option '-q'"));
}

Test(syntax, refuses_wrong_values)
{
    cr_assert(refuses("m -d x --size 7", "--size: '7' is not a whole number of 8 to 4096"));
    cr_assert(refuses("m -d x --size 4097", "4097"));
    cr_assert(refuses("m -d x --size -8", "-8"));
    cr_assert(refuses("m -d x --size 8.5", "8.5"));
    cr_assert(refuses("m -d x --size 99999999999999999999", "99999"));
    cr_assert(refuses("m -d x -s 1e2", "1e2"));
    cr_assert(refuses("m -d x --size=", "''"));
    cr_assert(refuses("m -d x --json=yes", "--json takes no value"));
    cr_assert(refuses("m --data", "--data needs a value DIR"));
    cr_assert(refuses("m -d", "--data needs a value DIR"));
}

Test(syntax, refuses_wrong_numbers_of_arguments)
{
    cr_assert(refuses("-d x", "too few arguments"));
    cr_assert(refuses("m n p -d x", "unexpected argument 'p'"));
    cr_assert(refuses("m n", "--data is missing"));
}

Test(syntax, refuses_endless_repetition)
{
    char line[4096] = "m -d x";
    for (int i = 0; i < GAN_MAX_TEXTS; i++) {
        size_t used = strlen(line);
        snprintf(line + used, sizeof line - used, " --set=k");
    }
    cr_assert_eq(parse(line), -1);
    cr_assert_eq(o.set.count, GAN_MAX_TEXTS);
    size_t used = strlen(line);
    snprintf(line + used, sizeof line - used, " --set=k");
    cr_assert(refuses(line, "more than 128 times"));
}

Test(syntax, help_comes_before_what_is_missing, .init = cr_redirect_stdout)
{
    cr_assert_eq(parse("--help"), GAN_EXIT_DONE);
    fflush(stdout);
    char text[4096] = "";
    FILE *out = cr_get_redirected_stdout();
    size_t n = fread(text, 1, sizeof text - 1, out);
    text[n] = '\0';
    static const char *const parts[] = { "usage: gan try MODEL", "Tries.", "-j, --json",       "    --set KEY=VALUE",
                                         "--threads N",          "--help", "machine readable", "-o, --output OUT" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) cr_assert(strstr(text, parts[i]), "%s", parts[i]);
}
