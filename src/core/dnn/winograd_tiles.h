/* Winograd's minimal filtering (S. Winograd, Arithmetic Complexity of Computations, 1980) as Lavin and Gray nest it in two
 * dimensions (arXiv 1509.09308): F(2x2, 4x4), a 4x4 kernel without stride computes 2x2 outputs from 5x5 inputs. Inputs and
 * kernels are taken at 5x5 points; there the convolution is a product per point, summed over channels: 25 multiplications
 * instead of 64. Every pass is such a sum:
 *
 *     forward           dst tile      = A' [ (G weights G') * (B' src tile B) ] A
 *     backward data     the same, with diff_dst for src, weights turned by 180 degrees and channels exchanged
 *     backward weights  diff_weights  = G' [ sum over tiles of (B' src tile B) * (A diff_dst tile A') ] G
 *
 * The points are 0, -1, 1/2, 2 and infinity. They are closed under inversion, which keeps all factors small: errors are
 * those of a sum that takes one product after the other, some 1e-6 of the results. With 1, -1 and 1/2 or 2 in their place
 * they are 1.6 times as large.
 *
 * Values at points lie in panels: (points, panels, rows, 2 blocks of channels), where rows are tiles or, of weights, the
 * channels that are summed over. */
#ifndef GAN_CORE_DNN_WINOGRAD_TILES_H
#define GAN_CORE_DNN_WINOGRAD_TILES_H

#include "core/build.h"

enum {
    GAN_WINOGRAD_K = 4,
    GAN_WINOGRAD_TAPS = 16,
    GAN_WINOGRAD_OUT = 2,
    GAN_WINOGRAD_IN = 5,
    GAN_WINOGRAD_POINTS = 25
};

typedef struct gan_tiling { /* tile (y, x) of a picture begins at pixel (2y - pad, 2x - pad) */
    size_t h, w;            /* tiles */
    int pad;
} gan_tiling;

typedef struct gan_tile_range { /* tiles of all pictures, of one block of channels */
    size_t block, first, count;
} gan_tile_range;

/* Between a tensor and its values at points; points: of the first tile, `step` floats apart. Pixels outside the tensor are
 * 0, or not written. */
typedef void gan_tile_transform(const gan_tensor *t, const gan_tiling *g, gan_tile_range r, float *points, size_t step);

typedef struct gan_winograd { /* for one width of vectors */
    int lanes;                /* channels of a block */
    int tiles;                /* rows that `sum` takes at a time */
    int channels;             /* rows that `sum_tiles` takes at a time; divides 2 * lanes */
    gan_tile_transform *src;  /* B' t B of 5x5 pixels */
    gan_tile_transform *diff; /* A t A' of 2x2 pixels */
    gan_tile_transform *dst;  /* the other way: t = A' points A */
    /* A tile of weights, (taps, rows, lanes), at points; turned: by 180 degrees. */
    void (*weights)(const float *taps, int turned, float *points, size_t step);
    void (*diff_weights)(const float *points, size_t step, float *taps);
    /* sums (tiles, 2 lanes) = of `panels` panels, panel_step floats apart, with weights (rows of all panels, 2 lanes).
     * next: what is needed soon, fetched meanwhile. */
    void (*sum)(const float *src, size_t panels, size_t panel_step, const float *weights, const float *next,
                float *sums);
    /* sums (channels, 2 lanes) += of n tiles: channels of a, which lie 2 lanes apart from tile to tile, with all of b's. */
    void (*sum_tiles)(const float *a, const float *b, size_t n, float *sums);
} gan_winograd;

/* NULL: none of this width. */
const gan_winograd *gan_winograd_of(int lanes);

#endif
