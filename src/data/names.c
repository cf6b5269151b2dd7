#include "data/names.h"

#include <stdlib.h>
#include <string.h>

#include "gan/mem.h"

int gan_names_take(struct gan_names *n, char *text)
{
    if (!text) return -1;
    if (n->count == n->room) {
        size_t room = n->room ? 2 * n->room : 64;
        char **item = gan_mem_resize(n->item, room, sizeof *item);
        if (!item) {
            gan_mem_free(text);
            return -1;
        }
        n->item = item;
        n->room = room;
    }
    n->item[n->count++] = text;
    return 0;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void gan_names_sort(struct gan_names *n)
{
    if (n->count > 1) qsort(n->item, n->count, sizeof *n->item, by_bytes);
}

void gan_names_release(struct gan_names *n)
{
    for (size_t i = 0; i < n->count; i++) gan_mem_free(n->item[i]);
    gan_mem_free(n->item);
    *n = (struct gan_names){ 0 };
}
