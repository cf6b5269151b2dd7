#include "train/census.h"

#include <string.h>

#include "gan/colour.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { SIDE = 32, PIXELS = SIDE * SIDE, MOST_PICTURES = 8192 };

struct census {
    const gan_dataset *data;
    const gan_bins *bins;
    gan_task task;
    int skip_gray;
    double *count; /* the caller's */
    float *x, *y;  /* of a picture; owned, as rgb is */
    uint8_t *rgb;
    size_t seen;
};

static int init(struct census *s)
{
    s->x = gan_mem_alloc((size_t)s->task.inputs * PIXELS, sizeof *s->x);
    s->y = gan_mem_alloc((size_t)s->task.outputs * PIXELS, sizeof *s->y);
    s->rgb = gan_mem_alloc(PIXELS, 3);
    return s->x && s->y && s->rgb ? 0 : -1;
}

static void release(struct census *s)
{
    gan_mem_free(s->x);
    gan_mem_free(s->y);
    gan_mem_free(s->rgb);
}

/* Pictures that cannot be used are none of training either. */
static int count_picture(struct census *s, size_t i)
{
    const gan_view_out out = { .x = s->x, .y = s->y, .target = s->rgb };
    uint64_t refused = gan_mem_failures();
    if (gan_dataset_view(s->data, i, &s->task, SIDE, 0, &out)) return gan_mem_failures() == refused ? 0 : -1;
    if (s->skip_gray && gan_lab_mean_chroma(s->rgb, PIXELS) < GAN_GRAY_CHROMA) return 0;
    for (size_t k = 0; k < PIXELS; k++) {
        int32_t bin[GAN_BIN_SHARES];
        float share[GAN_BIN_SHARES];
        gan_bins_encode(s->bins, GAN_AB_RANGE * s->y[k], GAN_AB_RANGE * s->y[PIXELS + k], bin, share);
        s->count[bin[0]]++;
    }
    s->seen++;
    return 0;
}

int gan_census(const gan_config *c, const gan_dataset *d, const gan_bins *b, double *count)
{
    struct census s = { .data = d, .bins = b, .task = gan_task_of(c), .skip_gray = c->data.skip_gray, .count = count };
    size_t all = gan_dataset_count(d), n = all < MOST_PICTURES ? all : MOST_PICTURES;
    int bad = init(&s);
    memset(count, 0, (size_t)b->count * sizeof *count);
    for (size_t i = 0; i < n && !bad; i++) bad = count_picture(&s, i * all / n);
    if (!bad && !s.seen) bad = gan_error("no usable photographs to count colours in");
    release(&s);
    return bad ? -1 : 0;
}
