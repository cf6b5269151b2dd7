#include "cli/painter.h"

#include <stdio.h>

#include "gan/error.h"
#include "gan/mem.h"
#include "gan/parallel.h"

enum { METHOD_SIZE = 256, REASON_BYTES = 256 };

int gan_painter_open_model(gan_painter *p, const char *path)
{
    p->colorizer = gan_colorizer_open(path);
    return p->colorizer ? 0 : -1;
}

int gan_painter_open_method(gan_painter *p, const char *method, const gan_classic_opt *o)
{
    p->classic = gan_classic_open(method, o);
    return p->classic ? 0 : -1;
}

void gan_painter_release(gan_painter *p)
{
    gan_colorizer_free(p->colorizer);
    gan_classic_free(p->classic);
    *p = (gan_painter){ 0 };
}

gan_task gan_painter_task(const gan_painter *p)
{
    return p->colorizer ? gan_task_of(gan_colorizer_config(p->colorizer)) : gan_task_default();
}

int gan_painter_multiple(const gan_painter *p)
{
    return p->colorizer ? gan_colorizer_multiple(p->colorizer) : 1;
}

int gan_painter_size(const gan_painter *p)
{
    return p->colorizer ? (int)gan_colorizer_config(p->colorizer)->data.size : METHOD_SIZE;
}

struct pictures { /* each by a thread of its own */
    const gan_painter *painter;
    const gan_request *q;
    float *y;
    char (*reason)[REASON_BYTES]; /* by the picture: "" if it went well */
};

static int colour(const struct pictures *p, size_t i)
{
    int side = p->q->size, failed = 0;
    size_t n = (size_t)side * (size_t)side;
    gan_scribbles s = { 0 };
    if (gan_classic_get_info(p->painter->classic)->needs & GAN_NEEDS_SCRIBBLES)
        failed = gan_scribbles_draw(&s, side, side, p->q->truth + 2 * n * i, p->painter->points, p->painter->seed,
                                    p->q->number[i]);
    if (!failed)
        failed =
            gan_classic_run(p->painter->classic, side, side, p->q->x + n * i, s.count ? &s : NULL, p->y + 2 * n * i);
    gan_scribbles_release(&s);
    return failed;
}

static void colour_one(void *ctx, size_t i)
{
    const struct pictures *p = ctx;
    if (colour(p, i)) snprintf(p->reason[i], REASON_BYTES, "%s", gan_error_message());
}

static int run_method(const gan_painter *p, const gan_request *q, float *y)
{
    struct pictures all = { p, q, y, gan_mem_alloc((size_t)q->n, REASON_BYTES) };
    int failed = all.reason ? 0 : -1;
    if (!failed) gan_parallel_each((size_t)q->n, colour_one, &all);
    for (int i = 0; i < q->n && !failed; i++)
        if (*all.reason[i]) failed = gan_error("%s", all.reason[i]);
    gan_mem_free(all.reason);
    return failed;
}

int gan_painter_run(void *ctx, const gan_request *q, float *y)
{
    const gan_painter *p = ctx;
    return p->colorizer ? gan_colorizer_run(p->colorizer, q->n, q->size, q->size, q->x, y) : run_method(p, q, y);
}
