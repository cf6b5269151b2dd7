/* Sources: EXIF 2.3, section 4.5.5, for APP1; ICC.1:2010, annex B.4, for APP2: a profile in up to 255 numbered parts. */
#include "image/jpeg_tags.h"

#include <string.h>

#include "gan/mem.h"
#include "image/exif.h"
#include "image/tag.h"

enum { EXIF = JPEG_APP0 + 1, ICC = JPEG_APP0 + 2, SEGMENT = 65533, PARTS = 255 };

static const char icc_name[12] = "ICC_PROFILE";
enum { ICC_PREFIX = sizeof icc_name + 2, ICC_PART = SEGMENT - ICC_PREFIX }; /* name, number from 1, count */

void gan_jpeg_keep_tags(struct jpeg_decompress_struct *j, int icc)
{
    jpeg_save_markers(j, EXIF, 0xffff);
    if (icc) jpeg_save_markers(j, ICC, 0xffff);
}

int gan_jpeg_orientation(const struct jpeg_decompress_struct *j)
{
    for (const struct jpeg_marker_struct *m = j->marker_list; m; m = m->next) {
        int value = gan_exif_orientation(m->data, m->data_length);
        if (value > 1) return value;
    }
    return 1;
}

static int read_exif(const struct jpeg_decompress_struct *j, gan_tag *exif)
{
    for (const struct jpeg_marker_struct *m = j->marker_list; m; m = m->next) {
        const uint8_t *tiff = gan_exif_tiff(m->data, m->data_length);
        if (!tiff) continue;
        if (gan_tag_copy(exif, tiff, m->data_length - GAN_EXIF_PREFIX)) return -1;
        if (exif->bytes) gan_tiff_set_upright(exif->bytes, exif->n);
        return 0;
    }
    return 0;
}

struct profile {
    const struct jpeg_marker_struct *part[PARTS + 1]; /* from 1 */
    int count;
    size_t bytes;
};

static int is_part(const struct jpeg_marker_struct *m)
{
    return m->marker == ICC && m->data_length > ICC_PREFIX && !memcmp(m->data, icc_name, sizeof icc_name);
}

/* Returns 0 if every part is there once and they agree on how many there are. */
static int gather(const struct jpeg_decompress_struct *j, struct profile *p)
{
    int found = 0;
    for (const struct jpeg_marker_struct *m = j->marker_list; m; m = m->next) {
        if (!is_part(m)) continue;
        int number = m->data[sizeof icc_name], count = m->data[sizeof icc_name + 1];
        if (found++ && count != p->count) return -1;
        if (number < 1 || number > count || p->part[number]) return -1;
        p->part[number] = m;
        p->count = count;
        p->bytes += m->data_length - ICC_PREFIX;
    }
    return found && found == p->count && p->bytes <= GAN_TAG_MAX ? 0 : -1;
}

static int read_icc(const struct jpeg_decompress_struct *j, gan_tag *icc)
{
    struct profile p = { 0 };
    if (gather(j, &p)) return 0;
    uint8_t *to = gan_mem_alloc(p.bytes, 1);
    if (!to) return -1;
    *icc = (gan_tag){ to, p.bytes };
    for (int i = 1; i <= p.count; i++) {
        size_t n = p.part[i]->data_length - ICC_PREFIX;
        memcpy(to, p.part[i]->data + ICC_PREFIX, n);
        to += n;
    }
    gan_tag_check_icc(icc);
    return 0;
}

int gan_jpeg_read_tags(const struct jpeg_decompress_struct *j, gan_photo *p)
{
    return read_exif(j, &p->exif) || read_icc(j, &p->icc) ? -1 : 0;
}

static void put(struct jpeg_compress_struct *j, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < n; i++) jpeg_write_m_byte(j, at[i]);
}

static void write_exif(struct jpeg_compress_struct *j, const gan_tag *exif)
{
    if (!exif->n || exif->n > SEGMENT - GAN_EXIF_PREFIX) return;
    jpeg_write_m_header(j, EXIF, (unsigned)(GAN_EXIF_PREFIX + exif->n));
    put(j, "Exif\0", GAN_EXIF_PREFIX);
    put(j, exif->bytes, exif->n);
}

static void write_icc(struct jpeg_compress_struct *j, const gan_tag *icc)
{
    size_t parts = (icc->n + ICC_PART - 1) / ICC_PART;
    for (size_t i = 0; i < parts; i++) {
        size_t at = i * ICC_PART, n = icc->n - at < ICC_PART ? icc->n - at : ICC_PART;
        uint8_t numbers[2] = { (uint8_t)(i + 1), (uint8_t)parts };
        jpeg_write_m_header(j, ICC, (unsigned)(ICC_PREFIX + n));
        put(j, icc_name, sizeof icc_name);
        put(j, numbers, sizeof numbers);
        put(j, icc->bytes + at, n);
    }
}

void gan_jpeg_write_tags(struct jpeg_compress_struct *j, const gan_photo *p)
{
    write_exif(j, &p->exif);
    write_icc(j, &p->icc);
}
