/* Matrices of one row per pixel that join each pixel with its eight neighbours, as planes of floats:
 *     (M v)[i] = leak[i] v[i] + sum over d of weight[d][i] (v[i] - v[neighbour of i in direction d])
 * as differences, since v hardly changes over large regions, and rounding would be most of the sum. Planes have a ring of
 * zeros around the picture, so that no loop looks out for borders.
 */
#ifndef CLASSIC_STENCIL_H
#define CLASSIC_STENCIL_H

#include <stddef.h>

enum { GAN_DIRECTIONS = 8, GAN_CHANNELS = 2 };

typedef struct gan_grid { /* pixel (x, y) is cell (y + 1) * stride + x + 1 of a plane of cells */
    int w, h;
    size_t stride, cells;
} gan_grid;

typedef struct gan_stencil {
    gan_grid grid;
    float *weight[GAN_DIRECTIONS]; /* one block, of weight[0]; owned */
    float *leak;                   /* owned */
    float *diagonal;               /* leak and all weights together; owned */
    ptrdiff_t step[GAN_DIRECTIONS];
} gan_stencil;

/* Direction d goes gan_neighbour[d].x to the right and .y down; the opposite one is 7 - d. */
typedef struct gan_offset {
    int x, y;
} gan_offset;
extern const gan_offset gan_neighbour[GAN_DIRECTIONS];

gan_grid gan_grid_of(int w, int h);

static inline size_t gan_grid_cell(const gan_grid *g, int x, int y)
{
    return (size_t)(y + 1) * g->stride + (size_t)x + 1;
}

int gan_stencil_init(gan_stencil *m, int w, int h); /* all zero */
void gan_stencil_release(gan_stencil *m);           /* takes zeroed ones */

/* dst = M src; GAN_CHANNELS planes one after the other. */
void gan_stencil_apply(const gan_stencil *m, const float *src, float *dst);

/* A step of Jacobi's iteration: next = now + factor * scale * (f - M now), scale by the pixel. */
void gan_stencil_jacobi(const gan_stencil *m, const float *scale, float factor, const float *f, const float *now,
                        float *next);

#endif
