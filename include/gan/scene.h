/* Procedural landscapes and street scenes: the embedded default data set. Their colours follow from what can be seen in
 * gray: texture, place and shape. Deterministic in (seed, number).
 */
#ifndef GAN_SCENE_H
#define GAN_SCENE_H

#include <stdint.h>

#include "gan/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Draws picture `number` of the set `seed`, size x size pixels (16..4096). Every call gives the same bytes. */
int gan_scene_draw(gan_image *out, uint64_t seed, uint64_t number, int size);

#ifdef __cplusplus
}
#endif
#endif
