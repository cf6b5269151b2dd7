/* Tiles of tensors and weights to points and back, and the sums of products at a point. */
#include "core/dnn/winograd_tiles.h"

#include "base/simd.h"

struct place {    /* of a tile */
    int y, x;     /* its first pixel, which may lie outside */
    float *plane; /* of its picture and block of channels */
};

static struct place place_of(const gan_tensor *t, const gan_tiling *g, gan_tile_range r)
{
    size_t each = g->h * g->w, tile = r.first % each, plane = (size_t)t->s.h * (size_t)t->s.w * (size_t)t->block;
    return (struct place){ 2 * (int)(tile / g->w) - g->pad, 2 * (int)(tile % g->w) - g->pad,
                           t->data + r.first / each * t->stride_n + r.block * plane };
}

static inline void next_place(struct place *p, const gan_tensor *t, const gan_tiling *g)
{
    size_t last_x = 2 * g->w;
    p->x += 2;
    if (p->x + g->pad < (int)last_x) return;
    p->x = -g->pad;
    p->y += 2;
    if (p->y + g->pad < (int)(2 * g->h)) return;
    p->y = -g->pad;
    p->plane += t->stride_n;
}

#define PIXEL(plane, w, y, x) ((plane) + ((size_t)(y) * (size_t)(w) + (size_t)(x)) * LANES)

#define LANES 8
#define TILES 6
#define CHANNELS 4
#include "core/dnn/winograd_lanes.h"
#undef LANES
#undef TILES
#undef CHANNELS

#define LANES 16
#define TILES 12
#define CHANNELS 8
#include "core/dnn/winograd_lanes.h"
#undef LANES
#undef TILES
#undef CHANNELS

const gan_winograd *gan_winograd_of(int lanes)
{
    return lanes == 16 ? &winograd16 : lanes == 8 ? &winograd8 : NULL;
}
