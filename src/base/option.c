#include "gan/option.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/edit_distance.h"
#include "base/number.h"
#include "base/utf8.h"
#include "gan/error.h"

enum { SHOWN = 100 }; /* bytes of a wrong value that a message quotes */

/* Choice i of "a|b|c" and its length; NULL behind the last. */
static const char *choice_at(const char *choices, int i, size_t *length)
{
    for (; i > 0; i--) {
        choices += strcspn(choices, "|");
        if (!*choices++) return NULL;
    }
    *length = strcspn(choices, "|");
    return choices;
}

/* A double in the fewest digits, of 15 to 17, that read back to the same bits. */
static void format_float(double value, char *text)
{
    for (int digits = 15; digits <= 17; digits++) {
        gan_number_write(text, GAN_TEXT_BYTES, "%.*g", digits, value);
        if (gan_number_read(text, NULL) == value) return;
    }
}

static int set_int(const gan_option *row, void *at, const char *value)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    int whole = strchr("+-0123456789", *value) && end != value && !*end && !errno;
    if (!whole || (double)number < row->least || (double)number > row->most)
        return gan_error("'%.*s' is not a whole number of %.0f to %.0f", SHOWN, value, row->least, row->most);
    *(int64_t *)at = number;
    return 0;
}

static int set_float(const gan_option *row, void *at, const char *value)
{
    char *end;
    double number = gan_number_read(value, &end);
    int decimal = *value && !value[strspn(value, "+-.0123456789eE")] && !*end;
    if (!decimal || !(number >= row->least && number <= row->most)) {
        char least[GAN_TEXT_BYTES], most[GAN_TEXT_BYTES];
        format_float(row->least, least);
        format_float(row->most, most);
        return gan_error("'%.*s' is not a number of %s to %s", SHOWN, value, least, most);
    }
    *(double *)at = number;
    return 0;
}

static int set_bool(const gan_option *row, void *at, const char *value)
{
    (void)row;
    int yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0) return gan_error("'%.*s' is not yes or no", SHOWN, value);
    *(int *)at = yes;
    return 0;
}

static int set_choice(const gan_option *row, void *at, const char *value)
{
    size_t length;
    const char *choice;
    for (int i = 0; (choice = choice_at(row->text, i, &length)); i++)
        if (strlen(value) == length && memcmp(value, choice, length) == 0) {
            *(int *)at = i;
            return 0;
        }
    return gan_error("'%.*s' is not one of %s", SHOWN, value, row->text);
}

static int set_text(const gan_option *row, void *at, const char *value)
{
    (void)row;
    size_t length = strlen(value);
    if (length >= GAN_TEXT_BYTES)
        return gan_error("'%.*s...' is longer than %d bytes", SHOWN, value, GAN_TEXT_BYTES - 1);
    if (!gan_utf8_valid(value)) return gan_error("'%.*s' is not UTF-8", SHOWN, value);
    for (const char *p = value; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127) return gan_error("'%.*s' holds a control character", SHOWN, value);
    memcpy(at, value, length + 1);
    return 0;
}

static void get_int(const gan_option *row, const void *at, char *text)
{
    (void)row;
    snprintf(text, GAN_TEXT_BYTES, "%" PRId64, *(const int64_t *)at);
}

static void get_float(const gan_option *row, const void *at, char *text)
{
    (void)row;
    format_float(*(const double *)at, text);
}

static void get_bool(const gan_option *row, const void *at, char *text)
{
    (void)row;
    snprintf(text, GAN_TEXT_BYTES, "%s", *(const int *)at ? "yes" : "no");
}

static void get_choice(const gan_option *row, const void *at, char *text)
{
    size_t length;
    const char *choice = choice_at(row->text, *(const int *)at, &length);
    if (!choice) GAN_BUG("%s has no choice %d", row->name, *(const int *)at);
    snprintf(text, GAN_TEXT_BYTES, "%.*s", (int)length, choice);
}

static void get_text(const gan_option *row, const void *at, char *text)
{
    (void)row;
    snprintf(text, GAN_TEXT_BYTES, "%s", (const char *)at);
}

static void default_int(const gan_option *row, void *at)
{
    *(int64_t *)at = (int64_t)row->initial;
}

static void default_float(const gan_option *row, void *at)
{
    *(double *)at = row->initial;
}

static void default_index(const gan_option *row, void *at)
{
    *(int *)at = (int)row->initial;
}

static void default_text(const gan_option *row, void *at)
{
    snprintf(at, GAN_TEXT_BYTES, "%s", row->text);
}

static const struct kind {
    int (*set)(const gan_option *row, void *at, const char *value);
    void (*get)(const gan_option *row, const void *at, char *text);
    void (*initialise)(const gan_option *row, void *at);
} kinds[] = {
    [GAN_INT] = { set_int, get_int, default_int },      [GAN_FLOAT] = { set_float, get_float, default_float },
    [GAN_BOOL] = { set_bool, get_bool, default_index }, [GAN_CHOICE] = { set_choice, get_choice, default_index },
    [GAN_TEXT] = { set_text, get_text, default_text },
};

void gan_option_defaults(const gan_option *rows, void *into)
{
    for (const gan_option *row = rows; row->name; row++) kinds[row->type].initialise(row, (char *)into + row->offset);
}

const gan_option *gan_option_find(const gan_option *rows, const char *name)
{
    for (const gan_option *row = rows; row->name; row++)
        if (strcmp(row->name, name) == 0) return row;
    return NULL;
}

int gan_option_set(const gan_option *row, void *into, const char *value)
{
    return kinds[row->type].set(row, (char *)into + row->offset, value);
}

void gan_option_get(const gan_option *row, const void *from, char *text)
{
    kinds[row->type].get(row, (const char *)from + row->offset, text);
}

const char *gan_option_nearest(const gan_option *rows, const char *name)
{
    const char *nearest = NULL;
    int best = GAN_FAR;
    for (const gan_option *row = rows; row->name; row++) {
        int distance = gan_typing_distance(name, row->name);
        if (distance >= best) continue;
        best = distance;
        nearest = row->name;
    }
    return nearest;
}
