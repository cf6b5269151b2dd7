/* YUV4MPEG2 streams: what is accepted is written and read back as the same, with gray for its colours. */
#define _GNU_SOURCE
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gan/error.h"
#include "gan/y4m.h"

enum { MOST_PIXELS = 1 << 14, MOST_FRAMES = 4 };

static void check_header(const gan_y4m *v)
{
    char line[4 * GAN_Y4M_LINE];
    gan_y4m again;
    FILE *f = fmemopen(line, sizeof line, "w+");
    GAN_ASSERT(f && !gan_y4m_write_header(v, f));
    rewind(f);
    int failed = gan_y4m_read_header(&again, "fuzz", f); /* C420jpeg may be more than there was: too long then */
    GAN_ASSERT(failed ? strstr(gan_error_message(), "a header of more than") != NULL : 1);
    GAN_ASSERT(failed || (again.w == v->w && again.h == v->h && !strcmp(again.tags, v->tags)));
    fclose(f);
}

static void read_frames(const gan_y4m *v, FILE *in)
{
    gan_y4m_frame f;
    gan_photo p;
    if (gan_y4m_frame_init(&f, v)) return;
    if (!gan_photo_init(&p, v->w, v->h, 16)) {
        for (int i = 0; i < MOST_FRAMES && gan_y4m_read_frame(v, &f, in) > 0; i++) {
            gan_y4m_to_photo(v, &f, &p);
            gan_y4m_from_photo(v, &p, i % 2 ? GAN_BT709 : GAN_BT601, &f);
            GAN_ASSERT(f.planes[(size_t)v->w * (size_t)v->h] == 128);
        }
        gan_photo_release(&p);
    }
    gan_y4m_frame_release(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    gan_y4m v;
    FILE *in = n ? fmemopen((void *)(uintptr_t)bytes, n, "rb") : NULL;
    if (!in) return 0;
    if (!gan_y4m_read_header(&v, "fuzz", in)) {
        check_header(&v);
        if ((size_t)v.w * (size_t)v.h <= MOST_PIXELS) read_frames(&v, in);
    }
    fclose(in);
    return 0;
}
