/* The kinds of scenes: one file each, kind_<name>.c, and a line here with how often it comes. */
#ifndef GAN_SCENE_KINDS_H
#define GAN_SCENE_KINDS_H

#include "scene/stage.h"

#define GAN_SCENE_KINDS(X)                                                                                             \
    X(hills, 1.2f)                                                                                                     \
    X(mountains, 1.0f)                                                                                                 \
    X(fields, 1.2f)                                                                                                    \
    X(meadow, 1.0f)                                                                                                    \
    X(forest, 0.8f)                                                                                                    \
    X(lake, 1.0f)                                                                                                      \
    X(beach, 1.0f)                                                                                                     \
    X(desert, 0.8f)                                                                                                    \
    X(farm, 1.0f)                                                                                                      \
    X(village, 1.5f)                                                                                                   \
    X(street, 1.8f)

/* Draws the whole picture. The stage comes with light, palette and a view at eye height, which a kind may change. */
typedef void gan_kind_draw(struct gan_stage *s);

#define GAN_KIND_DECLARE(name, weight) gan_kind_draw gan_kind_##name;
GAN_SCENE_KINDS(GAN_KIND_DECLARE)

struct gan_kind {
    const char *name;
    float weight;
    gan_kind_draw *draw;
};

/* The kind of a picture; static. */
const struct gan_kind *gan_kind_of(uint64_t seed, uint64_t number);

#endif
