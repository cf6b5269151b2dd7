#include "gan/task.h"

#include <string.h>

#include "data/lines.h"
#include "gan/colour.h"

gan_task gan_task_of(const gan_config *c)
{
    return (gan_task){ .layout = (enum gan_layout)c->data.layout,
                       .direction = (enum gan_direction)c->data.direction,
                       .input = (enum gan_input)c->data.input,
                       .space = gan_space_of((enum gan_colour_space)c->data.colour_space),
                       .restore = c->data.restore_luminance,
                       .inputs = gan_config_inputs(c),
                       .outputs = gan_config_outputs(c),
                       .hints = c->data.hints };
}

gan_task gan_task_default(void)
{
    gan_config c;
    gan_config_defaults(&c);
    return gan_task_of(&c);
}

static void show_gray(const gan_task *t, const gan_sight *s, int w, int h, float *scratch, float *x)
{
    size_t n = (size_t)w * (size_t)h;
    (void)scratch;
    if (!s->deep)
        t->space->split(s->source, n, x, NULL);
    else
        for (size_t i = 0; i < n; i++) x[i] = (float)t->space->tone(s->deep[i] / 65535.0);
}

static void show_lines(const gan_task *t, const gan_sight *s, int w, int h, float *scratch, float *x)
{
    (void)t;
    gan_lines_draw(s->source, w, h, scratch, x);
}

static void show_rgb(const gan_task *t, const gan_sight *s, int w, int h, float *scratch, float *x)
{
    (void)t, (void)scratch;
    gan_space_of(GAN_RGB)->split(s->source, (size_t)w * (size_t)h, NULL, x);
}

/* Gray of a luminance as the spaces' x has it: the picture that x alone makes. */
static void gray_picture(const gan_task *t, const gan_sight *s, const float *x, size_t n, uint8_t *rgb)
{
    enum { BLOCK = 256 };
    static const float none[3 * BLOCK];
    const gan_space *space = t->space == gan_space_of(GAN_RGB) ? gan_space_of(GAN_LAB) : t->space;
    (void)s;
    for (size_t at = 0; at < n; at += BLOCK) space->join(x + at, none, n - at < BLOCK ? n - at : BLOCK, rgb + 3 * at);
}

static void lines_picture(const gan_task *t, const gan_sight *s, const float *x, size_t n, uint8_t *rgb)
{
    (void)t, (void)s;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++) rgb[3 * i + c] = (uint8_t)((x[i] + 1) * 127.5f + 0.5f);
}

static void source_picture(const gan_task *t, const gan_sight *s, const float *x, size_t n, uint8_t *rgb)
{
    (void)t, (void)x;
    memcpy(rgb, s->source, 3 * n);
}

static const struct {
    void (*show)(const gan_task *t, const gan_sight *s, int w, int h, float *scratch, float *x);
    void (*floor)(const gan_task *t, const gan_sight *s, const float *x, size_t n, uint8_t *rgb);
    size_t scratch; /* floats a pixel */
} inputs[] = { [GAN_INPUT_GRAY] = { show_gray, gray_picture, 0 },
               [GAN_INPUT_LINES] = { show_lines, lines_picture, GAN_LINES_SCRATCH },
               [GAN_INPUT_RGB] = { show_rgb, source_picture, 0 } };

size_t gan_task_scratch(const gan_task *t, int w, int h)
{
    return inputs[t->input].scratch * (size_t)w * (size_t)h;
}

void gan_task_show(const gan_task *t, const gan_sight *s, int w, int h, float *scratch, float *x, float *y)
{
    size_t n = (size_t)w * (size_t)h;
    if (t->input == GAN_INPUT_GRAY && s->source == s->target && !s->deep) { /* once through the colours for both */
        t->space->split(s->target, n, x, y);
        return;
    }
    if (y) t->space->split(s->target, n, NULL, y);
    inputs[t->input].show(t, s, w, h, scratch, x);
}

void gan_task_picture(const gan_task *t, const float *x, const float *y, size_t n, uint8_t *rgb)
{
    t->space->join(x, y, n, rgb);
    if (t->restore) gan_space_relight(x, n, rgb);
}

void gan_task_floor(const gan_task *t, const gan_sight *s, const float *x, size_t n, uint8_t *rgb)
{
    inputs[t->input].floor(t, s, x, n, rgb);
}
