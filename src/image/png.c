/* PNG through libpng. Gray, palette, 16-bit and interlaced files become 8-bit RGB, alpha is composed over white as
 * browsers do it (on the sRGB values). Samples are taken as sRGB: gAMA, iCCP and all other extra chunks are skipped.
 */
#include <png.h>
#include <string.h>

#include "gan/error.h"
#include "gan/mem.h"
#include "image/format.h"

enum { WHY_BYTES = 160 };

/* Deflate codes 258 bytes in no less than 2 bits (RFC 1951), so n bytes of file hold at most n times this of samples. */
enum { DEFLATE_MOST = 1032 };

struct codec {
    png_structp png;
    png_infop info;
    const char *name;
    char why[WHY_BYTES]; /* what libpng said last */
};

struct reader {
    struct codec c;
    const gan_encoded *file;
    size_t at;
    gan_image *im;
    uint8_t *rgba; /* owned; NULL: the file has no alpha */
};

static void on_error(png_structp png, png_const_charp text)
{
    struct codec *c = png_get_error_ptr(png);
    snprintf(c->why, sizeof c->why, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text; /* about ancillary chunks only: damage to the picture itself is an error */
}

static png_voidp on_malloc(png_structp png, png_alloc_size_t bytes)
{
    (void)png;
    return gan_mem_alloc(bytes, 1);
}

static void on_free(png_structp png, png_voidp block)
{
    (void)png;
    gan_mem_free(block);
}

static void on_read(png_structp png, png_bytep into, size_t n)
{
    struct reader *r = png_get_io_ptr(png);
    if (n > r->file->n - r->at) png_error(png, "the file ends early");
    memcpy(into, r->file->bytes + r->at, n);
    r->at += n;
}

static int check_header(const struct reader *r)
{
    size_t w = png_get_image_width(r->c.png, r->c.info), h = png_get_image_height(r->c.png, r->c.info);
    if (gan_image_check_size(r->file->name, w, h)) return -1;
    if (png_get_rowbytes(r->c.png, r->c.info) * h / DEFLATE_MOST > r->file->n)
        return gan_error("cannot decode '%s': %zu bytes cannot hold %zux%zu pixels", r->file->name, r->file->n, w, h);
    return 0;
}

/* Asks libpng for 8-bit RGB, or RGBA if there is any alpha. (png_set_background would compose it, but is off by one on
 * 16-bit files.) */
static void set_transforms(png_structp png)
{
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
}

static void compose_over_white(uint8_t *rgb, const uint8_t *rgba, size_t pixels)
{
    for (size_t i = 0; i < pixels; i++, rgb += 3, rgba += 4)
        for (int c = 0; c < 3; c++) rgb[c] = (uint8_t)((rgba[c] * rgba[3] + 255 * (255 - rgba[3]) + 127) / 255);
}

/* Rows without alpha are read in place. With it they pass through one row of their own or, interlaced, through as many
 * as the picture has, since each pass adds to what the earlier ones left. */
static void read_rows(const struct reader *r, int passes)
{
    size_t w = (size_t)r->im->w, stride = passes > 1 ? w * 4 : 0;
    for (int pass = 0; pass < passes; pass++)
        for (size_t y = 0; y < (size_t)r->im->h; y++) {
            uint8_t *rgb = r->im->rgb + y * w * 3, *row = r->rgba ? r->rgba + y * stride : rgb;
            png_read_row(r->c.png, row, NULL);
            if (r->rgba && pass == passes - 1) compose_over_white(rgb, row, w);
        }
}

/* All that may jump out. What it makes is reachable from r, so that the caller can free it. */
static int read_all(struct reader *r)
{
    struct codec *c = &r->c;
    if (setjmp(png_jmpbuf(c->png))) return gan_error("cannot decode '%s': %s", c->name, c->why);
    png_set_read_fn(c->png, r, on_read);
    png_set_user_limits(c->png, GAN_IMAGE_MAX_SIDE, GAN_IMAGE_MAX_SIDE);
    png_set_keep_unknown_chunks(c->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1); /* -1: known extras too, but not tRNS */
    png_read_info(c->png, c->info);
    if (check_header(r)) return -1;
    set_transforms(c->png);
    int passes = png_set_interlace_handling(c->png);
    png_read_update_info(c->png, c->info);
    int w = (int)png_get_image_width(c->png, c->info), h = (int)png_get_image_height(c->png, c->info);
    int channels = png_get_channels(c->png, c->info);
    GAN_ASSERT(channels >= 3 && png_get_rowbytes(c->png, c->info) == (size_t)w * (size_t)channels);
    if (gan_image_init(r->im, w, h)) return -1;
    if (channels == 4 && !(r->rgba = gan_mem_alloc((size_t)w * (passes > 1 ? (size_t)h : 1), 4))) return -1;
    read_rows(r, passes);
    png_read_end(c->png, NULL);
    return 0;
}

static int decode(gan_image *im, const gan_encoded *file)
{
    struct reader r = { .c.name = file->name, .file = file, .im = im };
    r.c.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &r.c, on_error, on_warning, NULL, on_malloc, on_free);
    if (!r.c.png) return gan_error("cannot decode '%s': libpng does not start", file->name);
    r.c.info = png_create_info_struct(r.c.png);
    int failed = r.c.info ? read_all(&r) : gan_error("cannot decode '%s': out of memory", file->name);
    png_destroy_read_struct(&r.c.png, &r.c.info, NULL);
    gan_mem_free(r.rgba);
    if (failed) gan_image_release(im);
    return failed;
}

static int write_all(struct codec *c, const gan_image *im, FILE *out)
{
    if (setjmp(png_jmpbuf(c->png))) return gan_error("cannot write '%s': %s", c->name, c->why);
    png_init_io(c->png, out);
    png_set_IHDR(c->png, c->info, (png_uint_32)im->w, (png_uint_32)im->h, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(c->png, 3); /* faster than 6, and within a few per cent of it on photographs */
    png_set_filter(c->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_PAETH);
    png_write_info(c->png, c->info);
    for (size_t y = 0; y < (size_t)im->h; y++) png_write_row(c->png, im->rgb + y * (size_t)im->w * 3);
    png_write_end(c->png, NULL);
    return 0;
}

static int encode(const gan_image *im, const char *name, FILE *out)
{
    struct codec c = { .name = name };
    c.png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &c, on_error, on_warning, NULL, on_malloc, on_free);
    if (!c.png) return gan_error("cannot write '%s': libpng does not start", name);
    c.info = png_create_info_struct(c.png);
    int failed = c.info ? write_all(&c, im, out) : gan_error("cannot write '%s': out of memory", name);
    png_destroy_write_struct(&c.png, &c.info);
    return failed;
}

const gan_format gan_format_png = {
    .name = "PNG",
    .magic = "\x89PNG\r\n\x1a\n",
    .magic_bytes = 8,
    .endings = { ".png" },
    .decode = decode,
    .encode = encode,
};
