/* Houses: a box with a gable roof, windows, a door, a chimney, and a shadow. */
#ifndef GAN_SCENE_HOUSE_H
#define GAN_SCENE_HOUSE_H

#include "scene/stage.h"

struct gan_house {
    struct gan_vec corner;      /* on the ground, left and nearest to the viewer */
    float width, depth, height; /* along x, along z, up to the eaves; metres */
    float roof;                 /* from the eaves to the ridge; metres */
    int ridge_along_z;          /* the gable faces the viewer; else the eaves do */
    enum gan_material wall, cover;
    float tone;
};

/* A house of ordinary size and materials at a corner; facing 1: gable to the viewer. */
struct gan_house gan_house_random(struct gan_dice *d, struct gan_vec corner);

void gan_house_paint(struct gan_stage *s, const struct gan_house *h);

#endif
