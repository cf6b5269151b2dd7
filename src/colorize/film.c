/* Video: the network sees a batch of frames at a time; each is then joined with its chroma in one picture of 16 bits. */
#include <errno.h>
#include <string.h>

#include "colorize/chroma.h"
#include "colorize/frame.h"
#include "colorize/join.h"
#include "colorize/steady.h"
#include "gan/colorize.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { MOST_FRAMES = 8, BATCH_PIXELS = 1 << 24 }; /* of a batch */

struct projector {
    gan_colorizer *c;
    const gan_film *film;
    gan_y4m video;
    gan_frame view;
    gan_steady steady;
    gan_photo photo;                  /* one frame, 16 bits */
    gan_y4m_frame frame[MOST_FRAMES]; /* of a batch */
    float *x, *ab;                    /* owned: of a batch, as the network sees and makes it */
    int batch;
    int end; /* of the stream: 1 there is no more, -1 it failed; frames read before are still coloured */
};

static int check(const gan_film *film)
{
    if (film->colouring.tile) return gan_error("video is not coloured in tiles");
    if (!(film->smooth >= 0 && film->smooth < 1))
        return gan_error("smoothing of %g is not from 0 to below 1", film->smooth);
    return 0;
}

static int prepare(struct projector *p, const char *name, FILE *in)
{
    if (gan_y4m_read_header(&p->video, name, in)) return -1;
    size_t pixels = (size_t)p->video.w * (size_t)p->video.h, most = BATCH_PIXELS / pixels;
    p->batch = most < 1 ? 1 : most < MOST_FRAMES ? (int)most : MOST_FRAMES;
    if (gan_frame_fit(&p->view, p->c, p->video.w, p->video.h, p->film->colouring.side)) return -1;
    size_t cells = gan_frame_floats(&p->view);
    if (gan_steady_init(&p->steady, cells, p->film->smooth)) return -1;
    for (int i = 0; i < p->batch; i++)
        if (gan_y4m_frame_init(&p->frame[i], &p->video)) return -1;
    p->x = gan_mem_alloc((size_t)p->batch * cells, sizeof *p->x);
    p->ab = gan_mem_alloc((size_t)p->batch * cells, 2 * sizeof *p->ab);
    return p->x && p->ab ? gan_photo_init(&p->photo, p->video.w, p->video.h, 16) : -1;
}

static void projector_release(struct projector *p)
{
    for (int i = 0; i < p->batch; i++) gan_y4m_frame_release(&p->frame[i]);
    gan_steady_release(&p->steady);
    gan_photo_release(&p->photo);
    gan_mem_free(p->x);
    gan_mem_free(p->ab);
}

/* The next frame, as the i-th of the batch: 1, or what p->end says. */
static int read_frame(struct projector *p, int i, FILE *in)
{
    int got = gan_y4m_read_frame(&p->video, &p->frame[i], in);
    if (got <= 0) return got;
    gan_y4m_to_photo(&p->video, &p->frame[i], &p->photo);
    return gan_frame_see(&p->view, &p->photo, p->x + (size_t)i * gan_frame_floats(&p->view)) ? -1 : 1;
}

/* How many frames were read. */
static int read_batch(struct projector *p, FILE *in)
{
    int count = 0;
    while (count < p->batch && !p->end) {
        int got = read_frame(p, count, in);
        if (got > 0)
            count++;
        else
            p->end = got ? -1 : 1;
    }
    return count;
}

static int colour_frame(struct projector *p, int i)
{
    const gan_colouring *o = &p->film->colouring;
    size_t cells = gan_frame_floats(&p->view);
    float *x = p->x + (size_t)i * cells, *ab = p->ab + 2 * (size_t)i * cells;
    for (size_t k = 0; k < 2 * cells; k++) ab[k] *= (float)o->strength;
    gan_steady_next(&p->steady, x, ab);
    gan_y4m_to_photo(&p->video, &p->frame[i], &p->photo);
    if (gan_chroma_join(&p->photo, &(gan_chroma){ p->view, x, ab }, o->upsampling)) return -1;
    gan_y4m_from_photo(&p->video, &p->photo, p->film->matrix, &p->frame[i]);
    return 0;
}

static int write_batch(struct projector *p, int count, FILE *out, uint64_t *frames)
{
    for (int i = 0; i < count; i++, ++*frames)
        if (colour_frame(p, i) || gan_y4m_write_frame(&p->video, &p->frame[i], out)) return -1;
    return fflush(out) ? gan_error("cannot write a frame: %s", strerror(errno)) : 0;
}

static int run_batch(struct projector *p, int count, FILE *out, uint64_t *frames)
{
    if (!count) return 0;
    if (gan_colorizer_chroma(p->c, count, p->view.padded_h, p->view.padded_w, p->x, NULL, p->ab)) return -1;
    return write_batch(p, count, out, frames);
}

static int run(struct projector *p, FILE *in, FILE *out, gan_progress_fn *progress, void *ctx, uint64_t *frames)
{
    if (gan_y4m_write_header(&p->video, out)) return -1;
    while (!p->end) {
        if (run_batch(p, read_batch(p, in), out, frames)) return -1;
        if (progress) progress(ctx, &(gan_progress){ "colouring", "", *frames, 0 });
    }
    return p->end < 0 ? -1 : 0;
}

int gan_colorize_film(gan_colorizer *c, const gan_film *film, const char *name, FILE *in, FILE *out,
                      gan_progress_fn *progress, void *ctx, uint64_t *frames)
{
    struct projector p = { .c = c, .film = film };
    *frames = 0;
    if (check(film)) return -1;
    int failed = prepare(&p, name, in) || run(&p, in, out, progress, ctx, frames);
    projector_release(&p);
    return failed ? -1 : 0;
}
