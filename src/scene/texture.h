/* Textures: what tells materials apart in gray. A texture maps a spot of a surface to -1..1, which a material takes
 * from its dark to its light colour. A new texture is a function and a line of the list.
 */
#ifndef GAN_SCENE_TEXTURE_H
#define GAN_SCENE_TEXTURE_H

#include "scene/noise.h"

struct gan_spot {  /* where on a surface, and how large it is seen; metres */
    float u, v;    /* across and along the surface */
    float upright; /* grows upwards in the picture: v, or on level ground eye * ln(depth) */
    float lean;    /* du / dupright along the picture's vertical: 0, or on level ground u / eye */
    float depth;
    struct gan_band band; /* wavelengths worth showing: from an eighth of the picture down to two pixels */
};

typedef float gan_texture(const struct gan_noise *n, const struct gan_spot *at);

/* clang-format off */
#define GAN_TEXTURES(X) \
    X(blades) X(leaves) X(needles) X(rows) X(ears) X(furrows) X(ripples) X(grains) X(cracks) X(drift) \
    X(tiles) X(slates) X(bricks) X(plaster) X(planks) X(speckle) X(slabs) X(ruts) X(panes) X(even)
/* clang-format on */

#define GAN_TEXTURE_DECLARE(name) gan_texture gan_texture_##name;
GAN_TEXTURES(GAN_TEXTURE_DECLARE)

#endif
