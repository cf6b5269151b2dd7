/* Tiles are coloured a row of them at a time. Windows (a tile and its halo) all have one size, so that there is one plan;
 * those at the border of the picture are moved inside. Of the luminance, which colouring writes over, as many rows are
 * kept as a window is high.
 */
#include "colorize/tile.h"

#include <string.h>

#include "colorize/chroma.h"
#include "colorize/frame.h"
#include "colorize/join.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/parallel.h"

struct tiles {
    gan_colorizer *c;
    gan_photo *p;
    float strength;
    int tile, halo, window_w, window_h;
    int padded_w, padded_h;
    int first, filled; /* rows of the picture in l: first .. filled - 1 */
    float *l;          /* owned: window_h rows of padded_w */
    float *x, *y;      /* owned: a window's luminance and chroma */
    float *band;       /* owned: per row of a row of tiles, p->w of a and of b */
};

static int lesser(int a, int b)
{
    return a < b ? a : b;
}

/* Sizes; no memory yet. */
static int lay_out(struct tiles *t, const gan_colorizer *c, int w, int h, int tile)
{
    int multiple = gan_colorizer_multiple(c), halo;
    if (tile < 1 || tile > GAN_MOST_SIDE)
        return gan_error("tiles of %d pixels are not within 1 and %d", tile, GAN_MOST_SIDE);
    if (gan_graph_halo(gan_colorizer_graph(c), &halo)) return gan_error_in("cannot make tiles");
    t->tile = gan_round_up(tile, multiple);
    t->halo = gan_round_up(halo ? halo : 1, multiple); /* not 0: rows below the picture mirror those of its window */
    t->padded_w = gan_round_up(w, multiple);
    t->padded_h = gan_round_up(h, multiple);
    t->window_w = lesser(t->tile + 2 * t->halo, t->padded_w);
    t->window_h = lesser(t->tile + 2 * t->halo, t->padded_h);
    return 0;
}

int gan_colorize_tiling(gan_colorizer *c, int w, int h, int tile, gan_tiling *out)
{
    struct tiles t = { 0 };
    double flop;
    if (lay_out(&t, c, w, h, tile) || gan_colorizer_cost(c, 1, t.window_h, t.window_w, &flop, &out->bytes)) return -1;
    out->tile = t.tile;
    out->halo = t.halo;
    out->window_w = t.window_w;
    out->window_h = t.window_h;
    out->tiles = ((size_t)(w - 1) / (size_t)t.tile + 1) * ((size_t)(h - 1) / (size_t)t.tile + 1);
    out->gflop = (double)out->tiles * flop * 1e-9;
    out->whole_gflop = flop * 1e-9 * t.padded_w * t.padded_h / ((double)t.window_w * t.window_h);
    return 0;
}

static int allocate(struct tiles *t)
{
    size_t window = (size_t)t->window_w * (size_t)t->window_h;
    t->l = gan_mem_alloc((size_t)t->window_h, (size_t)t->padded_w * sizeof(float));
    t->x = gan_mem_alloc(window, sizeof(float));
    t->y = gan_mem_alloc(window, 2 * sizeof(float));
    t->band = gan_mem_alloc((size_t)lesser(t->tile, t->p->h), 2 * (size_t)t->p->w * sizeof(float));
    return t->l && t->x && t->y && t->band ? 0 : -1;
}

static void tiles_release(struct tiles *t)
{
    gan_mem_free(t->l);
    gan_mem_free(t->x);
    gan_mem_free(t->y);
    gan_mem_free(t->band);
}

static float *luminance_row(const struct tiles *t, int y)
{
    return t->l + (size_t)(y - t->first) * (size_t)t->padded_w;
}

static void fill_row(const struct tiles *t, int y)
{
    float *row = luminance_row(t, y);
    if (y >= t->p->h) {
        memcpy(row, luminance_row(t, gan_mirrored(y, t->p->h)), (size_t)t->padded_w * sizeof *row);
        return;
    }
    gan_row_luminance(t->p, (size_t)y, row);
    for (int x = t->p->w; x < t->padded_w; x++) row[x] = row[gan_mirrored(x, t->p->w)];
}

/* Moves the kept rows down the picture until they begin at `first`. */
static void slide(struct tiles *t, int first)
{
    int end = first + t->window_h;
    if (t->filled > first)
        memmove(t->l, luminance_row(t, first), (size_t)(t->filled - first) * (size_t)t->padded_w * sizeof *t->l);
    t->first = first;
    for (; t->filled < end; t->filled++) fill_row(t, t->filled);
}

/* Where the window of a tile that begins at `at` begins. */
static int window_at(int at, int halo, int window, int padded)
{
    int least = at > halo ? at - halo : 0;
    return lesser(least, padded - window);
}

static void copy_rows(float *to, size_t to_stride, const float *from, size_t from_stride, size_t w, size_t h)
{
    for (size_t y = 0; y < h; y++) memcpy(to + y * to_stride, from + y * from_stride, w * sizeof *to);
}

/* The tile at (left, top), into the row of tiles. */
static int run_tile(struct tiles *t, int left, int top)
{
    int from = window_at(left, t->halo, t->window_w, t->padded_w);
    size_t window_w = (size_t)t->window_w, window_h = (size_t)t->window_h, picture_w = (size_t)t->p->w;
    size_t w = (size_t)lesser(t->tile, t->p->w - left), h = (size_t)lesser(t->tile, t->p->h - top);
    copy_rows(t->x, window_w, t->l + from, (size_t)t->padded_w, window_w, window_h);
    if (gan_colorizer_chroma(t->c, 1, t->window_h, t->window_w, t->x, NULL, t->y)) return -1;
    const float *core = t->y + (size_t)(top - t->first) * window_w + (size_t)(left - from);
    for (size_t plane = 0; plane < 2; plane++)
        copy_rows(t->band + plane * picture_w + (size_t)left, 2 * picture_w, core + plane * window_w * window_h,
                  window_w, w, h);
    return 0;
}

struct paint {
    const struct tiles *t;
    int top;
};

static void paint_row(void *ctx, size_t row)
{
    const struct paint *b = ctx;
    const struct tiles *t = b->t;
    size_t w = (size_t)t->p->w;
    float *ab = t->band + row * 2 * w;
    for (size_t i = 0; i < 2 * w; i++) ab[i] *= t->strength;
    gan_row_colour(t->p, (size_t)b->top + row, luminance_row(t, b->top + (int)row), ab);
}

static int run_row_of_tiles(struct tiles *t, int top)
{
    slide(t, window_at(top, t->halo, t->window_h, t->padded_h));
    for (int left = 0; left < t->p->w; left += t->tile)
        if (run_tile(t, left, top)) return -1;
    gan_parallel_each((size_t)lesser(t->tile, t->p->h - top), paint_row, &(struct paint){ t, top });
    return 0;
}

int gan_tile_photo(gan_colorizer *c, gan_photo *p, const gan_colouring *o)
{
    struct tiles t = { .c = c, .p = p, .strength = (float)o->strength };
    if (o->hints) return gan_error("hints are for whole pictures, not for tiles");
    int failed = lay_out(&t, c, p->w, p->h, o->tile) || allocate(&t);
    for (int top = 0; top < p->h && !failed; top += t.tile) failed = run_row_of_tiles(&t, top);
    tiles_release(&t);
    return failed ? -1 : 0;
}
