/* Felzenszwalb and Huttenlocher 2004, "Efficient graph-based image segmentation": edges between neighbours join regions
 * in the order of their difference, unless it is large beside those within both regions. Differences are sorted by
 * counting, in steps of a 1/1024 of the range, so that equal ones stay in the order of the pixels.
 */
#include "classic/segment.h"

#include <math.h>

#include "classic/blur.h"
#include "classic/stencil.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { STEPS = 1024, FIRST = 4 }; /* FIRST: directions FIRST .. 7 meet each edge once */

#define RANGE 2.0f       /* of x */
#define SCALE_AT_128 1.2 /* the paper's k, of 150 in 255, for pictures of 128 pixels; it grows with the side */

typedef struct forest {      /* regions as trees of pixels */
    uint32_t *parent, *size; /* owned; size: of a root's tree */
    float *within;           /* the largest difference that has joined the root's tree; owned */
    float scale;
} forest;

typedef struct graph {
    int w, h;
    uint32_t *edge; /* in order of their differences: 4 * pixel + direction - FIRST; owned */
    float *smooth;  /* the picture, blurred a little; owned */
    size_t count;
} graph;

static uint32_t root(const forest *f, uint32_t i)
{
    while (f->parent[i] != i) i = f->parent[i] = f->parent[f->parent[i]];
    return i;
}

static void join(forest *f, uint32_t a, uint32_t b, float difference)
{
    uint32_t large = f->size[a] >= f->size[b] ? a : b, small = large == a ? b : a;
    f->parent[small] = large;
    f->size[large] += f->size[small];
    f->within[large] = difference; /* edges come in rising order */
}

/* The pixel at the other end of an edge; -1: outside. */
static int64_t other_end(const graph *g, uint32_t edge)
{
    int x = (int)(edge / 4 % (uint32_t)g->w), y = (int)(edge / 4 / (uint32_t)g->w);
    gan_offset to = gan_neighbour[edge % 4 + FIRST];
    x += to.x;
    y += to.y;
    return x < 0 || y < 0 || x >= g->w || y >= g->h ? -1 : (int64_t)y * g->w + x;
}

static float difference(const graph *g, uint32_t edge)
{
    int64_t other = other_end(g, edge);
    return other < 0 ? -1 : fabsf(g->smooth[edge / 4] - g->smooth[other]);
}

static size_t step_of(float difference)
{
    size_t step = (size_t)(difference * (STEPS / RANGE));
    return step < STEPS ? step : STEPS - 1;
}

static void sort_edges(graph *g)
{
    uint32_t all = 4 * (uint32_t)g->w * (uint32_t)g->h;
    size_t place[STEPS + 1] = { 0 };
    for (uint32_t e = 0; e < all; e++) {
        float d = difference(g, e);
        if (d >= 0) place[step_of(d) + 1]++;
    }
    for (size_t s = 0; s < STEPS; s++) place[s + 1] += place[s];
    g->count = place[STEPS];
    for (uint32_t e = 0; e < all; e++) {
        float d = difference(g, e);
        if (d >= 0) g->edge[place[step_of(d)]++] = e;
    }
}

static void join_alike(const graph *g, forest *f)
{
    for (size_t i = 0; i < g->count; i++) {
        uint32_t a = root(f, g->edge[i] / 4), b = root(f, (uint32_t)other_end(g, g->edge[i]));
        float d = difference(g, g->edge[i]);
        float room_a = f->within[a] + f->scale / (float)f->size[a],
              room_b = f->within[b] + f->scale / (float)f->size[b];
        if (a != b && d <= fminf(room_a, room_b)) join(f, a, b, d);
    }
}

static void join_small(const graph *g, forest *f, uint32_t least)
{
    for (size_t i = 0; i < g->count; i++) {
        uint32_t a = root(f, g->edge[i] / 4), b = root(f, (uint32_t)other_end(g, g->edge[i]));
        if (a != b && (f->size[a] < least || f->size[b] < least)) join(f, a, b, difference(g, g->edge[i]));
    }
}

static int64_t number_regions(const forest *f, uint32_t n, uint32_t *label)
{
    uint32_t *number = f->size; /* of a root, from 1; sizes have done their work */
    int64_t count = 0;
    for (uint32_t i = 0; i < n; i++) number[i] = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t r = root(f, i);
        if (!number[r]) number[r] = (uint32_t)++count;
        label[i] = number[r] - 1;
    }
    return count;
}

static int init(graph *g, forest *f, const float *x)
{
    size_t n = (size_t)g->w * (size_t)g->h;
    g->edge = gan_mem_alloc(n, 4 * sizeof *g->edge);
    g->smooth = gan_mem_alloc(n, sizeof *g->smooth);
    f->parent = gan_mem_alloc(n, sizeof *f->parent);
    f->size = gan_mem_alloc(n, sizeof *f->size);
    f->within = gan_mem_alloc(n, sizeof *f->within);
    if (!g->edge || !g->smooth || !f->parent || !f->size || !f->within) return -1;
    for (size_t i = 0; i < n; i++) {
        f->parent[i] = (uint32_t)i;
        f->size[i] = 1;
    }
    f->scale = (float)(SCALE_AT_128 * sqrt((double)n) / 128);
    return gan_box_blur(x, g->w, g->h, 1, g->smooth);
}

int64_t gan_segment(const float *x, int w, int h, int least, uint32_t *label)
{
    graph g = { .w = w, .h = h };
    forest f = { 0 };
    int64_t count = -1;
    size_t n = (size_t)w * (size_t)h;
    if (n > GAN_SEGMENT_MOST) return gan_error("%dx%d pixels are too many to be cut into regions", w, h);
    if (!init(&g, &f, x)) {
        sort_edges(&g);
        join_alike(&g, &f);
        join_small(&g, &f, (uint32_t)least);
        count = number_regions(&f, (uint32_t)n, label);
    }
    void *owned[] = { g.edge, g.smooth, f.parent, f.size, f.within };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) gan_mem_free(owned[i]);
    return count;
}
