/* YUV4MPEG2: headers, frames, and the colours of their samples. */
#define _GNU_SOURCE
#include "gan/y4m.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gan/error.h"
#include "gan/mem.h"

static FILE *stream_of(const char *bytes, size_t n)
{
    FILE *f = fmemopen((void *)(uintptr_t)bytes, n, "rb");
    cr_assert(f);
    return f;
}

static int read_header(gan_y4m *v, const char *line)
{
    FILE *f = stream_of(line, strlen(line));
    int result = gan_y4m_read_header(v, "film", f);
    fclose(f);
    return result;
}

Test(y4m, header_is_carried_through)
{
    gan_y4m v;
    char out[GAN_Y4M_LINE] = "";
    cr_assert_eq(read_header(&v, "YUV4MPEG2 W6 H4 F30000:1001 Ip A10:11 C422 XYSCSS=422 XSPAM=a=b\n"), 0, "%s",
                 gan_error_message());
    cr_assert(v.w == 6 && v.h == 4 && !v.full_range);
    FILE *f = fmemopen(out, sizeof out, "w");
    cr_assert_eq(gan_y4m_write_header(&v, f), 0);
    fclose(f);
    cr_assert_str_eq(out, "YUV4MPEG2 W6 H4 F30000:1001 Ip A10:11 XSPAM=a=b C422\n");
}

Test(y4m, what_a_header_leaves_out_has_a_meaning)
{
    gan_y4m v;
    cr_assert_eq(read_header(&v, "YUV4MPEG2 H3 W5\n"), 0, "%s", gan_error_message());
    gan_y4m_frame f;
    cr_assert_eq(gan_y4m_frame_init(&f, &v), 0);
    char bytes[64] = "FRAME\n";
    FILE *in = stream_of(bytes, 6 + 15 + 2 * 6); /* 420: chroma of 3 x 2 */
    cr_assert_eq(gan_y4m_read_frame(&v, &f, in), 1);
    cr_assert_eq(gan_y4m_read_frame(&v, &f, in), 0);
    fclose(in);
    gan_y4m_frame_release(&f);
    cr_assert_eq(read_header(&v, "YUV4MPEG2 W2 H2 XCOLORRANGE=FULL\n"), 0);
    cr_assert_eq(v.full_range, 1);
}

Test(y4m, hostile_headers_are_refused)
{
    static const struct {
        const char *line, *words;
    } cases[] = {
        { "", "empty" },
        { "RIFF....AVI \n", "no YUV4MPEG2" },
        { "YUV4MPEG2W5 H3\n", "no YUV4MPEG2" },
        { "YUV4MPEG2 W5 H3", "ends within a header" },
        { "YUV4MPEG2\n", "no width" },
        { "YUV4MPEG2 W5\n", "no height" },
        { "YUV4MPEG2 W0 H3\n", "side of '0'" },
        { "YUV4MPEG2 W-5 H3\n", "side of '-5'" },
        { "YUV4MPEG2 W+5 H3\n", "side of '+5'" },
        { "YUV4MPEG2 W5x H3\n", "side of '5x'" },
        { "YUV4MPEG2 W H3\n", "side of ''" },
        { "YUV4MPEG2 W99999999999999999999 H3\n", "side of" },
        { "YUV4MPEG2 W16385 H1\n", "side of" },
        { "YUV4MPEG2 W16384 H16384\n", "more than" },
        { "YUV4MPEG2 W5 H3 C420p10\n", "C420p10" },
        { "YUV4MPEG2 W5 H3 C444alpha\n", "C444alpha" },
        { "YUV4MPEG2 W5 H3 Q\n", "unknown tag 'Q'" },
        { "YUV4MPEG2 W5 H3\r\n", "byte 13" },
        { "YUV4MPEG2 W5 \033[2J\n", "byte 27" },
    };
    gan_y4m v;
    for (size_t i = 1; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_eq(read_header(&v, cases[i].line), -1, "%s", cases[i].line);
        cr_expect(strstr(gan_error_message(), cases[i].words), "'%s' does not say '%s'", gan_error_message(),
                  cases[i].words);
    }
    FILE *nothing = fopen("/dev/null", "rb");
    cr_assert_eq(gan_y4m_read_header(&v, "film", nothing), -1);
    cr_assert(strstr(gan_error_message(), cases[0].words));
    fclose(nothing);
}

