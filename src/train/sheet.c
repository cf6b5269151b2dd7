#include <string.h>

#include "gan/evaluate.h"
#include "gan/log.h"
#include "gan/mem.h"

enum { GAP = 2, COLUMNS = 3, WHITE = 255 }; /* GAP: pixels between pictures */

struct sheet {
    gan_image *out;
    gan_task task;
    int size, rows, hints;
    size_t pixels;           /* of a picture */
    size_t inputs, outputs;  /* floats of a picture's x and y */
    uint8_t *target, *floor; /* rows * pixels * 3 */
    float *x, *y, *fake;
    size_t *number;     /* per row: of its picture in the data set */
    uint8_t *answer;    /* pixels * 3 */
    unsigned char *got; /* per row: there is a picture */
};

static int sheet_init(struct sheet *s, gan_image *out, const gan_evaluate_opt *o, int rows)
{
    size_t n = (size_t)rows, pixels = (size_t)o->size * (size_t)o->size;
    *s = (struct sheet){ .out = out, .size = o->size, .rows = rows, .hints = o->hints, .pixels = pixels };
    s->task = o->task ? *o->task : gan_task_default();
    s->inputs = pixels * (size_t)s->task.inputs;
    s->outputs = pixels * (size_t)s->task.outputs;
    s->target = gan_mem_alloc(n, 3 * pixels);
    s->floor = gan_mem_alloc(n, 3 * pixels);
    s->x = gan_mem_alloc(n, s->inputs * sizeof *s->x);
    s->y = gan_mem_alloc(n, s->outputs * sizeof *s->y);
    s->number = gan_mem_alloc(n, sizeof *s->number);
    s->fake = gan_mem_alloc(n, s->outputs * sizeof *s->fake);
    s->answer = gan_mem_alloc(pixels, 3);
    s->got = gan_mem_alloc(n, 1);
    if (!s->target || !s->floor || !s->x || !s->y || !s->number || !s->fake || !s->answer || !s->got) return -1;
    if (gan_image_init(out, COLUMNS * o->size + (COLUMNS - 1) * GAP, rows * o->size + (rows - 1) * GAP)) return -1;
    memset(out->rgb, WHITE, 3 * (size_t)out->w * (size_t)out->h);
    return 0;
}

static void sheet_release(struct sheet *s)
{
    void *owned[] = { s->target, s->floor, s->x, s->y, s->number, s->fake, s->answer, s->got };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) gan_mem_free(owned[i]);
}

/* The picture at the beginning of a row's share of the data set, or the first readable one after it. */
static int load_row(struct sheet *s, const gan_dataset *d, int row)
{
    size_t count = gan_dataset_count(d), rows = (size_t)s->rows, at = (size_t)row * 3 * s->pixels;
    size_t i = count * (size_t)row / rows, end = count * ((size_t)row + 1) / rows;
    gan_view_out out = { s->x + (size_t)row * s->inputs, s->y + (size_t)row * s->outputs, s->target + at,
                         s->floor + at };
    for (; i < end; i++) {
        s->number[row] = i;
        uint64_t refused = gan_mem_failures();
        s->got[row] = !gan_dataset_view(d, i, &s->task, s->size, s->hints, &out);
        if (s->got[row]) break;
        if (gan_mem_failures() != refused) return -1;
        gan_log(GAN_LOG_DEBUG, "skipping '%s': %s", gan_dataset_path(d, i), gan_error_message());
    }
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
    const float *x = s->x + (size_t)row * s->inputs, *fake = s->fake + (size_t)row * s->outputs;
    size_t at = (size_t)row * 3 * s->pixels;
    gan_task_picture(&s->task, x, fake, s->pixels, s->answer);
    paste(s, row, 0, s->floor + at);
    paste(s, row, 1, s->answer);
    paste(s, row, 2, s->target + at);
}

static int generate(struct sheet *s, int batch, gan_predict *predict, void *ctx)
{
    for (int row = 0; row < s->rows; row += batch) {
        int n = s->rows - row < batch ? s->rows - row : batch;
        size_t in = (size_t)row * s->inputs, out = (size_t)row * s->outputs;
        gan_request q = { n, s->size, s->x + in, s->y + out, s->number + row };
        if (predict(ctx, &q, s->fake + out)) return -1;
    }
    return 0;
}

int gan_sample_sheet(const gan_dataset *d, const gan_evaluate_opt *o, int count, gan_predict *predict, void *ctx,
                     gan_image *out)
{
    struct sheet s;
    int result = -1;
    GAN_ASSERT(o->size > 0 && count > 0 && o->batch > 0);
    if ((size_t)count > gan_dataset_count(d)) count = (int)gan_dataset_count(d);
    *out = (gan_image){ 0 };
    if (sheet_init(&s, out, o, count)) goto done;
    for (int row = 0; row < count; row++)
        if (load_row(&s, d, row)) goto done;
    if (generate(&s, o->batch, predict, ctx)) goto done;
    for (int row = 0; row < count; row++)
        if (s.got[row]) draw_row(&s, row);
    result = 0;
done:
    if (result) gan_image_release(out);
    sheet_release(&s);
    return result;
}
