/* JPEG through libjpeg-turbo, with its accurate defaults (integer DCT, smooth chroma upsampling), which are Pillow's.
 * libjpeg allocates for itself; what it may take for the coefficients of a progressive file is bounded here.
 */
#include <stddef.h>
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <string.h>

#include "gan/error.h"
#include "gan/mem.h"
#include "image/format.h"
#include "image/jpeg_tags.h"
#include "image/turn.h"

enum {
    MAX_MEMORY = 1 << 30, /* bytes of coefficients: 178 million pixels without chroma subsampling */
    MAX_SCANS = 100       /* encoders write about ten; each may cost a pass over the whole picture */
};

struct escape { /* libjpeg's error handler with what ours needs */
    struct jpeg_error_mgr base;
    jmp_buf to;
    const char *name, *verb;
};

struct reader {
    struct jpeg_decompress_struct jpeg;
    struct escape escape;
    struct jpeg_progress_mgr progress;
    const gan_encoded *file;
    uint8_t *row; /* owned: one row as the file has it, 3 bytes a pixel */
    gan_photo *photo;
};

static void on_error(j_common_ptr jpeg)
{
    struct escape *e = (struct escape *)jpeg->err;
    char why[JMSG_LENGTH_MAX];
    e->base.format_message(jpeg, why);
    int limited = jpeg->err->msg_code == JERR_NO_BACKING_STORE; /* libjpeg's word for MAX_MEMORY */
    gan_error("cannot %s '%s': %s", e->verb, e->name, limited ? "it takes too much memory" : why);
    longjmp(e->to, 1);
}

/* Warnings after which nothing of the picture is missing; all others tell of damaged or absent data. */
static int is_harmless(int code)
{
    static const int codes[] = { JWRN_ADOBE_XFORM, JWRN_BOGUS_PROGRESSION, JWRN_EXTRANEOUS_DATA, JWRN_JFIF_MAJOR };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == code) return 1;
    return 0;
}

static void on_message(j_common_ptr jpeg, int level)
{
    if (level < 0 && !is_harmless(jpeg->err->msg_code)) on_error(jpeg);
}

static void on_progress(j_common_ptr jpeg)
{
    struct escape *e = (struct escape *)jpeg->err;
    if (((j_decompress_ptr)jpeg)->input_scan_number <= MAX_SCANS) return;
    gan_error("cannot decode '%s': more than %d scans", e->name, MAX_SCANS);
    longjmp(e->to, 1);
}

static struct jpeg_error_mgr *use(struct escape *e, const char *verb, const char *name)
{
    e->verb = verb;
    e->name = name;
    jpeg_std_error(&e->base);
    e->base.error_exit = on_error;
    e->base.emit_message = on_message;
    return &e->base;
}

static int check_header(const struct reader *r)
{
    const struct jpeg_decompress_struct *j = &r->jpeg;
    const char *name = r->file->name;
    size_t w = j->image_width, h = j->image_height;
    if (gan_image_check_size(name, w, h)) return -1;
    if (j->jpeg_color_space == JCS_CMYK || j->jpeg_color_space == JCS_YCCK)
        return gan_error("cannot decode '%s': it is in CMYK; convert it to RGB first", name);
    if (j->num_components != 1 && j->num_components != 3)
        return gan_error("cannot decode '%s': it has %d components, neither gray nor colour", name, j->num_components);
    /* a Huffman-coded block of 8x8 takes a bit at the least */
    if (!j->arith_code && (w / 8) * (h / 8) / 8 > r->file->n)
        return gan_error("cannot decode '%s': %zu bytes cannot hold %zux%zu pixels", name, r->file->n, w, h);
    return 0;
}

/* The largest of libjpeg's reductions that keeps the short side at twice least_side or more. */
static unsigned reduction(const struct jpeg_decompress_struct *j, int least_side)
{
    size_t side = j->image_width < j->image_height ? j->image_width : j->image_height;
    unsigned by = 8;
    if (least_side <= 0) return 1;
    while (by > 1 && (side + by - 1) / by < 2 * (size_t)least_side) by /= 2;
    return by;
}

static void read_rows(struct reader *r, const gan_placing *p)
{
    struct jpeg_decompress_struct *j = &r->jpeg;
    while (j->output_scanline < j->output_height) {
        uint8_t *to = r->photo->rgb + (p->origin + p->row * (ptrdiff_t)j->output_scanline) * 3;
        JSAMPROW row = p->column == 1 ? to : r->row;
        jpeg_read_scanlines(j, &row, 1);
        if (p->column == 1) continue;
        for (size_t x = 0; x < j->output_width; x++, to += p->column * 3) memcpy(to, r->row + x * 3, 3);
    }
}

