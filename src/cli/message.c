/* Messages on stderr: one line each, above the progress bar. */
#define _POSIX_C_SOURCE 200809L
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "cli/cli.h"
#include "gan/log.h"

static atomic_int most_level = GAN_LOG_WARN, rank;
static _Atomic(const gan_bar *) shown;

static char visible(char c)
{
    return (unsigned char)c < ' ' || c == 127 ? '?' : c;
}

void gan_print_visible(const char *text, FILE *out)
{
    for (const char *p = text; *p; p++) putc(visible(*p), out);
}

/* A line goes out in one piece: several ranks may write to the same terminal. */
static void put_message(const char *prefix, const char *text)
{
    enum { LINE_BYTES = 2048 + 128 }; /* messages and prefixes are shorter */
    char line[LINE_BYTES];
    const gan_bar *bar = atomic_load(&shown);
    snprintf(line, sizeof line, "gan: %s%s", prefix, text);
    for (char *p = line; *p; p++) *p = visible(*p);
    flockfile(stderr);
    if (bar) gan_bar_clear(bar);
    fprintf(stderr, "%s\n", line);
    funlockfile(stderr);
}

static void sink(enum gan_log_level level, const char *text)
{
    char prefix[64];
    int from = atomic_load(&rank);
    if ((int)level > atomic_load(&most_level)) return;
    const char *what = level == GAN_LOG_WARN ? "warning: " : "";
    if (from) snprintf(prefix, sizeof prefix, "rank %d: %s", from, what);
    put_message(from ? prefix : what, text);
}

void gan_messages_of_rank(int number)
{
    atomic_store(&rank, number);
}

void gan_messages_begin(void)
{
    gan_log_to(sink);
}

void gan_messages_verbose(void)
{
    atomic_store(&most_level, GAN_LOG_DEBUG);
}

void gan_messages_over(const gan_bar *bar)
{
    atomic_store(&shown, bar);
}

void gan_say(const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put_message("", text);
}

int gan_failed(void)
{
    put_message("", gan_error_message());
    return GAN_EXIT_FAILED;
}