Test(y4m, lines_have_a_bound)
{
    gan_y4m v;
    for (size_t n = GAN_Y4M_LINE - 3; n < GAN_Y4M_LINE + 3; n++) { /* bytes before the line's end */
        char line[GAN_Y4M_LINE + 8] = "YUV4MPEG2 W5 H3 X";
        memset(line + strlen(line), 'y', n - strlen(line));
        line[n] = '\n';
        cr_expect_eq(read_header(&v, line), n < GAN_Y4M_LINE ? 0 : -1, "%zu", n);
        char out[2 * GAN_Y4M_LINE];
        FILE *f = fmemopen(out, sizeof out, "w");
        if (n < GAN_Y4M_LINE) cr_expect_eq(gan_y4m_write_header(&v, f), 0);
        fclose(f);
    }
}

struct film {
    gan_y4m v;
    gan_y4m_frame f;
    gan_photo p;
};

static struct film open_film(const char *line)
{
    struct film m;
    cr_assert_eq(read_header(&m.v, line), 0, "%s", gan_error_message());
    cr_assert_eq(gan_y4m_frame_init(&m.f, &m.v), 0);
    cr_assert_eq(gan_photo_init(&m.p, m.v.w, m.v.h, 16), 0);
    return m;
}

static void close_film(struct film *m)
{
    gan_y4m_frame_release(&m->f);
    gan_photo_release(&m->p);
}

static const struct sampling {
    const char *name;
    int across, down, mono;
} samplings[] = { { "420jpeg", 2, 2, 0 }, { "420mpeg2", 2, 2, 0 }, { "420paldv", 2, 2, 0 }, { "420", 2, 2, 0 },
                  { "422", 2, 1, 0 },     { "444", 1, 1, 0 },      { "mono", 2, 2, 1 } };
enum { SAMPLINGS = sizeof samplings / sizeof *samplings };

Test(y4m, luma_survives_and_gray_stays_gray)
{
    for (int s = 0; s < SAMPLINGS; s++)
        for (int full = 0; full < 2; full++) {
            char line[128];
            snprintf(line, sizeof line, "YUV4MPEG2 W17 H15 C%s%s\n", samplings[s].name,
                     full ? " XCOLORRANGE=FULL" : "");
            struct film m = open_film(line);
            for (int i = 0; i < 255; i++) m.f.planes[i] = (uint8_t)i;
            gan_y4m_to_photo(&m.v, &m.f, &m.p);
            memset(m.f.planes, 77, 255);
            gan_y4m_from_photo(&m.v, &m.p, GAN_BT709, &m.f);
            for (int i = 0; i < 255; i++)
                cr_assert_eq(m.f.planes[i], full ? i : i < 16 ? 16 : i > 235 ? 235 : i, "%s: %d", line, i);
            int chroma = 2 * ((17 + samplings[s].across - 1) / samplings[s].across) *
                         ((15 + samplings[s].down - 1) / samplings[s].down);
            for (int i = 0; i < chroma; i++) cr_assert_eq(m.f.planes[255 + i], 128, "%s: %d", line, i);
            close_film(&m);
        }
}

/* Primaries, by the definition of the matrices. */
Test(y4m, matrices_are_those_of_the_recommendations)
{
    static const struct {
        enum gan_yuv_matrix matrix;
        int full;
        double red, blue;
    } cases[] = { { GAN_BT601, 0, 0.299, 0.114 },
                  { GAN_BT709, 0, 0.2126, 0.0722 },
                  { GAN_BT601, 1, 0.299, 0.114 },
                  { GAN_BT709, 1, 0.2126, 0.0722 } };
    for (size_t k = 0; k < 4; k++)
        for (int rgb = 0; rgb < 8; rgb++) {
            struct film m =
                open_film(cases[k].full ? "YUV4MPEG2 W2 H2 C444 XCOLORRANGE=FULL\n" : "YUV4MPEG2 W2 H2 C444\n");
            double c[3] = { rgb & 1, rgb >> 1 & 1, rgb >> 2 };
            for (int i = 0; i < 12; i++) m.p.rgb16[i] = (uint16_t)(65535 * c[i % 3]);
            gan_y4m_from_photo(&m.v, &m.p, cases[k].matrix, &m.f);
            double y = cases[k].red * c[0] + (1 - cases[k].red - cases[k].blue) * c[1] + cases[k].blue * c[2];
            double cb = (c[2] - y) / (2 - 2 * cases[k].blue), cr = (c[0] - y) / (2 - 2 * cases[k].red);
            double wanted[3] = { cases[k].full ? 255 * y : 16 + 219 * y, 128 + (cases[k].full ? 255 : 224) * cb,
                                 128 + (cases[k].full ? 255 : 224) * cr };
            for (int plane = 0; plane < 3; plane++)
                cr_expect_leq(fabs(m.f.planes[4 * plane] - fmin(wanted[plane], 255)), 0.501, "%zu, %d, plane %d: %d", k,
                              rgb, plane, m.f.planes[4 * plane]);
            close_film(&m);
        }
}

