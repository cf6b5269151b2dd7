/* What the commands share: options as rows of a table, messages, exit codes.
 *     static const gan_flag flags[] = {
 *         { "data", 0, GAN_FLAG_TEXT, offsetof(struct options, data), "DIR", .required = 1, .help = "photographs" },
 *         { 0 },
 *     };
 *     static const gan_syntax syntax = { "eval", "MODEL --data DIR", "Measures ...", flags, .least = 1, .most = 1 };
 *
 *     int end = gan_parse(&syntax, argc, argv, &options, &arguments);
 *     if (end >= 0) return end;
 *     ...
 *     if (gan_evaluate(...)) return gan_failed();
 * A new command is a file with one function, and a row in main.c.
 */
#ifndef GAN_CLI_CLI_H
#define GAN_CLI_CLI_H

#include <stddef.h>
#include <stdint.h>

#include "cli/bar.h"
#include "gan/config.h"
#include "gan/error.h"

enum { GAN_EXIT_DONE = 0, GAN_EXIT_FAILED = 1, GAN_EXIT_USAGE = 2, GAN_EXIT_INTERRUPTED = 130 };

enum gan_flag_kind {
    GAN_FLAG_SWITCH, /* int: 1 if it is given */
    GAN_FLAG_NUMBER, /* int64_t of least to most */
    GAN_FLAG_REAL,   /* double of least to most */
    GAN_FLAG_CHOICE, /* int: index into value, "a|b|c" */
    GAN_FLAG_TEXT,   /* const char *, borrowed from argv */
    GAN_FLAG_TEXTS   /* gan_texts: may be given many times */
};

enum { GAN_MAX_TEXTS = 128 };
typedef struct gan_texts {
    int count;
    const char *item[GAN_MAX_TEXTS]; /* borrowed from argv */
} gan_texts;

typedef struct gan_flag {
    const char *name; /* "size" for --size */
    char letter;      /* 's' for -s; 0: none */
    enum gan_flag_kind kind;
    size_t offset;      /* of what it sets in the command's own struct, which holds the defaults */
    const char *value;  /* how --help writes its value: "N", or "a|b|c" */
    double least, most; /* of a number */
    int required;       /* a text that must be given */
    const char *help;
} gan_flag;

typedef struct gan_syntax {
    const char *name, *arguments; /* "eval", "MODEL --data DIR" */
    const char *help;             /* a sentence or two */
    const gan_flag *flags;        /* ended by a NULL name; --verbose and --help come with every command */
    int least, most;              /* arguments that are no options; most -1: any number */
    int computes;                 /* takes --threads, and has all threads of the machine without it */
} gan_syntax;

typedef struct gan_arguments {
    int count;
    char **item; /* borrowed from argv */
    int threads; /* of --threads; 0: not given */
} gan_arguments;

/* Reads the options into `into` and leaves the arguments in a. -1: go on; else the exit code: --help was printed, or
 * the usage was wrong, and a message says what. */
int gan_parse(const gan_syntax *s, int argc, char **argv, void *into, gan_arguments *a);

/* Reads the configuration that is the first argument, with its --set options, and takes the number of threads from it
 * where --threads was not given. gan_load_config returns 0 or -1; gan_read_config -1: go on; else the exit code: what is
 * wrong was printed. */
int gan_load_config(const gan_arguments *a, const gan_texts *set, gan_config *c);
int gan_read_config(const gan_arguments *a, const gan_texts *set, gan_config *c);

/* Says something on stderr that is neither error nor warning, above the bar. */
void gan_say(const char *format, ...) GAN_PRINTF(1, 2);

/* Complains about what gan_parse cannot know. Returns GAN_EXIT_USAGE. */
int gan_usage_error(const gan_syntax *s, const char *format, ...) GAN_PRINTF(2, 3);

/* Prints the error the library left behind. Returns GAN_EXIT_FAILED. */
int gan_failed(void);

void gan_messages_begin(void);              /* from now on errors and warnings of the log go to stderr */
void gan_messages_verbose(void);            /* and all else */
void gan_messages_of_rank(int number);      /* those of the log say which rank has them, unless it is the first */
void gan_messages_over(const gan_bar *bar); /* takes bar away before each message; NULL: there is none any more */

/* Prints a text that comes from a file or is a file's name: what would steer the terminal becomes '?'. */
void gan_print_visible(const char *text, FILE *out);

/* -1 and a message if output is the file that input names, by whatever path. */
int gan_check_output(const char *input, const char *output);

/* The commands; argv[0] is the command's name. They return the program's exit code. */
int gan_cmd_bench(int argc, char **argv);
int gan_cmd_classify(int argc, char **argv);
int gan_cmd_colorize(int argc, char **argv);
int gan_cmd_data(int argc, char **argv);
int gan_cmd_eval(int argc, char **argv);
int gan_cmd_export(int argc, char **argv);
int gan_cmd_import(int argc, char **argv);
int gan_cmd_info(int argc, char **argv);
int gan_cmd_plan(int argc, char **argv);
int gan_cmd_scenes(int argc, char **argv);
int gan_cmd_train(int argc, char **argv);

#endif
