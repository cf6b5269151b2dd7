/* Source: EXIF 2.3 (JEITA CP-3451C), section 4.5, and TIFF 6.0, section 2. */
#include "image/exif.h"

#include <string.h>

enum { PREFIX = 6, HEADER = 8, ENTRY = 12, TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3 };

struct tiff {
    const uint8_t *bytes;
    size_t n;
    int little;
};

/* An unsigned number of 2 or 4 bytes; the caller has checked that they are there. */
static uint32_t number(const struct tiff *t, size_t at, int bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | t->bytes[at + (size_t)(t->little ? bytes - 1 - i : i)];
    return value;
}

static int first_directory(const struct tiff *t)
{
    size_t at = number(t, 4, 4);
    if (at > t->n || t->n - at < 2) return 1;
    size_t entries = number(t, at, 2), room = (t->n - at - 2) / ENTRY;
    at += 2;
    for (size_t i = 0; i < entries && i < room; i++, at += ENTRY) {
        if (number(t, at, 2) != TAG_ORIENTATION || number(t, at + 2, 2) != TYPE_SHORT) continue;
        uint32_t value = number(t, at + 8, 2);
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

int gan_exif_orientation(const uint8_t *segment, size_t n)
{
    if (n < PREFIX + HEADER || memcmp(segment, "Exif\0", PREFIX) != 0) return 1;
    struct tiff t = { segment + PREFIX, n - PREFIX, 0 };
    t.little = !memcmp(t.bytes, "II*\0", 4);
    if (!t.little && memcmp(t.bytes, "MM\0*", 4) != 0) return 1;
    return first_directory(&t);
}
