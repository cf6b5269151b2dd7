/* Materials: rows of colour and texture. A palette holds one scene's version of them, with its own brightness, so that
 * the brightness of a material says little about its colour.
 */
#ifndef GAN_SCENE_MATERIAL_H
#define GAN_SCENE_MATERIAL_H

#include "scene/dice.h"
#include "scene/texture.h"
#include "scene/vec.h"

enum gan_material {
    GAN_GRASS,
    GAN_LEAVES,
    GAN_NEEDLES,
    GAN_CROP,
    GAN_WHEAT,
    GAN_SOIL,
    GAN_SAND,
    GAN_RED_SAND,
    GAN_ROCK,
    GAN_RED_ROCK,
    GAN_SNOW,
    GAN_WATER,
    GAN_FOAM,
    GAN_TILES,
    GAN_SLATE,
    GAN_BRICK,
    GAN_PLASTER,
    GAN_TIMBER,
    GAN_BARK,
    GAN_ASPHALT,
    GAN_PAVING,
    GAN_DIRT,
    GAN_PAINT,
    GAN_GLASS,
    GAN_METAL,
    GAN_RUBBER,
    GAN_RED,
    GAN_BLUE,
    GAN_YELLOW,
    GAN_MATERIALS
};

struct gan_palette {
    struct gan_rgb dark[GAN_MATERIALS], light[GAN_MATERIALS]; /* shares of light given back */
};

void gan_palette_init(struct gan_palette *p, struct gan_dice *d);

struct gan_rgb gan_material_colour(const struct gan_palette *p, enum gan_material m, const struct gan_noise *n,
                                   const struct gan_spot *at);

#endif
