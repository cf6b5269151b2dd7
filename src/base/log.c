#include "gan/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

static _Atomic(gan_log_sink *) current;

void gan_log_to(gan_log_sink *sink)
{
    atomic_store(&current, sink);
}

void gan_log(enum gan_log_level level, const char *format, ...)
{
    gan_log_sink *sink = atomic_load(&current);
    if (!sink) return;
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sink(level, text);
}