static void read_header(struct reader *r)
{
    struct jpeg_decompress_struct *j = &r->jpeg;
    jpeg_create_decompress(j);
    j->mem->max_memory_to_use = MAX_MEMORY;
    j->progress = &r->progress;
    r->progress.progress_monitor = on_progress;
    gan_jpeg_keep_tags(j, r->file->whole);
    jpeg_mem_src(j, r->file->bytes, (unsigned long)r->file->n);
    jpeg_read_header(j, TRUE);
}

/* All that may jump out. What it makes is reachable from r, so that the caller can free it. */
static int read_all(struct reader *r)
{
    struct jpeg_decompress_struct *j = &r->jpeg;
    if (setjmp(r->escape.to)) return -1;
    read_header(r);
    if (check_header(r)) return -1;
    j->out_color_space = JCS_RGB;
    j->scale_num = 1;
    j->scale_denom = reduction(j, r->file->least_side);
    int orientation = gan_jpeg_orientation(j);
    jpeg_start_decompress(j);
    gan_placing p = gan_placing_of((int)j->output_width, (int)j->output_height, orientation);
    r->row = gan_mem_alloc(j->output_width, 3);
    if (!r->row || gan_photo_init(r->photo, p.w, p.h, 8)) return -1;
    if (r->file->whole && gan_jpeg_read_tags(j, r->photo)) return -1;
    read_rows(r, &p);
    jpeg_finish_decompress(j); /* reads on to the end of image marker */
    return 0;
}

static int decode(gan_photo *photo, const gan_encoded *file)
{
    struct reader r = { .file = file, .photo = photo };
    r.jpeg.err = use(&r.escape, "decode", file->name);
    int failed = read_all(&r);
    jpeg_destroy_decompress(&r.jpeg);
    gan_mem_free(r.row);
    if (failed) gan_photo_release(photo);
    return failed;
}

struct writer {
    struct jpeg_compress_struct jpeg;
    struct escape escape;
    uint8_t *row; /* owned: one row of 8 bits, of a photograph of 16 */
};

/* Row y in 8 bits. */
static JSAMPROW row_of(const struct writer *w, const gan_photo *p, size_t y)
{
    size_t n = 3 * (size_t)p->w;
    if (!p->rgb16) return p->rgb + y * n;
    const uint16_t *deep = p->rgb16 + y * n;
    for (size_t i = 0; i < n; i++) w->row[i] = (uint8_t)((deep[i] * 255u + 32767) / 65535);
    return w->row;
}

static void write_header(struct jpeg_compress_struct *j, const gan_photo *p, const gan_encoding *e)
{
    jpeg_create_compress(j);
    jpeg_stdio_dest(j, e->out);
    j->image_width = (JDIMENSION)p->w;
    j->image_height = (JDIMENSION)p->h;
    j->input_components = 3;
    j->in_color_space = JCS_RGB;
    jpeg_set_defaults(j);
    jpeg_set_quality(j, e->quality, TRUE);
    for (int i = 0; i < j->num_components; i++) j->comp_info[i].h_samp_factor = j->comp_info[i].v_samp_factor = 1;
    jpeg_start_compress(j, TRUE);
    gan_jpeg_write_tags(j, p);
}

static int write_all(struct writer *w, const gan_photo *p, const gan_encoding *e)
{
    struct jpeg_compress_struct *j = &w->jpeg;
    if (setjmp(w->escape.to)) return -1;
    write_header(j, p, e);
    while (j->next_scanline < j->image_height) {
        JSAMPROW row = row_of(w, p, j->next_scanline);
        jpeg_write_scanlines(j, &row, 1);
    }
    jpeg_finish_compress(j);
    return 0;
}

static int encode(const gan_photo *p, const gan_encoding *e)
{
    struct writer w = { 0 };
    if (p->rgb16 && !(w.row = gan_mem_alloc((size_t)p->w, 3))) return -1;
    w.jpeg.err = use(&w.escape, "write", e->name);
    int failed = write_all(&w, p, e);
    jpeg_destroy_compress(&w.jpeg);
    gan_mem_free(w.row);
    return failed;
}

const gan_format gan_format_jpeg = {
    .name = "JPEG",
    .magic = "\xff\xd8\xff",
    .magic_bytes = 3,
    .endings = { ".jpg", ".jpeg" },
    .decode = decode,
    .encode = encode,
};
