/* One message per thread, in a fixed buffer: reporting an error must not itself run out of memory. */
#include "gan/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_BYTES = 2048 };

static _Thread_local char message[MESSAGE_BYTES];

int gan_error(const char *format, ...)
{
    char text[MESSAGE_BYTES]; /* an argument may be the old message */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    memcpy(message, text, sizeof message);
    return -1;
}

int gan_error_in(const char *format, ...)
{
    char text[MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t used = strlen(text);
    if (used + 3 < sizeof text)
        snprintf(text + used, sizeof text - used, ": %.*s", (int)(sizeof text - used - 3), message);
    memcpy(message, text, sizeof message);
    return -1;
}

const char *gan_error_message(void)
{
    return message;
}

void gan_bug(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%d: bug: ", file, line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}
