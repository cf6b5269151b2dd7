/* Finding sections and keys, and answering mistyped ones. */
#include <stdarg.h>
#include <string.h>

#include "base/config_parts.h"
#include "base/edit_distance.h"
#include "gan/error.h"

enum { ADVICE = 512, SHOWN = 64 }; /* bytes of advice, and of a wrong name that a message quotes */

/* Adds to a text of ADVICE bytes, which is cut where it is full. */
GAN_PRINTF(2, 3) static void append(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, ADVICE - used, format, args);
    va_end(args);
}

static const gan_config_section *nearest_section(const char *name)
{
    const gan_config_section *nearest = NULL;
    int best = GAN_FAR;
    for (const gan_config_section *s = gan_config_sections(); s->name; s++) {
        int distance = gan_typing_distance(name, s->name);
        if (distance >= best) continue;
        best = distance;
        nearest = s;
    }
    return nearest;
}

const gan_config_section *gan_config_section_named(const char *name)
{
    for (const gan_config_section *s = gan_config_sections(); s->name; s++)
        if (strcmp(s->name, name) == 0) return s;
    char advice[ADVICE] = "";
    const gan_config_section *nearest = nearest_section(name);
    if (nearest)
        append(advice, ", did you mean [%s]?", nearest->name);
    else
        for (const gan_config_section *s = gan_config_sections(); s->name; s++)
            append(advice, "%s [%s]", *advice ? "" : "; there are", s->name);
    gan_error("unknown section [%.*s]%s", SHOWN, name, advice);
    return NULL;
}

/* ": 'filters' is in [generator] and [discriminator]" */
static void advise_same_elsewhere(char *advice, const char *key)
{
    for (const gan_config_section *s = gan_config_sections(); s->name; s++) {
        if (!gan_option_find(s->rows, key)) continue;
        if (*advice)
            append(advice, " and [%s]", s->name);
        else
            append(advice, ": '%s' is in [%s]", key, s->name);
    }
}

static void advise_near_elsewhere(char *advice, const char *key)
{
    const char *nearest = NULL, *section = NULL;
    for (const gan_config_section *s = gan_config_sections(); s->name; s++) {
        const char *near = gan_option_nearest(s->rows, key);
        if (!near || (nearest && gan_edit_distance(key, near) >= gan_edit_distance(key, nearest))) continue;
        nearest = near;
        section = s->name;
    }
    if (nearest) append(advice, ", did you mean '%s' in [%s]?", nearest, section);
}

static void advise_all(char *advice, const gan_config_section *section)
{
    for (const gan_option *row = section->rows; row->name; row++)
        append(advice, "%s %s", *advice ? "," : "; there are", row->name);
}

const gan_option *gan_config_row_named(const gan_config_section *section, const char *key)
{
    const gan_option *row = gan_option_find(section->rows, key);
    if (row) return row;
    char advice[ADVICE] = "";
    const char *near = gan_option_nearest(section->rows, key);
    advise_same_elsewhere(advice, key);
    if (!*advice && near) append(advice, ", did you mean '%s'?", near);
    if (!*advice) advise_near_elsewhere(advice, key);
    if (!*advice) advise_all(advice, section);
    gan_error("unknown key '%.*s' in [%s]%s", SHOWN, key, section->name, advice);
    return NULL;
}
