/* Photographs: 16-bit samples, EXIF and ICC profiles through files and back. */
#define _GNU_SOURCE
#include "image/golden.h"

#include <unistd.h>

#include "gan/colour.h"
#include "gan/mem.h"
#include "gan/photo.h"
#include "image/exif.h"

enum { W = 6, H = 4, TIFF = 128, LINK = 8 + 2 + 2 * 12, PROFILE = 200 };

struct encoded {
    char *at; /* free() */
    size_t n;
};

static void put16(uint8_t *at, int little, unsigned v)
{
    at[!little] = (uint8_t)v;
    at[little] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *at, int little, unsigned v)
{
    put16(at + (little ? 0 : 2), little, v & 0xffff);
    put16(at + (little ? 2 : 0), little, v >> 16);
}

/* A directory of a width and an orientation, linked to a second one, which would hold a thumbnail. */
static void make_tiff(uint8_t tiff[TIFF], int little, unsigned orientation)
{
    static const unsigned tags[2] = { 0x0100, 0x0112 };
    memset(tiff, 0xa5, TIFF);
    memcpy(tiff, little ? "II*\0" : "MM\0*", 4);
    put32(tiff + 4, little, 8);
    put16(tiff + 8, little, 2);
    for (int i = 0; i < 2; i++) {
        uint8_t *entry = tiff + 10 + 12 * i;
        put16(entry, little, tags[i]);
        put16(entry + 2, little, 3);
        put32(entry + 4, little, 1);
        put32(entry + 8, little, 0);
        put16(entry + 8, little, i ? orientation : W);
    }
    put32(tiff + LINK, little, 64);
}

static void make_profile(uint8_t *p, size_t n, const char *space)
{
    for (size_t i = 0; i < n; i++) p[i] = (uint8_t)(i * 7);
    memset(p, 0, 128);
    p[1] = (uint8_t)(n >> 16), p[2] = (uint8_t)(n >> 8), p[3] = (uint8_t)n;
    p[8] = 2;
    memcpy(p + 12, "mntr", 4);
    memcpy(p + 16, space, 4);
    memcpy(p + 20, "XYZ ", 4);
    memcpy(p + 36, "acsp", 4);
    static const uint8_t d50[12] = { 0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d };
    memcpy(p + 68, d50, sizeof d50);
    memset(p + 128, 0, 4); /* no tags */
}

static gan_photo make_photo(int bits)
{
    gan_photo p;
    cr_assert_eq(gan_photo_init(&p, W, H, bits), 0);
    for (int i = 0; i < 3 * W * H; i++) {
        if (bits == 8)
            p.rgb[i] = (uint8_t)(i * 3 + 20);
        else
            p.rgb16[i] = (uint16_t)(i * 811 + 1234);
    }
    return p;
}

static void add_tag(gan_tag *t, const uint8_t *bytes, size_t n)
{
    *t = (gan_tag){ gan_mem_alloc(n, 1), n };
    memcpy(t->bytes, bytes, n);
}

static gan_photo make_tagged(int bits, int little, unsigned orientation)
{
    uint8_t tiff[TIFF], profile[PROFILE];
    gan_photo p = make_photo(bits);
    make_tiff(tiff, little, orientation);
    make_profile(profile, PROFILE, "RGB ");
    add_tag(&p.exif, tiff, TIFF);
    add_tag(&p.icc, profile, PROFILE);
    return p;
}

static struct encoded encode(gan_photo *p, const char *format)
{
    struct encoded e = { 0 };
    FILE *f = open_memstream(&e.at, &e.n);
    cr_assert(f);
    p->format = format;
    cr_assert_eq(gan_photo_write(p, "memory", f, 100), 0, "%s", gan_error_message());
    fclose(f);
    return e;
}

static gan_photo decode(struct encoded e)
{
    gan_photo p;
    cr_assert_eq(gan_photo_decode(&p, "memory", e.at, e.n), 0, "%s", gan_error_message());
    return p;
}

static gan_photo through(gan_photo *p, const char *format)
{
    struct encoded e = encode(p, format);
    gan_photo q = decode(e);
    free(e.at);
    return q;
}

Test(photo, sixteen_bits_go_through_png_unchanged)
{
    gan_photo p = make_photo(16), q = through(&p, "PNG");
    cr_assert(q.w == W && q.h == H && !q.rgb);
    cr_assert_arr_eq(q.rgb16, p.rgb16, 3 * W * H * sizeof *q.rgb16);
    gan_photo_release(&p);
    gan_photo_release(&q);
}

