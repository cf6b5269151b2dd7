/* YUV4MPEG2: uncompressed video through pipes, 8 bits a sample.
 *     gan_y4m v;
 *     if (gan_y4m_read_header(&v, "stdin", stdin)) return -1;
 *     gan_y4m_frame f;
 *     if (gan_y4m_frame_init(&f, &v)) return -1;
 *     int got;
 *     while ((got = gan_y4m_read_frame(&v, &f, stdin)) > 0) ...
 *
 * Colours: Y is taken as the luma of a gray picture: R' = G' = B' = (Y - 16) / 219, clipped to 0..1 (Y / 255 where the
 * header says XCOLORRANGE=FULL), on sRGB's curve. Written are Y, Cb and Cr of RGB by the given matrix and the same range.
 */
#ifndef GAN_Y4M_H
#define GAN_Y4M_H

#include <stdio.h>

#include "gan/photo.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GAN_Y4M_LINE = 1024 };                         /* most bytes of a header line, its end included */
#define GAN_Y4M_MAX_PIXELS ((size_t)50 * 1000 * 1000) /* of a frame */

enum gan_yuv_matrix { GAN_BT601, GAN_BT709 };

typedef struct gan_y4m {
    int w, h;
    int sampling;            /* of the chroma: a row of the reader's table */
    int full_range;          /* Y is 0..255, not 16..235 */
    char tags[GAN_Y4M_LINE]; /* rate, interlacing, aspect, extensions: carried through as they were */
    const char *name;        /* for messages; borrowed */
} gan_y4m;

typedef struct gan_y4m_frame {
    uint8_t *planes;         /* owned: Y, w * h; behind it Cb and Cr, as large as what is read or written needs */
    char tags[GAN_Y4M_LINE]; /* of this frame */
} gan_y4m_frame;

/* Reads the first line of a stream.
 *   errors    not YUV4MPEG2, no or absurd sizes, samples of more than 8 bits, alpha, unknown sampling, too long */
int gan_y4m_read_header(gan_y4m *v, const char *name, FILE *in);

/* Writes it. What has no chroma gets it: C420jpeg. */
int gan_y4m_write_header(const gan_y4m *v, FILE *out);

int gan_y4m_frame_init(gan_y4m_frame *f, const gan_y4m *v);
void gan_y4m_frame_release(gan_y4m_frame *f);

/* Reads the next frame: 1; 0 at the end of the stream; -1 if it is damaged or ends within a frame. */
int gan_y4m_read_frame(const gan_y4m *v, gan_y4m_frame *f, FILE *in);
int gan_y4m_write_frame(const gan_y4m *v, const gan_y4m_frame *f, FILE *out);

/* A frame's luma as a gray picture of 16 bits, p, of the frame's size; and its planes from a coloured one. */
void gan_y4m_to_photo(const gan_y4m *v, const gan_y4m_frame *f, gan_photo *p);
void gan_y4m_from_photo(const gan_y4m *v, const gan_photo *p, enum gan_yuv_matrix matrix, gan_y4m_frame *f);

#ifdef __cplusplus
}
#endif
#endif
