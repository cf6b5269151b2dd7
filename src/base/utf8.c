#include "base/utf8.h"

#include <stddef.h>

/* First bytes from..to begin sequences of `more` further bytes, the first of which lies in least..most; the others in
 * 0x80..0xBF (Unicode 15, table 3-7). */
static const struct form {
    unsigned char from, to, more, least, most;
} forms[] = {
    { 0x00, 0x7f, 0, 0x80, 0xbf }, { 0xc2, 0xdf, 1, 0x80, 0xbf }, { 0xe0, 0xe0, 2, 0xa0, 0xbf },
    { 0xe1, 0xec, 2, 0x80, 0xbf }, { 0xed, 0xed, 2, 0x80, 0x9f }, { 0xee, 0xef, 2, 0x80, 0xbf },
    { 0xf0, 0xf0, 3, 0x90, 0xbf }, { 0xf1, 0xf3, 3, 0x80, 0xbf }, { 0xf4, 0xf4, 3, 0x80, 0x8f },
};

static const struct form *form_of(unsigned char first)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (first >= forms[i].from && first <= forms[i].to) return &forms[i];
    return NULL;
}

int gan_utf8_valid(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    while (*p) {
        const struct form *f = form_of(*p++);
        if (!f) return 0;
        for (int i = 0; i < f->more; i++, p++) {
            unsigned char least = i ? 0x80 : f->least, most = i ? 0xbf : f->most;
            if (*p < least || *p > most) return 0;
        }
    }
    return 1;
}
