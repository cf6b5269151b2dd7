/* Round and pointed things that face the viewer: crowns of trees, bushes, rocks, flowers. */
#ifndef GAN_SCENE_BLOB_H
#define GAN_SCENE_BLOB_H

#include "scene/stage.h"

enum gan_outline { GAN_SMOOTH, GAN_RAGGED, GAN_SPIRE };

struct gan_blob {
    struct gan_vec centre;
    float rx, ry; /* metres */
    enum gan_outline outline;
    enum gan_material material;
    float tone;
};

void gan_blob_paint(const struct gan_stage *s, const struct gan_blob *b);

#endif
