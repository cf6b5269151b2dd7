#include <string.h>

#include "gan/colour.h"
#include "gan/evaluate.h"
#include "gan/log.h"
#include "gan/mem.h"

enum { GAP = 2, COLUMNS = 3, WHITE = 255 }; /* GAP: pixels between pictures */

struct sheet {
    gan_image *out;
    int size, rows;
    size_t pixels;      /* of a picture */
    uint8_t *rgb;       /* rows * pixels * 3: the truth */
    float *x, *y, *fake; /* rows * pixels, and twice that */
    size_t *number;     /* per row: of its picture in the data set */
    float *gray;        /* 2 * pixels of no colour */
    uint8_t *restored;  /* pixels * 3 */
    unsigned char *got; /* per row: there is a picture */
};

static int sheet_init(struct sheet *s, gan_image *out, int size, int rows)
{
    size_t n = (size_t)rows;
    *s = (struct sheet){ .out = out, .size = size, .rows = rows, .pixels = (size_t)size * (size_t)size };
    s->rgb = gan_mem_alloc(n, 3 * s->pixels);
    s->x = gan_mem_alloc(n, s->pixels * sizeof *s->x);
    s->y = gan_mem_alloc(n, 2 * s->pixels * sizeof *s->y);
    s->number = gan_mem_alloc(n, sizeof *s->number);
    s->fake = gan_mem_alloc(n, 2 * s->pixels * sizeof *s->fake);
    s->gray = gan_mem_alloc(2 * s->pixels, sizeof *s->gray);
    s->restored = gan_mem_alloc(s->pixels, 3);
    s->got = gan_mem_alloc(n, 1);
    if (!s->rgb || !s->x || !s->y || !s->number || !s->fake || !s->gray || !s->restored || !s->got) return -1;
    if (gan_image_init(out, COLUMNS * size + (COLUMNS - 1) * GAP, rows * size + (rows - 1) * GAP)) return -1;
    memset(out->rgb, WHITE, 3 * (size_t)out->w * (size_t)out->h);
    return 0;
}

static void sheet_release(struct sheet *s)
{
    void *owned[] = { s->rgb, s->x, s->y, s->number, s->fake, s->gray, s->restored, s->got };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) gan_mem_free(owned[i]);
}

/* The picture at the beginning of a row's share of the data set, or the first readable one after it. */
static int load_row(struct sheet *s, const gan_dataset *d, int row)
{
    size_t count = gan_dataset_count(d), rows = (size_t)s->rows;
    size_t i = count * (size_t)row / rows, end = count * ((size_t)row + 1) / rows;
    uint8_t *rgb = s->rgb + (size_t)row * 3 * s->pixels;
    for (; i < end; i++) {
        uint64_t refused = gan_mem_failures();
        s->got[row] = !gan_dataset_centre(d, i, s->size, rgb);
        if (s->got[row]) break;
        if (gan_mem_failures() != refused) return -1;
        gan_log(GAN_LOG_DEBUG, "skipping '%s': %s", gan_dataset_path(d, i), gan_error_message());
    }
    size_t at = (size_t)row * s->pixels;
    s->number[row] = i;
    if (s->got[row]) gan_lab_normalise(rgb, s->pixels, s->x + at, s->y + 2 * at);
    return 0;
}

static void paste(struct sheet *s, int row, int column, const uint8_t *rgb)
{
    size_t bytes = 3 * (size_t)s->size, stride = 3 * (size_t)s->out->w, step = (size_t)s->size + GAP;
    uint8_t *to = s->out->rgb + (size_t)row * step * stride + (size_t)column * step * 3;
    for (int y = 0; y < s->size; y++) memcpy(to + (size_t)y * stride, rgb + (size_t)y * bytes, bytes);
}

static void draw_row(struct sheet *s, int row)
{
    const float *x = s->x + (size_t)row * s->pixels, *fake = s->fake + (size_t)row * 2 * s->pixels;
    gan_lab_restore(x, s->gray, s->pixels, s->restored);
    paste(s, row, 0, s->restored);
    gan_lab_restore(x, fake, s->pixels, s->restored);
    paste(s, row, 1, s->restored);
    paste(s, row, 2, s->rgb + (size_t)row * 3 * s->pixels);
}

static int generate(struct sheet *s, int batch, gan_predict *predict, void *ctx)
{
    for (int row = 0; row < s->rows; row += batch) {
        size_t at = (size_t)row * s->pixels;
        int n = s->rows - row < batch ? s->rows - row : batch;
        gan_task t = { n, s->size, s->x + at, s->y + 2 * at, s->number + row };
        if (predict(ctx, &t, s->fake + 2 * at)) return -1;
    }
    return 0;
}

int gan_sample_sheet(const gan_dataset *d, int size, int count, int batch, gan_predict *predict, void *ctx,
                     gan_image *out)
{
    struct sheet s;
    int result = -1;
    GAN_ASSERT(size > 0 && count > 0 && batch > 0);
    if ((size_t)count > gan_dataset_count(d)) count = (int)gan_dataset_count(d);
    *out = (gan_image){ 0 };
    if (sheet_init(&s, out, size, count)) goto done;
    for (int row = 0; row < count; row++)
        if (load_row(&s, d, row)) goto done;
    if (generate(&s, batch, predict, ctx)) goto done;
    for (int row = 0; row < count; row++)
        if (s.got[row]) draw_row(&s, row);
    result = 0;
done:
    if (result) gan_image_release(out);
    sheet_release(&s);
    return result;
}
