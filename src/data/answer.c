/* Answers of networks in whatever colour space, as the chroma of a photograph. */
#include <string.h>

#include "gan/colour.h"
#include "gan/task.h"

enum { BLOCK = 256, MOST_PLANES = 3 };

static int is_lab(const gan_task *t)
{
    return t->space == gan_space_of(GAN_LAB);
}

int gan_task_colours(const gan_task *t)
{
    return t->input == GAN_INPUT_GRAY && (t->space != gan_space_of(GAN_RGB) || t->restore);
}

void gan_task_see(const gan_task *t, const float *l, size_t n, float *x)
{
    if (t->space->tone == gan_space_of(GAN_LAB)->tone)
        memcpy(x, l, n * sizeof *x);
    else
        for (size_t i = 0; i < n; i++) x[i] = (float)t->space->tone(gan_space_lab_gray((double)l[i]));
}

/* Planes of n pixels, cut to count of them from `at` on. */
static void cut(const float *planes, size_t n, size_t at, size_t count, int number, float *out)
{
    for (size_t c = 0; c < (size_t)number; c++) memcpy(out + c * count, planes + c * n + at, count * sizeof *out);
}

static void paste(const float *part, size_t n, size_t at, size_t count, int number, float *planes)
{
    for (size_t c = 0; c < (size_t)number; c++) memcpy(planes + c * n + at, part + c * count, count * sizeof *part);
}

void gan_task_chroma(const gan_task *t, const float *x, const float *y, size_t n, float *ab)
{
    if (is_lab(t)) {
        memcpy(ab, y, 2 * n * sizeof *ab);
        return;
    }
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t count = n - at < BLOCK ? n - at : BLOCK;
        float planes[MOST_PLANES * BLOCK];
        uint8_t rgb[3 * BLOCK];
        cut(y, n, at, count, t->outputs, planes);
        gan_task_picture(t, x + at, planes, count, rgb);
        gan_lab_normalise(rgb, count, NULL, planes);
        paste(planes, n, at, count, 2, ab);
    }
}

void gan_task_answer(const gan_task *t, const float *l, const float *ab, size_t n, float *y)
{
    if (is_lab(t)) {
        memcpy(y, ab, 2 * n * sizeof *y);
        return;
    }
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t count = n - at < BLOCK ? n - at : BLOCK;
        float planes[MOST_PLANES * BLOCK];
        uint8_t rgb[3 * BLOCK];
        cut(ab, n, at, count, 2, planes);
        gan_lab_restore(l + at, planes, count, rgb);
        t->space->split(rgb, count, NULL, planes);
        paste(planes, n, at, count, t->outputs, y);
    }
}
