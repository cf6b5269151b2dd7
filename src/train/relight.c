#include "train/relight.h"

#include <math.h>
#include <string.h>

#include "gan/colour.h"
#include "gan/mem.h"

const double gan_lights[GAN_LIGHTS] = { 0.8, 1.25 };

int gan_relighting_init(gan_relighting *r, const gan_task *task, size_t pixels, size_t batch)
{
    *r = (gan_relighting){ .task = task, .pixels = pixels };
    if (task->input != GAN_INPUT_GRAY || task->layout != GAN_SINGLE) return 0;
    r->x = gan_mem_alloc(batch, pixels * (size_t)task->inputs * sizeof *r->x);
    r->y = gan_mem_alloc(batch, pixels * (size_t)task->outputs * sizeof *r->y);
    for (int i = 0; i < GAN_LIGHTS; i++)
        if (!(r->rgb[i] = gan_mem_alloc(batch, 3 * pixels))) return -1;
    return r->x && r->y ? 0 : -1;
}

void gan_relighting_release(gan_relighting *r)
{
    gan_mem_free(r->x);
    gan_mem_free(r->y);
    for (int i = 0; i < GAN_LIGHTS; i++) gan_mem_free(r->rgb[i]);
    *r = (gan_relighting){ 0 };
}

/* x of every 8-bit gray in that much light. */
static void set_tones(float tone[256], const gan_space *space, double light)
{
    for (int v = 0; v < 256; v++)
        tone[v] = (float)space->tone(gan_srgb_sample(fmin(light * gan_srgb_linear(v / 255.0), 1)));
}

static void set_x(gan_relighting *r, const gan_request *q, const uint8_t *floor, const float tone[256])
{
    size_t inputs = r->pixels * (size_t)r->task->inputs;
    memcpy(r->x, q->x, (size_t)q->n * inputs * sizeof *r->x); /* hints stay */
    for (size_t i = 0; i < (size_t)q->n; i++)
        for (size_t p = 0; p < r->pixels; p++) r->x[i * inputs + p] = tone[floor[3 * (i * r->pixels + p)]];
}

int gan_relighting_run(gan_relighting *r, const gan_request *q, const uint8_t *floor, gan_predict *predict, void *ctx)
{
    gan_request relit = *q;
    size_t inputs = r->pixels * (size_t)r->task->inputs, outputs = r->pixels * (size_t)r->task->outputs;
    relit.x = r->x;
    for (int k = 0; k < GAN_LIGHTS && r->x; k++) {
        float tone[256];
        set_tones(tone, r->task->space, gan_lights[k]);
        set_x(r, q, floor, tone);
        if (predict(ctx, &relit, r->y)) return -1;
        for (size_t i = 0; i < (size_t)q->n; i++)
            gan_task_picture(r->task, r->x + i * inputs, r->y + i * outputs, r->pixels, r->rgb[k] + 3 * i * r->pixels);
    }
    return 0;
}

void gan_relighting_pictures(const gan_relighting *r, size_t i, const uint8_t *relit[GAN_LIGHTS])
{
    for (int k = 0; k < GAN_LIGHTS; k++) relit[k] = r->rgb[k] ? r->rgb[k] + 3 * i * r->pixels : NULL;
}
