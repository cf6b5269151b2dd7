/* Source: EXIF 2.3 (JEITA CP-3451C), section 4.5, and TIFF 6.0, section 2. */
#include "image/exif.h"

#include <string.h>

enum { HEADER = 8, ENTRY = 12, VALUE = 8, LINK = 4, TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3 };

struct tiff {
    const uint8_t *bytes;
    size_t n;
    int little;
};

struct places { /* of what we look for; 0: not there */
    size_t orientation, link;
};

static int open_tiff(struct tiff *t, const uint8_t *bytes, size_t n)
{
    *t = (struct tiff){ bytes, n, 0 };
    if (n < HEADER) return -1;
    t->little = !memcmp(bytes, "II*\0", 4);
    return t->little || !memcmp(bytes, "MM\0*", 4) ? 0 : -1;
}

/* An unsigned number of 2 or 4 bytes; the caller has checked that they are there. */
static uint32_t number(const struct tiff *t, size_t at, int bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | t->bytes[at + (size_t)(t->little ? bytes - 1 - i : i)];
    return value;
}

/* Walks the first directory: the value of its first orientation, and the link to the second directory at its end. */
static struct places find(const struct tiff *t)
{
    struct places p = { 0 };
    size_t at = number(t, 4, 4);
    if (at > t->n || t->n - at < 2) return p;
    size_t entries = number(t, at, 2), room = (t->n - at - 2) / ENTRY;
    at += 2;
    for (size_t i = 0; i < entries && i < room; i++, at += ENTRY)
        if (!p.orientation && number(t, at, 2) == TAG_ORIENTATION && number(t, at + 2, 2) == TYPE_SHORT)
            p.orientation = at + VALUE;
    if (entries <= room && t->n - at >= LINK) p.link = at;
    return p;
}

int gan_tiff_orientation(const uint8_t *tiff, size_t n)
{
    struct tiff t;
    if (open_tiff(&t, tiff, n)) return 1;
    struct places p = find(&t);
    uint32_t value = p.orientation ? number(&t, p.orientation, 2) : 1;
    return value >= 1 && value <= 8 ? (int)value : 1;
}

void gan_tiff_set_upright(uint8_t *tiff, size_t n)
{
    struct tiff t;
    if (open_tiff(&t, tiff, n)) return;
    struct places p = find(&t);
    if (p.orientation) {
        tiff[p.orientation] = (uint8_t)t.little;
        tiff[p.orientation + 1] = (uint8_t)!t.little;
    }
    if (p.link) memset(tiff + p.link, 0, LINK);
}

const uint8_t *gan_exif_tiff(const uint8_t *segment, size_t n)
{
    return n >= GAN_EXIF_PREFIX + HEADER && !memcmp(segment, "Exif\0", GAN_EXIF_PREFIX) ? segment + GAN_EXIF_PREFIX
                                                                                        : NULL;
}

int gan_exif_orientation(const uint8_t *segment, size_t n)
{
    const uint8_t *tiff = gan_exif_tiff(segment, n);
    return tiff ? gan_tiff_orientation(tiff, n - GAN_EXIF_PREFIX) : 1;
}
