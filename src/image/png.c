/* PNG through libpng. Gray, palette and interlaced files become RGB of 8 bits (16 where they are wanted), alpha is
 * composed over white as browsers do it (on the sRGB values). Samples are taken as sRGB: gAMA and all other extra chunks
 * are skipped, but for eXIf and iCCP, which photographs keep.
 */
#include <errno.h>
#include <png.h>
#include <string.h>

#include "gan/error.h"
#include "gan/mem.h"
#include "image/exif.h"
#include "image/format.h"
#include "image/tag.h"
#include "image/turn.h"

enum { WHY_BYTES = 160 };

/* Of what libpng allocates at once: rows and chunks. It would ask for whatever an eXIf chunk claims to hold. */
#define MOST_BLOCK (4 * GAN_TAG_MAX)

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
    gan_photo *photo;
    size_t depth;  /* bytes of a sample as we want it */
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
    return bytes <= MOST_BLOCK ? gan_mem_alloc(bytes, 1) : NULL;
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

/* Asks libpng for RGB of r->depth bytes, or RGBA if there is any alpha. (png_set_background would compose it, but is off
 * by one on 16-bit files.) */
static void set_transforms(struct reader *r)
{
    png_structp png = r->c.png;
    r->depth = r->file->whole && png_get_bit_depth(png, r->c.info) == 16 ? 2 : 1;
    png_set_expand(png);
    if (r->depth == 1) png_set_scale_16(png);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (r->depth == 2) png_set_swap(png);
#endif
    png_set_gray_to_rgb(png);
}

static void compose_8(void *row, const void *from, size_t pixels)
{
    uint8_t *rgb = row;
    const uint8_t *rgba = from;
    for (size_t i = 0; i < pixels; i++, rgb += 3, rgba += 4)
        for (int c = 0; c < 3; c++) rgb[c] = (uint8_t)((rgba[c] * rgba[3] + 255 * (255 - rgba[3]) + 127) / 255);
}

static void compose_16(void *row, const void *from, size_t pixels)
{
    uint16_t *rgb = row;
    const uint16_t *rgba = from;
    for (size_t i = 0; i < pixels; i++, rgb += 3, rgba += 4)
        for (int c = 0; c < 3; c++)
            rgb[c] = (uint16_t)(((uint64_t)rgba[c] * rgba[3] + (uint64_t)65535 * (65535u - rgba[3]) + 32767) / 65535);
}

static uint8_t *samples(const gan_photo *p)
{
    return p->rgb ? p->rgb : (uint8_t *)p->rgb16;
}

/* Rows without alpha are read in place. With it they pass through one row of their own or, interlaced, through as many
 * as the picture has, since each pass adds to what the earlier ones left. */
static void read_rows(const struct reader *r, int passes)
{
    size_t w = (size_t)r->photo->w, stride = passes > 1 ? w * 4 * r->depth : 0;
    for (int pass = 0; pass < passes; pass++)
        for (size_t y = 0; y < (size_t)r->photo->h; y++) {
            uint8_t *rgb = samples(r->photo) + y * w * 3 * r->depth, *row = r->rgba ? r->rgba + y * stride : rgb;
            png_read_row(r->c.png, row, NULL);
            if (r->rgba && pass == passes - 1) (r->depth == 2 ? compose_16 : compose_8)(rgb, row, w);
        }
}

/* Which extra chunks reach us. */
static void choose_chunks(const struct reader *r)
{
    static const png_byte tags[] = "eXIf\0iCCP";
    png_structp png = r->c.png;
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1); /* -1: known extras too, but not tRNS */
    if (r->file->whole) png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, tags, 2);
    png_set_chunk_malloc_max(png, GAN_TAG_MAX);
}

static int read_tags(const struct reader *r)
{
    png_structp png = r->c.png;
    png_bytep bytes;
    png_charp name;
    png_uint_32 n;
    int method;
    if (png_get_eXIf_1(png, r->c.info, &n, &bytes) && gan_tag_copy(&r->photo->exif, bytes, n)) return -1;
    if (png_get_iCCP(png, r->c.info, &name, &method, &bytes, &n) && gan_tag_copy(&r->photo->icc, bytes, n)) return -1;
    gan_tag_check_icc(&r->photo->icc);
    return 0;
}

