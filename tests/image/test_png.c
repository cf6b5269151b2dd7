/* PNG of every kind, written by libpng from known samples and compared with what the samples mean. */
#include "image/golden.h"

#include <math.h>
#include <png.h>
#include <zlib.h>

#include "gan/mem.h"
#include "gan/photo.h"

enum { MAX_BYTES = 1 << 16, MAX_SAMPLES = 4 * 40 * 40, PALETTE = 16 };

struct kind {
    const char *name;
    int type, depth, channels, transparent; /* transparent: with a tRNS chunk */
};
static const struct kind kinds[] = {
    { "gray 1", PNG_COLOR_TYPE_GRAY, 1, 1, 0 },
    { "gray 2", PNG_COLOR_TYPE_GRAY, 2, 1, 0 },
    { "gray 4", PNG_COLOR_TYPE_GRAY, 4, 1, 0 },
    { "gray 8", PNG_COLOR_TYPE_GRAY, 8, 1, 0 },
    { "gray 16", PNG_COLOR_TYPE_GRAY, 16, 1, 0 },
    { "gray 1 with a transparent value", PNG_COLOR_TYPE_GRAY, 1, 1, 1 },
    { "gray 4 with a transparent value", PNG_COLOR_TYPE_GRAY, 4, 1, 1 },
    { "gray 8 with a transparent value", PNG_COLOR_TYPE_GRAY, 8, 1, 1 },
    { "gray 16 with a transparent value", PNG_COLOR_TYPE_GRAY, 16, 1, 1 },
    { "gray 8 and alpha", PNG_COLOR_TYPE_GRAY_ALPHA, 8, 2, 0 },
    { "gray 16 and alpha", PNG_COLOR_TYPE_GRAY_ALPHA, 16, 2, 0 },
    { "palette 1", PNG_COLOR_TYPE_PALETTE, 1, 1, 0 },
    { "palette 2", PNG_COLOR_TYPE_PALETTE, 2, 1, 0 },
    { "palette 4", PNG_COLOR_TYPE_PALETTE, 4, 1, 0 },
    { "palette 8", PNG_COLOR_TYPE_PALETTE, 8, 1, 0 },
    { "palette 2 and alpha", PNG_COLOR_TYPE_PALETTE, 2, 1, 1 },
    { "palette 8 and alpha", PNG_COLOR_TYPE_PALETTE, 8, 1, 1 },
    { "RGB 8", PNG_COLOR_TYPE_RGB, 8, 3, 0 },
    { "RGB 16", PNG_COLOR_TYPE_RGB, 16, 3, 0 },
    { "RGB 8 with a transparent colour", PNG_COLOR_TYPE_RGB, 8, 3, 1 },
    { "RGB 16 with a transparent colour", PNG_COLOR_TYPE_RGB, 16, 3, 1 },
    { "RGBA 8", PNG_COLOR_TYPE_RGB_ALPHA, 8, 4, 0 },
    { "RGBA 16", PNG_COLOR_TYPE_RGB_ALPHA, 16, 4, 0 },
};
enum { NKINDS = sizeof kinds / sizeof *kinds };

struct sample_file {
    const struct kind *kind;
    int w, h, interlace;
    uint16_t samples[MAX_SAMPLES]; /* pixel by pixel; the first pixel has the transparent value */
    png_color palette[PALETTE];
    png_byte palette_alpha[PALETTE];
    struct bytes out;
};

static void on_write(png_structp png, png_bytep bytes, size_t n)
{
    struct bytes *out = png_get_io_ptr(png);
    cr_assert_leq(out->n + n, MAX_BYTES);
    memcpy(out->at + out->n, bytes, n);
    out->n += n;
}

static void on_flush(png_structp png)
{
    (void)png;
}

static int palette_size(const struct kind *k)
{
    return k->depth < 4 ? 1 << k->depth : PALETTE;
}

static void fill(struct sample_file *f)
{
    gan_rng r = gan_rng_at(7, GAN_STREAM_TEST, (uint64_t)(f->kind - kinds));
    uint64_t values =
        f->kind->type == PNG_COLOR_TYPE_PALETTE ? (uint64_t)palette_size(f->kind) : (uint64_t)1 << f->kind->depth;
    for (int i = 0; i < f->w * f->h * f->kind->channels; i++)
        f->samples[i] = (uint16_t)gan_rng_below(r, (uint64_t)i, values);
    for (int i = 0; i < PALETTE; i++) {
        uint64_t bits = gan_rng_bits(r, 100000 + (uint64_t)i);
        f->palette[i] = (png_color){ (png_byte)bits, (png_byte)(bits >> 8), (png_byte)(bits >> 16) };
        f->palette_alpha[i] = (png_byte)(bits >> 24);
    }
}

