/* A growing list of texts, each owned by the list. Zeroed is empty. */
#ifndef DATA_NAMES_H
#define DATA_NAMES_H

#include <stddef.h>

struct gan_names {
    char **item; /* count texts; owned */
    size_t count, room;
};

/* Appends a text of gan_mem_printf. The text is taken, on failure freed; NULL (its making failed) is a failure. */
int gan_names_take(struct gan_names *n, char *text);
void gan_names_sort(struct gan_names *n); /* by bytes */
void gan_names_release(struct gan_names *n);

#endif
