#include "colorize/hint.h"

#include "gan/error.h"
#include "gan/mem.h"

struct planes {
    float *a, *b, *mask;
    size_t stride;
};

/* Sums of a and b, and in the mask how many. */
static void add_up(const gan_scribbles *s, const gan_frame *f, const struct planes *p)
{
    size_t pixels = (size_t)s->w * (size_t)s->h;
    for (size_t i = 0; i < pixels; i++) {
        if (!s->known[i]) continue;
        size_t x = i % (size_t)s->w * (size_t)f->w / (size_t)s->w, y = i / (size_t)s->w * (size_t)f->h / (size_t)s->h;
        size_t at = y * p->stride + x;
        p->a[at] += s->ab[i];
        p->b[at] += s->ab[pixels + i];
        p->mask[at]++;
    }
}

float *gan_hint_planes(const gan_scribbles *s, int w, int h, const gan_frame *f)
{
    size_t cells = gan_frame_floats(f);
    if (s->w != w || s->h != h) {
        gan_error("hints of %dx%d pixels do not fit a picture of %dx%d", s->w, s->h, w, h);
        return NULL;
    }
    float *planes = gan_mem_alloc(cells, 3 * sizeof *planes);
    if (!planes) return NULL;
    struct planes p = { planes, planes + cells, planes + 2 * cells, (size_t)f->padded_w };
    add_up(s, f, &p);
    for (size_t i = 0; i < cells; i++) {
        if (p.mask[i] <= 0) continue;
        p.a[i] /= p.mask[i];
        p.b[i] /= p.mask[i];
        p.mask[i] = 1;
    }
    return planes;
}