static void set_header(png_structp png, png_infop info, struct sample_file *f)
{
    const struct kind *k = f->kind;
    const uint16_t *s = f->samples;
    png_color_16 key = { .gray = s[0], .red = s[0], .green = s[1], .blue = s[2] };
    png_set_IHDR(png, info, (png_uint_32)f->w, (png_uint_32)f->h, k->depth, k->type,
                 f->interlace ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (k->type == PNG_COLOR_TYPE_PALETTE) png_set_PLTE(png, info, f->palette, palette_size(k));
    if (k->transparent) png_set_tRNS(png, info, f->palette_alpha, palette_size(k), &key);
    png_set_gAMA(png, info, 0.3); /* to be ignored */
}

static void write_file(struct sample_file *f)
{
    const struct kind *k = f->kind;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &f->out, on_write, on_flush);
    set_header(png, info, f);
    png_write_info(png, info);
    png_set_packing(png);
    int passes = png_set_interlace_handling(png), row_samples = f->w * k->channels;
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < f->h; y++) {
            png_byte row[2 * MAX_SAMPLES];
            const uint16_t *from = f->samples + y * row_samples;
            for (int i = 0; i < row_samples; i++) {
                if (k->depth == 16) {
                    row[2 * i] = (png_byte)(from[i] >> 8);
                    row[2 * i + 1] = (png_byte)from[i];
                } else {
                    row[i] = (png_byte)from[i];
                }
            }
            png_write_row(png, row);
        }
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
}

/* A pixel's meaning, 0..1: red, green, blue, alpha. */
static void meaning(const struct sample_file *f, int pixel, double rgba[4])
{
    const struct kind *k = f->kind;
    const uint16_t *s = f->samples + pixel * k->channels;
    double most = (1 << k->depth) - 1;
    int colours = k->channels < 3 ? 1 : 3, same = !memcmp(s, f->samples, (size_t)colours * sizeof *s);
    if (k->type == PNG_COLOR_TYPE_PALETTE) {
        const png_color *c = &f->palette[*s];
        rgba[0] = c->red / 255.0, rgba[1] = c->green / 255.0, rgba[2] = c->blue / 255.0;
        rgba[3] = k->transparent ? f->palette_alpha[*s] / 255.0 : 1;
        return;
    }
    for (int c = 0; c < 3; c++) rgba[c] = s[colours == 3 ? c : 0] / most;
    rgba[3] = k->channels > colours ? s[colours] / most : k->transparent && same ? 0 : 1;
}

/* To nearest; 16-bit colour and alpha are each rounded to 8 bits before they are composed. */
static void assert_meaning(const struct sample_file *f, const gan_image *im)
{
    cr_assert(im->w == f->w && im->h == f->h);
    int rounds_thrice = f->kind->depth == 16 && (f->kind->type & PNG_COLOR_MASK_ALPHA);
    double most = rounds_thrice ? 1.5 : 0.5 + 1e-9;
    for (int i = 0; i < f->w * f->h; i++) {
        double rgba[4];
        meaning(f, i, rgba);
        for (int c = 0; c < 3; c++) {
            double wanted = 255 * (rgba[c] * rgba[3] + 1 - rgba[3]);
            cr_assert_leq(fabs(im->rgb[3 * i + c] - wanted), most, "%s%s, %dx%d, pixel %d channel %d: %d, not %f",
                          f->kind->name, f->interlace ? " interlaced" : "", f->w, f->h, i, c, im->rgb[3 * i + c],
                          wanted);
        }
    }
}

static struct sample_file *make_file(const struct kind *k, int w, int h, int interlace)
{
    struct sample_file *f = calloc(1, sizeof *f);
    cr_assert(f);
    *f = (struct sample_file){ .kind = k, .w = w, .h = h, .interlace = interlace, .out.at = malloc(MAX_BYTES) };
    cr_assert(f->out.at);
    fill(f);
    write_file(f);
    return f;
}

static void free_file(struct sample_file *f)
{
    free(f->out.at);
    free(f);
}

Test(png, every_kind_means_what_its_samples_say)
{
    static const int sizes[][2] = { { 1, 1 }, { 3, 2 }, { 5, 8 }, { 13, 11 }, { 37, 29 } };
    for (int k = 0; k < NKINDS; k++)
        for (int s = 0; s < 5; s++)
            for (int interlace = 0; interlace < 2; interlace++) {
                struct sample_file *f = make_file(&kinds[k], sizes[s][0], sizes[s][1], interlace);
                gan_image im;
                cr_assert_eq(decode_exactly(&im, f->out.at, f->out.n), 0, "%s: %s", kinds[k].name, gan_error_message());
                assert_meaning(f, &im);
                gan_image_release(&im);
                free_file(f);
            }
}

