/* Colouring photographs of any size with a trained generator.
 *     gan_colouring o = gan_colouring_default();
 *     gan_colorizer *c = gan_colorizer_open("checkpoints/photos64/best.safetensors");
 *     gan_photo p;
 *     if (gan_photo_load(&p, "old.jpg") || gan_colorize_photo(c, &p, &o)) return -1;
 *     return gan_photo_save(&p, "coloured.jpg", GAN_QUALITY);
 */
#ifndef GAN_COLORIZE_H
#define GAN_COLORIZE_H

#include <stddef.h>

#include "gan/colorizer.h"
#include "gan/photo.h"
#include "gan/progress.h"
#include "gan/scribbles.h"
#include "gan/y4m.h"

#ifdef __cplusplus
extern "C" {
#endif

enum gan_upsampling {                      /* how the network's chroma comes to a picture's size */
                      GAN_UPSAMPLE_GUIDED, /* follows the luminance: colours stop at edges */
                      GAN_UPSAMPLE_BICUBIC /* does not know it: colours run over edges */
};

typedef struct gan_colouring {
    int side;                       /* short side of what the network sees, in pixels; 0: the size it was trained at */
    int tile;                       /* > 0: the network sees the picture itself, in tiles of about this many pixels */
    double strength;                /* chroma is multiplied by this; 0 is gray */
    enum gan_upsampling upsampling; /* without tiles */
    const gan_scribbles *hints;     /* of the photograph's size, for networks that take them; borrowed; NULL: none */
} gan_colouring;

gan_colouring gan_colouring_default(void); /* the trained size, guided, strength 1 */

/* Colours p in place, gray or colour before; its luminance stays. Without tiles, the network sees p with the short side
 * at o->side, or, of pictures longer than 8 times their short side, with the long side at 8 times that, padded by
 * mirroring; its chroma is brought up to p's size row by row. With tiles, the network sees every pixel, and the result
 * is that of one pass over the whole picture: tiles overlap by as much as its nodes look around them. No plane of floats
 * of p's size is made either way. Networks that were trained to make other pictures than the colours of a gray one
 * answer with theirs, brought to p's size; strength and upsampling mean nothing to them.
 *   errors    o->side is too small or takes too much memory; tiles of a network that uses statistics of the whole
 *             picture; out of memory. p may be coloured in part then. */
int gan_colorize_photo(gan_colorizer *c, gan_photo *p, const gan_colouring *o);

/* What colouring w * h pixels in tiles takes. */
typedef struct gan_tiling {
    int tile;               /* pixels of a side: o->tile rounded up to what the network can take */
    int halo;               /* pixels around each that are computed too */
    int window_w, window_h; /* of what the network sees at a time */
    size_t tiles;
    double gflop, whole_gflop; /* in tiles, and in one pass */
    size_t bytes;              /* of the network's memory */
} gan_tiling;
int gan_colorize_tiling(gan_colorizer *c, int w, int h, int tile, gan_tiling *t);

/* Colours an 8-bit picture into another, as gan_colorize_photo by default. out is made. */
int gan_colorizer_image(gan_colorizer *c, const gan_image *in, gan_image *out);

typedef struct gan_film {
    gan_colouring colouring; /* without tiles */
    double smooth; /* 0 to below 1: how much of a frame's chroma comes from those before it, since the last cut */
    enum gan_yuv_matrix matrix;
} gan_film;

/* Colours a YUV4MPEG2 video from its luma, a few frames at a time, whatever its length. name is used in messages;
 * progress (NULL: nobody) hears of every few frames; *frames is how many were written, before an error too. */
int gan_colorize_film(gan_colorizer *c, const gan_film *film, const char *name, FILE *in, FILE *out,
                      gan_progress_fn *progress, void *ctx, uint64_t *frames);

#ifdef __cplusplus
}
#endif
#endif
