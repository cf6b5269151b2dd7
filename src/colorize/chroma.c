#include "colorize/chroma.h"

#include <string.h>

#include "gan/error.h"
#include "gan/mem.h"
#include "gan/task.h"

/* One picture as the network sees it: luminance, then hints as it knows them. */
static void see(const gan_task *t, const float *l, const float *hints, size_t n, float *x)
{
    size_t outputs = (size_t)t->outputs;
    gan_task_see(t, l, n, x);
    if (!t->hints) return;
    float *shown = x + n, *mask = shown + outputs * n;
    memset(shown, 0, (outputs + 1) * n * sizeof *shown);
    if (!hints) return;
    gan_task_answer(t, l, hints, n, shown);
    memcpy(mask, hints + 2 * n, n * sizeof *mask);
    for (size_t i = 0; i < outputs * n; i++) shown[i] *= mask[i % n];
}

static int run(gan_colorizer *c, const gan_task *t, int n, int h, int w, const float *l, const float *hints, float *ab)
{
    size_t pixels = (size_t)h * (size_t)w, inputs = pixels * (size_t)t->inputs, outputs = pixels * (size_t)t->outputs;
    float *x = gan_mem_alloc((size_t)n * inputs, sizeof *x), *y = gan_mem_alloc((size_t)n * outputs, sizeof *y);
    int failed = !x || !y;
    for (size_t i = 0; !failed && i < (size_t)n; i++)
        see(t, l + i * pixels, hints ? hints + 3 * i * pixels : NULL, pixels, x + i * inputs);
    failed = failed || gan_colorizer_run(c, n, h, w, x, y);
    for (size_t i = 0; !failed && i < (size_t)n; i++)
        gan_task_chroma(t, x + i * inputs, y + i * outputs, pixels, ab + 2 * i * pixels);
    gan_mem_free(x);
    gan_mem_free(y);
    return failed ? -1 : 0;
}

int gan_colorizer_chroma(gan_colorizer *c, int n, int h, int w, const float *l, const float *hints, float *ab)
{
    gan_task t = gan_task_of(gan_colorizer_config(c));
    if (!gan_task_colours(&t)) return gan_error("this network does not colour gray pictures: it makes others of them");
    if (hints && !t.hints) return gan_error("this network takes no hints: it was trained with data.hints = no");
    if (!t.hints && t.space == gan_space_of(GAN_LAB)) return gan_colorizer_run(c, n, h, w, l, ab);
    return run(c, &t, n, h, w, l, hints, ab);
}