/* One red column among black ones: how much of it each chroma sample on its row sees. */
Test(y4m, chroma_lies_where_the_sampling_says)
{
    static const struct {
        const char *line;
        int column;
        double share[4];
    } cases[] = {
        { "YUV4MPEG2 W8 H2 C420jpeg\n", 2, { 0, 0.5, 0, 0 } },
        { "YUV4MPEG2 W8 H2 C420jpeg\n", 3, { 0, 0.5, 0, 0 } },
        { "YUV4MPEG2 W8 H2 C420mpeg2\n", 2, { 0, 0.5, 0, 0 } },
        { "YUV4MPEG2 W8 H2 C420mpeg2\n", 3, { 0, 0.25, 0.25, 0 } },
        { "YUV4MPEG2 W8 H2 C422\n", 2, { 0, 0.5, 0, 0 } },
        { "YUV4MPEG2 W8 H2 C422\n", 1, { 0.25, 0.25, 0, 0 } },
        { "YUV4MPEG2 W8 H2 C420mpeg2\n", 0, { 0.75, 0, 0, 0 } }, /* the edge is repeated */
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct film m = open_film(cases[k].line);
        for (int i = 0; i < 16; i++) {
            m.p.rgb16[3 * i] = i % 8 == cases[k].column ? 65535 : 0;
            m.p.rgb16[3 * i + 1] = m.p.rgb16[3 * i + 2] = 0;
        }
        gan_y4m_from_photo(&m.v, &m.p, GAN_BT601, &m.f);
        int rows = strstr(cases[k].line, "422") ? 2 : 1;
        for (int i = 0; i < 4; i++)
            cr_expect_leq(fabs(m.f.planes[16 + 4 * rows + i] - (128 + 112 * cases[k].share[i])), 0.51,
                          "%zu: sample %d is %d", k, i, m.f.planes[16 + 4 * rows + i]);
        close_film(&m);
    }
}

Test(y4m, frames_are_read_and_written_with_their_tags)
{
    static const char bytes[] = "FRAME Ip XA=b\nabcdefFRAME\nghijkl", wanted[] = "FRAME Ip XA=b\nabcdefFRAME\nghijkl";
    struct film m = open_film("YUV4MPEG2 W2 H1 C444\n");
    char out[64] = "";
    FILE *in = stream_of(bytes, sizeof bytes - 1), *to = fmemopen(out, sizeof out, "w");
    int frames = 0;
    for (int got; (got = gan_y4m_read_frame(&m.v, &m.f, in)) > 0; frames++)
        cr_assert_eq(gan_y4m_write_frame(&m.v, &m.f, to), 0);
    cr_assert_eq(frames, 2);
    fclose(in);
    fclose(to);
    cr_assert_str_eq(out, wanted);
    close_film(&m);
}

Test(y4m, streams_that_end_early_are_errors)
{
    static const char bytes[] = "FRAME Ip\nabcdefFRAME\nghijkl";
    enum { FIRST = 15, ALL = sizeof bytes - 1 };
    struct film m = open_film("YUV4MPEG2 W2 H1 C444\n");
    for (size_t n = 1; n <= ALL; n++) {
        FILE *in = stream_of(bytes, n);
        int got = 1;
        while (got > 0) got = gan_y4m_read_frame(&m.v, &m.f, in);
        cr_assert_eq(got, n == FIRST || n == ALL ? 0 : -1, "%zu: %d", n, got);
        fclose(in);
    }
    FILE *in = stream_of("FRAMES\nabcdef", 13);
    cr_assert_eq(gan_y4m_read_frame(&m.v, &m.f, in), -1);
    cr_assert(strstr(gan_error_message(), "no frame begins"), "%s", gan_error_message());
    fclose(in);
    close_film(&m);
}
