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
#include "image/exif.h"
#include "image/format.h"

enum {
    MAX_MEMORY = 1 << 30, /* bytes of coefficients: 178 million pixels without chroma subsampling */
    MAX_SCANS = 100,      /* encoders write about ten; each may cost a pass over the whole picture */
    QUALITY = 95
};

struct escape { /* libjpeg's error handler with what ours needs */
    struct jpeg_error_mgr base;
    jmp_buf to;
    const char *name, *verb;
};

/* A file's rows and columns as steps in the upright picture, in pixels. */
struct placing {
    ptrdiff_t origin, column, row;
};

struct reader {
    struct jpeg_decompress_struct jpeg;
    struct escape escape;
    struct jpeg_progress_mgr progress;
    const gan_encoded *file;
    uint8_t *row; /* owned: one row as the file has it, 3 bytes a pixel */
    gan_image *im;
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

static int orientation(const struct jpeg_decompress_struct *j)
{
    for (const struct jpeg_marker_struct *m = j->marker_list; m; m = m->next) {
        int value = gan_exif_orientation(m->data, m->data_length);
        if (value > 1) return value;
    }
    return 1;
}

/* Makes the upright picture of a file of w * h pixels, and says where the file's pixels go in it. */
static int place(gan_image *im, int w, int h, int oriented, struct placing *p)
{
    static const struct {
        int transpose, mirror_x, mirror_y; /* in this order */
    } turns[9] = { [2] = { 0, 1, 0 }, [3] = { 0, 1, 1 }, [4] = { 0, 0, 1 }, [5] = { 1, 0, 0 },
                   [6] = { 1, 1, 0 }, [7] = { 1, 1, 1 }, [8] = { 1, 0, 1 } };
    int transpose = turns[oriented].transpose;
    if (gan_image_init(im, transpose ? h : w, transpose ? w : h)) return -1;
    ptrdiff_t x = 1, y = im->w;
    p->origin = 0;
    if (turns[oriented].mirror_x) {
        p->origin += im->w - 1;
        x = -x;
    }
    if (turns[oriented].mirror_y) {
        p->origin += (ptrdiff_t)(im->h - 1) * im->w;
        y = -y;
    }
    p->column = transpose ? y : x;
    p->row = transpose ? x : y;
    return 0;
}

static void read_rows(struct reader *r, const struct placing *p)
{
    struct jpeg_decompress_struct *j = &r->jpeg;
    while (j->output_scanline < j->output_height) {
        uint8_t *to = r->im->rgb + (p->origin + p->row * (ptrdiff_t)j->output_scanline) * 3;
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
    jpeg_save_markers(j, JPEG_APP0 + 1, 0xffff); /* EXIF */
    jpeg_mem_src(j, r->file->bytes, (unsigned long)r->file->n);
    jpeg_read_header(j, TRUE);
}

/* All that may jump out. What it makes is reachable from r, so that the caller can free it. */
static int read_all(struct reader *r)
{
    struct jpeg_decompress_struct *j = &r->jpeg;
    struct placing p;
    if (setjmp(r->escape.to)) return -1;
    read_header(r);
    if (check_header(r)) return -1;
    j->out_color_space = JCS_RGB;
    j->scale_num = 1;
    j->scale_denom = reduction(j, r->file->least_side);
    int oriented = orientation(j);
    jpeg_start_decompress(j);
    r->row = gan_mem_alloc(j->output_width, 3);
    if (!r->row || place(r->im, (int)j->output_width, (int)j->output_height, oriented, &p)) return -1;
    read_rows(r, &p);
    jpeg_finish_decompress(j); /* reads on to the end of image marker */
    return 0;
}

static int decode(gan_image *im, const gan_encoded *file)
{
    struct reader r = { .file = file, .im = im };
    r.jpeg.err = use(&r.escape, "decode", file->name);
    int failed = read_all(&r);
    jpeg_destroy_decompress(&r.jpeg);
    gan_mem_free(r.row);
    if (failed) gan_image_release(im);
    return failed;
}

struct writer {
    struct jpeg_compress_struct jpeg;
    struct escape escape;
};

static int write_all(struct writer *w, const gan_image *im, FILE *out)
{
    struct jpeg_compress_struct *j = &w->jpeg;
    if (setjmp(w->escape.to)) return -1;
    jpeg_create_compress(j);
    jpeg_stdio_dest(j, out);
    j->image_width = (JDIMENSION)im->w;
    j->image_height = (JDIMENSION)im->h;
    j->input_components = 3;
    j->in_color_space = JCS_RGB;
    jpeg_set_defaults(j);
    jpeg_set_quality(j, QUALITY, TRUE);
    for (int i = 0; i < j->num_components; i++) j->comp_info[i].h_samp_factor = j->comp_info[i].v_samp_factor = 1;
    jpeg_start_compress(j, TRUE);
    while (j->next_scanline < j->image_height) {
        JSAMPROW row = im->rgb + (size_t)j->next_scanline * (size_t)im->w * 3;
        jpeg_write_scanlines(j, &row, 1);
    }
    jpeg_finish_compress(j);
    return 0;
}

static int encode(const gan_image *im, const char *name, FILE *out)
{
    struct writer w = { 0 };
    w.jpeg.err = use(&w.escape, "write", name);
    int failed = write_all(&w, im, out);
    jpeg_destroy_compress(&w.jpeg);
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