/* All that may jump out. What it makes is reachable from r, so that the caller can free it. */
static int read_all(struct reader *r)
{
    struct codec *c = &r->c;
    if (setjmp(png_jmpbuf(c->png))) return gan_error("cannot decode '%s': %s", c->name, c->why);
    png_set_read_fn(c->png, r, on_read);
    png_set_user_limits(c->png, GAN_IMAGE_MAX_SIDE, GAN_IMAGE_MAX_SIDE);
    choose_chunks(r);
    png_read_info(c->png, c->info);
    if (check_header(r)) return -1;
    set_transforms(r);
    int passes = png_set_interlace_handling(c->png);
    png_read_update_info(c->png, c->info);
    int w = (int)png_get_image_width(c->png, c->info), h = (int)png_get_image_height(c->png, c->info);
    size_t channels = png_get_channels(c->png, c->info);
    GAN_ASSERT(channels >= 3 && png_get_rowbytes(c->png, c->info) == (size_t)w * channels * r->depth);
    if (gan_photo_init(r->photo, w, h, (int)(8 * r->depth))) return -1;
    if (channels == 4 && !(r->rgba = gan_mem_alloc((size_t)w * (passes > 1 ? (size_t)h : 1), 4 * r->depth))) return -1;
    read_rows(r, passes);
    png_read_end(c->png, c->info);
    return r->file->whole ? read_tags(r) : 0;
}

/* The picture the right way up, by its own EXIF, which then says so. */
static int turn_upright(gan_photo *p)
{
    gan_photo upright;
    size_t pixel = p->rgb ? 3 : 6;
    gan_placing to = gan_placing_of(p->w, p->h, gan_tiff_orientation(p->exif.bytes, p->exif.n));
    gan_tiff_set_upright(p->exif.bytes, p->exif.n);
    if (to.column == 1 && to.row == p->w) return 0;
    if (gan_photo_init(&upright, to.w, to.h, p->rgb ? 8 : 16)) return -1;
    const uint8_t *from = samples(p);
    for (ptrdiff_t y = 0; y < p->h; y++)
        for (ptrdiff_t x = 0; x < p->w; x++, from += pixel)
            memcpy(samples(&upright) + (size_t)(to.origin + y * to.row + x * to.column) * pixel, from, pixel);
    upright.exif = p->exif;
    upright.icc = p->icc;
    p->exif = p->icc = (gan_tag){ 0 };
    gan_photo_release(p);
    *p = upright;
    return 0;
}

static int decode(gan_photo *photo, const gan_encoded *file)
{
    struct reader r = { .c.name = file->name, .file = file, .photo = photo };
    r.c.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &r.c, on_error, on_warning, NULL, on_malloc, on_free);
    if (!r.c.png) return gan_error("cannot decode '%s': libpng does not start", file->name);
    r.c.info = png_create_info_struct(r.c.png);
    int failed = r.c.info ? read_all(&r) : gan_error("cannot decode '%s': out of memory", file->name);
    png_destroy_read_struct(&r.c.png, &r.c.info, NULL);
    gan_mem_free(r.rgba);
    if (!failed && photo->exif.bytes) failed = turn_upright(photo);
    if (failed) gan_photo_release(photo);
    return failed;
}

static void write_tags(const struct codec *c, const gan_photo *p)
{
    png_set_benign_errors(c->png, 1); /* a profile that libpng will not have is left out */
    if (p->icc.n)
        png_set_iCCP(c->png, c->info, "ICC profile", PNG_COMPRESSION_TYPE_BASE, p->icc.bytes, (png_uint_32)p->icc.n);
    if (p->exif.n) png_set_eXIf_1(c->png, c->info, (png_uint_32)p->exif.n, p->exif.bytes);
}

/* As libpng's own, but with the reason. */
static void on_write(png_structp png, png_bytep bytes, size_t n)
{
    if (fwrite(bytes, 1, n, png_get_io_ptr(png)) != n) png_error(png, strerror(errno));
}

static void on_flush(png_structp png)
{
    if (fflush(png_get_io_ptr(png))) png_error(png, strerror(errno));
}

static int write_all(struct codec *c, const gan_photo *p, FILE *out)
{
    size_t depth = p->rgb ? 1 : 2;
    if (setjmp(png_jmpbuf(c->png))) return gan_error("cannot write '%s': %s", c->name, c->why);
    png_set_write_fn(c->png, out, on_write, on_flush);
    png_set_IHDR(c->png, c->info, (png_uint_32)p->w, (png_uint_32)p->h, (int)(8 * depth), PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(c->png, 3); /* faster than 6, and within a few per cent of it on photographs */
    png_set_filter(c->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_PAETH);
    write_tags(c, p);
    png_write_info(c->png, c->info);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (depth == 2) png_set_swap(c->png);
#endif
    for (size_t y = 0; y < (size_t)p->h; y++) png_write_row(c->png, samples(p) + y * (size_t)p->w * 3 * depth);
    png_write_end(c->png, NULL);
    return 0;
}

static int encode(const gan_photo *p, const gan_encoding *e)
{
    struct codec c = { .name = e->name };
    c.png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &c, on_error, on_warning, NULL, on_malloc, on_free);
    if (!c.png) return gan_error("cannot write '%s': libpng does not start", e->name);
    c.info = png_create_info_struct(c.png);
    int failed = c.info ? write_all(&c, p, e->out) : gan_error("cannot write '%s': out of memory", e->name);
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
