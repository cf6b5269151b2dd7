#define _GNU_SOURCE
#include "base/number.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

struct scope { /* of one thread: others keep their locale */
    locale_t plain, before;
};

/* Without memory for a locale the program's own stays. */
static struct scope enter(void)
{
    struct scope s = { .plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0) };
    if (s.plain) s.before = uselocale(s.plain);
    return s;
}

static void leave(struct scope s)
{
    if (!s.plain) return;
    uselocale(s.before);
    freelocale(s.plain);
}

double gan_number_read(const char *text, char **end)
{
    struct scope s = enter();
    double value = strtod(text, end);
    leave(s);
    return value;
}

int gan_number_vwrite(char *text, size_t room, const char *format, va_list args)
{
    struct scope s = enter();
    int bytes = vsnprintf(text, room, format, args);
    leave(s);
    return bytes;
}

int gan_number_write(char *text, size_t room, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int bytes = gan_number_vwrite(text, room, format, args);
    va_end(args);
    return bytes;
}