Test(photo, jpeg_gets_16_bits_rounded)
{
    gan_photo p = make_photo(16), q = through(&p, "JPEG");
    for (int i = 0; i < 3 * W * H; i++) p.rgb16[i] = 30000; /* flat, so that JPEG loses nothing */
    gan_photo_release(&q);
    q = through(&p, "JPEG");
    cr_assert(q.rgb && !q.rgb16 && !strcmp(q.format, "JPEG"));
    for (int i = 0; i < 3 * W * H; i++) cr_assert_leq(abs(q.rgb[i] - 117), 1); /* 30000 / 257 = 116.7 */
    gan_photo_release(&p);
    gan_photo_release(&q);
}

Test(photo, sixteen_bit_luminance_survives_lab)
{
    enum { N = 4096 };
    static uint16_t rgb[3 * N], back[3 * N];
    static float x[N], y[2 * N];
    for (int i = 0; i < N; i++)
        for (int c = 0; c < 3; c++) rgb[3 * i + c] = (uint16_t)(16 * i + (i * 37 + c * 1201) % 9000 % (65536 - 16 * i));
    gan_lab_normalise16(rgb, N, x, y);
    gan_lab_restore16(x, y, N, back);
    for (int i = 0; i < 3 * N; i++) cr_assert_leq(abs(rgb[i] - back[i]), 2, "%d: %d, not %d", i, back[i], rgb[i]);
}

static const char *const formats[] = { "PNG", "JPEG" };

Test(photo, tags_go_through_files_unchanged)
{
    for (int f = 0; f < 2; f++)
        for (int little = 0; little < 2; little++) {
            gan_photo p = make_tagged(8, little, 1);
            put32(p.exif.bytes + LINK, little, 0);
            gan_photo q = through(&p, formats[f]);
            cr_assert(q.exif.n == TIFF && q.icc.n == PROFILE, "%s: %zu and %zu", formats[f], q.exif.n, q.icc.n);
            cr_assert_arr_eq(q.exif.bytes, p.exif.bytes, TIFF);
            cr_assert_arr_eq(q.icc.bytes, p.icc.bytes, PROFILE);
            gan_photo_release(&p);
            gan_photo_release(&q);
        }
}

/* Where the pixels of an upright picture are in a file of that orientation: EXIF 2.3, table 6. */
Test(photo, orientation_is_applied_and_reset)
{
    for (int f = 0; f < 2; f++)
        for (unsigned o = 1; o <= 8; o++)
            for (int little = 0; little < 2; little++) {
                gan_photo p = make_tagged(f ? 8 : 16, little, o), q = through(&p, formats[f]);
                uint8_t upright[TIFF];
                make_tiff(upright, little, 1);
                put32(upright + LINK, little, 0);
                cr_assert(q.w == (o < 5 ? W : H) && q.h == (o < 5 ? H : W), "%s, %u: %dx%d", formats[f], o, q.w, q.h);
                cr_assert_eq(q.exif.n, TIFF);
                cr_assert_arr_eq(q.exif.bytes, upright, TIFF);
                static const int first[9][2] = { { 0 },    { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 },
                                                 { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 } }; /* the file's first pixel */
                int x = first[o][0] * (q.w - 1), y = first[o][1] * (q.h - 1);
                if (!f) cr_assert_arr_eq(q.rgb16 + 3 * (y * q.w + x), p.rgb16, 3 * sizeof *p.rgb16);
                gan_photo_release(&p);
                gan_photo_release(&q);
            }
}

Test(photo, what_cannot_be_kept_is_left_out)
{
    gan_photo p = make_tagged(8, 1, 1);
    memcpy(p.icc.bytes + 16, "GRAY", 4); /* wrong beside coloured samples */
    gan_photo q = through(&p, "JPEG");
    cr_assert_null(q.icc.bytes);
    gan_photo_release(&q);
    gan_mem_free(p.exif.bytes);
    p.exif = (gan_tag){ gan_mem_alloc(70000, 1), 70000 }; /* more than a segment of JPEG */
    make_tiff(p.exif.bytes, 1, 1);
    q = through(&p, "JPEG");
    cr_assert_null(q.exif.bytes);
    gan_photo_release(&q);
    q = through(&p, "PNG");
    cr_assert_eq(q.exif.n, 70000);
    gan_photo_release(&p);
    gan_photo_release(&q);
}