/* 16 bits stay 16 in a photograph; all else becomes 8, as in a picture. */
static void assert_deep_meaning(const struct sample_file *f, const gan_photo *p)
{
    for (int i = 0; i < f->w * f->h; i++) {
        double rgba[4];
        meaning(f, i, rgba);
        for (int c = 0; c < 3; c++) {
            double wanted = 65535 * (rgba[c] * rgba[3] + 1 - rgba[3]);
            cr_assert_leq(fabs(p->rgb16[3 * i + c] - wanted), 0.5 + 1e-9, "%s: pixel %d channel %d: %d, not %f",
                          f->kind->name, i, c, p->rgb16[3 * i + c], wanted);
        }
    }
}

Test(png, photographs_keep_16_bits)
{
    for (int k = 0; k < NKINDS; k++)
        for (int interlace = 0; interlace < 2; interlace++) {
            struct sample_file *f = make_file(&kinds[k], 13, 11, interlace);
            gan_photo p;
            cr_assert_eq(gan_photo_decode(&p, "file", f->out.at, f->out.n), 0, "%s", gan_error_message());
            cr_assert(p.w == 13 && p.h == 11 && !strcmp(p.format, "PNG"));
            if (kinds[k].depth == 16) {
                cr_assert_null(p.rgb);
                assert_deep_meaning(f, &p);
            } else {
                cr_assert_null(p.rgb16);
                assert_meaning(f, &(gan_image){ p.w, p.h, p.rgb });
            }
            gan_photo_release(&p);
            free_file(f);
        }
}

Test(png, early_end_is_an_error_wherever_it_is)
{
    for (int k = 0; k < NKINDS; k++) {
        struct sample_file *f = make_file(&kinds[k], 9, 7, k % 2);
        assert_no_beginning_decodes(f->out);
        free_file(f);
    }
}

Test(png, damaged_files_do_no_harm)
{
    for (int k = 0; k < NKINDS; k++) {
        struct sample_file *f = make_file(&kinds[k], 9, 7, k % 2);
        decode_damaged(f->out, 100);
        free_file(f);
    }
}

static void set_size(struct bytes file, uint32_t w, uint32_t h)
{
    uint32_t numbers[] = { w, h };
    for (int i = 0; i < 8; i++) file.at[16 + i] = (uint8_t)(numbers[i / 4] >> (24 - 8 * (i % 4)));
    uint32_t crc = (uint32_t)crc32(0, file.at + 12, 17);
    for (int i = 0; i < 4; i++) file.at[29 + i] = (uint8_t)(crc >> (24 - 8 * i));
}

Test(png, sizes_are_refused_before_memory_is_asked_for)
{
    static const struct {
        uint32_t w, h;
        const char *words;
    } cases[] = {
        { 65500, 65500, "at most" },
        { 65501, 1, "width" },
        { 1, 65501, "height" },
        { 0, 5, "width" },
        { 0x7fffffff, 0x7fffffff, "width" },
        { 20000, 10001, "at most" },
        { 14000, 14000, "cannot hold" },
    };
    struct sample_file *f = make_file(&kinds[NKINDS - 1], 9, 7, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gan_image im;
        set_size(f->out, cases[i].w, cases[i].h);
        int failed = decode_exactly(&im, f->out.at, f->out.n);
        cr_assert_eq(failed, -1, "%u x %u", cases[i].w, cases[i].h);
        cr_assert_null(im.rgb);
        if (i == 0 || i > 4) assert_fails(failed, &im, cases[i].words);
    }
    free_file(f);
}

Test(png, lack_of_memory_leaves_nothing_behind)
{
    struct sample_file *f = make_file(&kinds[NKINDS - 1], 13, 11, 1);
    gan_image im = { 0 };
    uint64_t n = 0;
    int failed = -1;
    while (failed && n < 100) {
        gan_mem_fail_at(++n);
        failed = gan_image_decode(&im, "file", f->out.at, f->out.n, 0);
        gan_mem_fail_at(0);
        cr_assert_eq(!failed, im.rgb != NULL);
    }
    cr_assert_eq(failed, 0);
    cr_assert_gt(n, 3, "libpng's own allocations are not counted");
    assert_meaning(f, &im);
    gan_image_release(&im);
    free_file(f);
}
