/* Option tables: a row per option, pointing into a struct by offset. Parsing, range checks, defaults, help and the
 * resolved configuration all come from the rows.
 *     static const gan_option rows[] = {
 *         { "filters", offsetof(struct unet, filters), GAN_INT, 64, 1, 1024, NULL, "filters of the first layer" },
 *         { "norm", offsetof(struct unet, norm), GAN_CHOICE, 0, 0, 0, "batch|instance|none", "normalisation" },
 *         { 0 } };
 */
#ifndef GAN_OPTION_H
#define GAN_OPTION_H

#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gan_option_type {
    GAN_INT,    /* int64_t */
    GAN_FLOAT,  /* double */
    GAN_BOOL,   /* int, written yes or no */
    GAN_CHOICE, /* int, index into text "a|b|c" */
    GAN_TEXT    /* char[GAN_TEXT_BYTES] */
};
enum { GAN_TEXT_BYTES = 1024 };

typedef struct gan_option {
    const char *name;
    size_t offset;
    enum gan_option_type type;
    double initial, least, most; /* default and range; for GAN_CHOICE the default's index */
    const char *text;            /* GAN_TEXT: the default; GAN_CHOICE: the choices; else NULL */
    const char *help;
} gan_option;

void gan_option_defaults(const gan_option *rows, void *into);
const gan_option *gan_option_find(const gan_option *rows, const char *name); /* NULL: no such row, no message */

/* Stores one value. -1 with a message of type, range or choices: "'x' is not a whole number of 1 to 512". */
int gan_option_set(const gan_option *row, void *into, const char *value);

/* The value as gan_option_set takes it back, exactly; into text, of GAN_TEXT_BYTES. */
void gan_option_get(const gan_option *row, const void *from, char *text);

/* The name in the table closest to a mistyped one (edit distance), NULL if none is near; static. */
const char *gan_option_nearest(const gan_option *rows, const char *name);

#ifdef __cplusplus
}
#endif
#endif
