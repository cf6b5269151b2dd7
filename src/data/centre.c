/* Pictures as evaluation sees them. */
#include <string.h>

#include "data/dataset.h"
#include "gan/mem.h"

enum { HINT_SEED = 1 }; /* of evaluation: every model gets the same hints */

static void crop(const void *src, int w, int h, size_t pixel_bytes, int size, void *dst)
{
    size_t left = (size_t)(w - size) / 2, top = (size_t)(h - size) / 2, row = pixel_bytes * (size_t)size;
    for (size_t y = 0; y < (size_t)size; y++)
        memcpy((uint8_t *)dst + y * row, (const uint8_t *)src + pixel_bytes * ((top + y) * (size_t)w + left), row);
}

int gan_dataset_centre(const gan_dataset *d, size_t i, int size, uint8_t *rgb)
{
    gan_image im;
    if (gan_dataset_load_short(d, i, 0, size, &im)) return -1;
    crop(im.rgb, im.w, im.h, 3, size, rgb);
    gan_image_release(&im);
    return 0;
}

/* What is cropped of a source of its own; owned. */
struct crops {
    uint8_t *source;
    uint16_t *deep;
};

static int crop_source(const struct gan_picture *p, int size, struct crops *c)
{
    size_t pixels = (size_t)size * (size_t)size;
    *c = (struct crops){ 0 };
    if (p->source.rgb) {
        if (!(c->source = gan_mem_alloc(pixels, 3))) return -1;
        crop(p->source.rgb, p->target.w, p->target.h, 3, size, c->source);
    }
    if (p->deep) {
        if (!(c->deep = gan_mem_alloc(pixels, sizeof *c->deep))) return -1;
        crop(p->deep, p->target.w, p->target.h, sizeof *c->deep, size, c->deep);
    }
    return 0;
}

static int show(const gan_task *t, const gan_sight *s, size_t i, int size, int hints, const gan_view_out *out)
{
    size_t pixels = (size_t)size * (size_t)size, outputs = (size_t)t->outputs;
    size_t seen = (size_t)t->inputs - (t->hints ? outputs + 1 : 0);
    float *scratch = gan_mem_alloc(gan_task_scratch(t, size, size) + outputs * pixels, sizeof *scratch);
    if (!scratch) return -1;
    float *y = out->y ? out->y : scratch + gan_task_scratch(t, size, size);
    gan_task_show(t, s, size, size, scratch, out->x, y);
    if (t->hints) gan_task_hint(t, HINT_SEED, i, hints, size, y, out->x + seen * pixels);
    if (out->floor) gan_task_floor(t, s, out->x, pixels, out->floor);
    gan_mem_free(scratch);
    return 0;
}

int gan_dataset_view(const gan_dataset *d, size_t i, const gan_task *t, int size, int hints, const gan_view_out *out)
{
    struct gan_picture p;
    struct crops c = { 0 };
    if (gan_dataset_load_picture(d, i, t, 0, size, &p)) return -1;
    crop(p.target.rgb, p.target.w, p.target.h, 3, size, out->target);
    int failed = crop_source(&p, size, &c);
    if (!failed) {
        gan_sight s = { out->target, c.source ? c.source : out->target, c.deep };
        failed = show(t, &s, i, size, hints, out);
    }
    gan_mem_free(c.source);
    gan_mem_free(c.deep);
    gan_picture_release(&p);
    return failed ? -1 : 0;
}
