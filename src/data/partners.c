#include "data/partners.h"

#include <stdlib.h>
#include <string.h>

#include "gan/mem.h"

struct stem {
    const char *text; /* borrowed */
    size_t length;    /* without the ending */
    const char *name; /* all of it */
};

static int by_stem(const void *a, const void *b)
{
    const struct stem *x = a, *y = b;
    size_t least = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->text, y->text, least);
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

static struct stem stem_of(const char *name, size_t prefix)
{
    const char *text = name + prefix, *dot = strrchr(text, '.');
    return (struct stem){ text, dot ? (size_t)(dot - text) : strlen(text), name };
}

int gan_partners_match(const struct gan_names *a, size_t prefix_a, const struct gan_names *b, size_t prefix_b,
                       struct gan_names *pairs)
{
    struct stem *stems = gan_mem_alloc(b->count, sizeof *stems);
    int failed = !stems;
    for (size_t i = 0; !failed && i < b->count; i++) stems[i] = stem_of(b->item[i], prefix_b);
    if (!failed) qsort(stems, b->count, sizeof *stems, by_stem);
    for (size_t i = 0; !failed && i < a->count; i++) {
        struct stem wanted = stem_of(a->item[i], prefix_a);
        const struct stem *found = bsearch(&wanted, stems, b->count, sizeof *stems, by_stem);
        if (found) failed = gan_names_take(pairs, gan_mem_printf("%s%c%s", wanted.name, '\0', found->name));
    }
    gan_mem_free(stems);
    return failed ? -1 : 0;
}

const char *gan_partner_of(const char *pair)
{
    return pair + strlen(pair) + 1;
}
