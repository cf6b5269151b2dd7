#include "colorize/translate.h"

#include <string.h>

#include "colorize/frame.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/task.h"

struct translation {
    gan_task task;
    gan_frame frame;
    gan_image seen, padded, made; /* of the frame, of the padded frame, of the frame again */
    uint16_t *deep;               /* the padded frame in 16-bit gray; NULL: the photograph has none */
    float *scratch, *x, *y;       /* of the padded frame */
};

static int allocate(struct translation *t)
{
    int w = t->frame.padded_w, h = t->frame.padded_h;
    size_t cells = gan_frame_floats(&t->frame);
    t->scratch = gan_mem_alloc(gan_task_scratch(&t->task, w, h) + 1, sizeof *t->scratch);
    t->x = gan_mem_alloc(cells, (size_t)t->task.inputs * sizeof *t->x);
    t->y = gan_mem_alloc(cells, (size_t)t->task.outputs * sizeof *t->y);
    return t->scratch && t->x && t->y && !gan_image_init(&t->padded, w, h) ? 0 : -1;
}

static void translation_release(struct translation *t)
{
    gan_image_release(&t->seen);
    gan_image_release(&t->padded);
    gan_image_release(&t->made);
    gan_mem_free(t->deep);
    gan_mem_free(t->scratch);
    gan_mem_free(t->x);
    gan_mem_free(t->y);
}

/* What pixel (x, y) of the padded frame shows, as an index of the frame. */
static size_t source_of(const gan_frame *f, int x, int y)
{
    return (size_t)gan_mirrored(y, f->h) * (size_t)f->w + (size_t)gan_mirrored(x, f->w);
}

static void pad(struct translation *t)
{
    const gan_frame *f = &t->frame;
    uint8_t *to = t->padded.rgb;
    for (int y = 0; y < f->padded_h; y++)
        for (int x = 0; x < f->padded_w; x++, to += 3) memcpy(to, t->seen.rgb + 3 * source_of(f, x, y), 3);
}

/* The same for 16 bits, where the photograph has them. */
static int pad_deep(struct translation *t, const gan_photo *p)
{
    const gan_frame *f = &t->frame;
    uint16_t *seen;
    if (gan_photo_deep(p, 0, p->w, f->w, f->h, &seen)) return -1;
    t->deep = seen ? gan_mem_alloc(gan_frame_floats(f), sizeof *t->deep) : NULL;
    uint16_t *to = t->deep;
    for (int y = 0; to && y < f->padded_h; y++)
        for (int x = 0; x < f->padded_w; x++) *to++ = seen[source_of(f, x, y)];
    int failed = seen && !t->deep;
    gan_mem_free(seen);
    return failed ? -1 : 0;
}

/* 8 bits of a photograph; empty: out of memory. */
static gan_image eight_bits(const gan_photo *p)
{
    gan_image im;
    size_t samples = 3 * (size_t)p->w * (size_t)p->h;
    if (gan_image_init(&im, p->w, p->h)) return (gan_image){ 0 };
    if (p->rgb)
        memcpy(im.rgb, p->rgb, samples);
    else
        for (size_t i = 0; i < samples; i++) im.rgb[i] = (uint8_t)((p->rgb16[i] + 128) / 257);
    return im;
}

static int see(struct translation *t, const gan_photo *p)
{
    gan_image whole = eight_bits(p);
    int failed = !whole.rgb || gan_image_resize(&t->seen, &whole, t->frame.w, t->frame.h, GAN_BICUBIC);
    gan_image_release(&whole);
    if (failed) return -1;
    pad(t);
    if (t->task.input == GAN_INPUT_GRAY && pad_deep(t, p)) return -1;
    gan_sight s = { t->padded.rgb, t->padded.rgb, t->deep };
    memset(t->x, 0, gan_frame_floats(&t->frame) * (size_t)t->task.inputs * sizeof *t->x); /* no hints */
    gan_task_show(&t->task, &s, t->frame.padded_w, t->frame.padded_h, t->scratch, t->x, NULL);
    return 0;
}

static void put(gan_photo *p, const gan_image *im)
{
    size_t samples = 3 * (size_t)p->w * (size_t)p->h;
    for (size_t i = 0; i < samples; i++) {
        if (p->rgb)
            p->rgb[i] = im->rgb[i];
        else
            p->rgb16[i] = (uint16_t)(im->rgb[i] * 257);
    }
}

static int answer(struct translation *t, gan_photo *p)
{
    gan_image cropped = { 0 };
    gan_task_picture(&t->task, t->x, t->y, gan_frame_floats(&t->frame), t->padded.rgb);
    int failed = gan_image_crop(&cropped, &t->padded, 0, 0, t->frame.w, t->frame.h) ||
                 gan_image_resize(&t->made, &cropped, p->w, p->h, GAN_BICUBIC);
    gan_image_release(&cropped);
    if (!failed) put(p, &t->made);
    return failed ? -1 : 0;
}

int gan_translate_photo(gan_colorizer *c, gan_photo *p, const gan_colouring *o)
{
    struct translation t = { .task = gan_task_of(gan_colorizer_config(c)) };
    if (o->tile) return gan_error("tiles are for networks that colour gray pictures");
    if (o->hints) return gan_error("hints are for networks that colour gray pictures");
    int failed = gan_frame_fit(&t.frame, c, p->w, p->h, o->side) || allocate(&t) || see(&t, p) ||
                 gan_colorizer_run(c, 1, t.frame.padded_h, t.frame.padded_w, t.x, t.y) || answer(&t, p);
    translation_release(&t);
    return failed ? -1 : 0;
}
