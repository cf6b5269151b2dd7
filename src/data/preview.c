/* A sheet of training samples as the networks get them. */
#include <string.h>

#include "gan/data.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { GAP = 2, WHITE = 255 };

struct sheet {
    const gan_task *task;
    const gan_batch *batch;
    gan_image *out;
    uint8_t *cell; /* one picture */
    size_t pixels;
};

static void paste(struct sheet *s, int row, int column)
{
    size_t side = (size_t)s->batch->size, stride = 3 * (size_t)s->out->w, step = side + GAP;
    uint8_t *to = s->out->rgb + (size_t)row * step * stride + (size_t)column * step * 3;
    for (size_t y = 0; y < side; y++) memcpy(to + y * stride, s->cell + y * 3 * side, 3 * side);
}

/* The planes of x that are no hints: 1 or 3 of -1..1. */
static void show_source(struct sheet *s, const float *x)
{
    size_t planes = s->task->input == GAN_INPUT_RGB ? 3 : 1;
    if (s->task->input == GAN_INPUT_GRAY) {
        gan_task_floor(s->task, NULL, x, s->pixels, s->cell);
        return;
    }
    for (size_t i = 0; i < s->pixels; i++)
        for (size_t c = 0; c < 3; c++)
            s->cell[3 * i + c] = (uint8_t)((x[(c % planes) * s->pixels + i] + 1) * 127.5f + 0.5f);
}

/* Hints where the mask is set, gray elsewhere. */
static void show_hints(struct sheet *s, const float *x)
{
    size_t outputs = (size_t)s->task->outputs, shown = (size_t)s->task->inputs - outputs - 1;
    gan_task_picture(s->task, x, x + shown * s->pixels, s->pixels, s->cell);
}

static void draw_row(struct sheet *s, int row)
{
    const gan_task *t = s->task;
    const float *x = s->batch->x + (size_t)row * (size_t)t->inputs * s->pixels;
    const float *y = s->batch->y + (size_t)row * (size_t)t->outputs * s->pixels;
    int column = 0;
    show_source(s, x);
    paste(s, row, column++);
    if (t->hints) {
        show_hints(s, x);
        paste(s, row, column++);
    }
    gan_task_picture(t, x, y, s->pixels, s->cell);
    paste(s, row, column);
}

int gan_batch_preview(const gan_task *t, const gan_batch *b, gan_image *out)
{
    struct sheet s = { .task = t, .batch = b, .out = out, .pixels = (size_t)b->size * (size_t)b->size };
    int columns = 2 + t->hints;
    *out = (gan_image){ 0 };
    s.cell = gan_mem_alloc(s.pixels, 3);
    if (!s.cell || gan_image_init(out, columns * b->size + (columns - 1) * GAP, b->n * b->size + (b->n - 1) * GAP)) {
        gan_mem_free(s.cell);
        return -1;
    }
    memset(out->rgb, WHITE, 3 * (size_t)out->w * (size_t)out->h);
    for (int row = 0; row < b->n; row++) draw_row(&s, row);
    gan_mem_free(s.cell);
    return 0;
}
