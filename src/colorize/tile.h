/* Colouring in tiles: the network sees every pixel. */
#ifndef COLORIZE_TILE_H
#define COLORIZE_TILE_H

#include "gan/colorize.h"

int gan_tile_photo(gan_colorizer *c, gan_photo *p, const gan_colouring *o);

#endif
