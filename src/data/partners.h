/* Matching the files of two folders by their names. */
#ifndef DATA_PARTNERS_H
#define DATA_PARTNERS_H

#include "data/names.h"

/* For every name of a that b has too, up to the ending (".png" and ".jpg" match) and behind the first prefix_a and
 * prefix_b bytes: appends the text "A\0B" to pairs, in a's order. Returns -1 only when out of memory. */
int gan_partners_match(const struct gan_names *a, size_t prefix_a, const struct gan_names *b, size_t prefix_b,
                       struct gan_names *pairs);

/* The text behind a text's zero. */
const char *gan_partner_of(const char *pair);

#endif