Test(photo, profiles_of_several_segments_are_joined)
{
    enum { LARGE = 200000 };
    gan_photo p = make_photo(8);
    p.icc = (gan_tag){ gan_mem_alloc(LARGE, 1), LARGE };
    make_profile(p.icc.bytes, LARGE, "RGB ");
    gan_photo q = through(&p, "JPEG");
    cr_assert_eq(q.icc.n, LARGE);
    cr_assert_arr_eq(q.icc.bytes, p.icc.bytes, LARGE);
    struct encoded e = encode(&p, "JPEG");
    char *second = memmem(e.at + 1000, e.n - 1000, "ICC_PROFILE", 11);
    cr_assert(second);
    second[12] = 1; /* the number of the part: now twice the first */
    gan_photo_release(&q);
    q = decode(e);
    cr_assert_null(q.icc.bytes);
    gan_photo_release(&p);
    gan_photo_release(&q);
    free(e.at);
}

Test(photo, damaged_exif_is_no_orientation)
{
    uint8_t tiff[TIFF], copy[TIFF];
    for (int little = 0; little < 2; little++) {
        make_tiff(tiff, little, 6);
        cr_assert_eq(gan_tiff_orientation(tiff, TIFF), 6);
        for (size_t n = 0; n < TIFF; n++) { /* in a block of its own: reads beyond would show */
            uint8_t *exact = malloc(n ? n : 1);
            memcpy(exact, tiff, n);
            cr_assert_eq(gan_tiff_orientation(exact, n), n < LINK ? 1 : 6, "%zu", n);
            gan_tiff_set_upright(exact, n);
            free(exact);
        }
        for (size_t i = 0; i < TIFF; i++)
            for (int bit = 0; bit < 8; bit++) {
                memcpy(copy, tiff, TIFF);
                copy[i] ^= (uint8_t)(1 << bit);
                int o = gan_tiff_orientation(copy, TIFF);
                cr_assert(o >= 1 && o <= 8);
                gan_tiff_set_upright(copy, TIFF);
            }
        put16(tiff + 8 + 2 + 12 + 8, little, 9);
        cr_assert_eq(gan_tiff_orientation(tiff, TIFF), 1);
    }
}

static int decodes(const char *bytes, size_t n)
{
    gan_photo p;
    char *exact = malloc(n ? n : 1);
    memcpy(exact, bytes, n);
    int failed = gan_photo_decode(&p, "file", exact, n);
    cr_assert(failed ? !p.rgb && !p.rgb16 && !p.exif.bytes && !p.icc.bytes : p.rgb || p.rgb16);
    gan_photo_release(&p);
    free(exact);
    return !failed;
}

Test(photo, damage_at_every_length_does_no_harm)
{
    for (int f = 0; f < 2; f++) {
        gan_photo p = make_tagged(f ? 8 : 16, 1, 6);
        struct encoded e = encode(&p, formats[f]);
        for (size_t n = 0; n < e.n; n++) cr_assert_not(decodes(e.at, n), "%zu of %zu bytes are accepted", n, e.n);
        for (size_t i = 0; i < e.n; i++) {
            char byte = e.at[i];
            e.at[i] = (char)(byte ^ (1 << (i % 8)));
            decodes(e.at, e.n);
            e.at[i] = (char)(byte ^ 0xff);
            decodes(e.at, e.n);
            e.at[i] = byte;
        }
        cr_assert(decodes(e.at, e.n));
        free(e.at);
        gan_photo_release(&p);
    }
}

Test(photo, lack_of_memory_anywhere_is_an_error)
{
    for (int f = 0; f < 2; f++) {
        gan_photo p = make_tagged(8, 0, 6), q;
        struct encoded e = encode(&p, formats[f]);
        uint64_t n = 0;
        for (int failed = -1; failed;) {
            gan_mem_fail_at(++n);
            failed = gan_photo_decode(&q, "memory", e.at, e.n);
            gan_mem_fail_at(0);
            cr_assert(!failed || (!q.rgb && *gan_error_message()));
        }
        cr_assert_gt(n, 3);
        gan_photo_release(&q);
        gan_photo_release(&p);
        free(e.at);
    }
}

Test(photo, streams_are_read_to_their_end)
{
    gan_photo p = make_tagged(16, 1, 1), q;
    struct encoded e = encode(&p, "PNG");
    FILE *f = fmemopen(e.at, e.n, "rb");
    cr_assert_eq(gan_photo_read(&q, "standard input", f), 0, "%s", gan_error_message());
    cr_assert_arr_eq(q.rgb16, p.rgb16, 3 * W * H * sizeof *q.rgb16);
    fclose(f);
    gan_photo_release(&q);
    f = fmemopen(e.at, e.n / 2, "rb");
    cr_assert_eq(gan_photo_read(&q, "standard input", f), -1);
    cr_assert(strstr(gan_error_message(), "'standard input'"), "%s", gan_error_message());
    fclose(f);
    gan_photo_release(&p);
    free(e.at);
}
