/* A machine for Python's pickles that builds data and executes nothing: plain values, containers, and what an allow-list
 * makes of the few globals it names. Everything else is an error. Memory is at most about a hundred times the pickle, which
 * has at most 2 MiB.
 *     gan_pickle *p = gan_pickle_new(globals);
 *     if (gan_pickle_load(p, bytes, n, &used, &value)) return -1;
 *     ... value, until gan_pickle_free(p), and as long as bytes are there
 */
#ifndef GAN_EXPORT_PICKLE_H
#define GAN_EXPORT_PICKLE_H

#include <stddef.h>
#include <stdint.h>

enum gan_value_kind {
    GAN_VALUE_NONE,
    GAN_VALUE_BOOL,
    GAN_VALUE_NUMBER,
    GAN_VALUE_TEXT,
    GAN_VALUE_OTHER,      /* a number too large or too fine for the ones above: nobody asks for it */
    GAN_VALUE_TUPLE,      /* from here on to the mark: with items */
    GAN_VALUE_LIST,       /* */
    GAN_VALUE_DICT,       /* items: key, value, key, value */
    GAN_VALUE_PERSISTENT, /* the tuple that names something outside of the pickle */
    GAN_VALUE_CALLED,     /* the arguments of an allow-listed function that stands for a tensor */
    GAN_VALUE_GLOBAL,     /* a row of the allow-list */
    GAN_VALUE_MARK        /* never seen from outside */
};

typedef struct gan_value gan_value;
typedef struct gan_pickle_global gan_pickle_global;

typedef struct gan_items { /* owned by the machine */
    gan_value *item;
    size_t count;
} gan_items;

struct gan_value {
    enum gan_value_kind kind;
    size_t length; /* of a text, in bytes */
    union {
        int64_t number;   /* and bool */
        const char *text; /* no end; within the pickle */
        gan_items *items; /* shared by all copies of the value; may hold itself */
        const gan_pickle_global *global;
    };
};

/* What calling a global with arguments gives. */
enum gan_pickle_call {
    GAN_CALL_NEVER, /* a class that is only named */
    GAN_CALL_DICT,  /* an empty dict; without arguments */
    GAN_CALL_KEEP,  /* GAN_VALUE_CALLED with the arguments */
    GAN_CALL_FIRST  /* its first argument */
};

struct gan_pickle_global {
    const char *module, *name;
    enum gan_pickle_call call;
    const void *info; /* the owner's */
};

typedef struct gan_pickle gan_pickle;

gan_pickle *gan_pickle_new(const gan_pickle_global *allowed); /* ended by a NULL module; borrowed */
void gan_pickle_free(gan_pickle *p);

/* Loads the pickle at the beginning of n bytes. used: how many it has. May be called again: earlier values stay. */
int gan_pickle_load(gan_pickle *p, const unsigned char *bytes, size_t n, size_t *used, gan_value *value);

/* All containers that were made, one after the other: after NULL the first, NULL at the end. */
const gan_items *gan_pickle_next(const gan_pickle *p, const gan_items *after);

/* Whether a value is that text. */
int gan_value_is(const gan_value *v, const char *text);

/* The value of a key in a dict; NULL: no such key. */
const gan_value *gan_value_get(const gan_value *dict, const char *key);

#endif
