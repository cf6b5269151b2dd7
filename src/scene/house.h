/* Houses: a box with a roof, windows, a door, a chimney, and a shadow. */
#ifndef GAN_SCENE_HOUSE_H
#define GAN_SCENE_HOUSE_H

#include "scene/stage.h"

enum gan_roof {
    GAN_ROOF_ACROSS, /* the ridge runs along x: a slope faces the viewer */
    GAN_ROOF_ALONG,  /* along z: a gable does */
    GAN_ROOF_SPIRE   /* no ridge, four slopes */
};

struct gan_house {
    struct gan_vec corner;      /* on the ground, left and nearest to the viewer */
    float width, depth, height; /* along x, along z, up to the eaves; metres */
    enum gan_roof shape;
    float roof; /* from the eaves up; metres */
    enum gan_material wall, cover;
    float tone;
};

/* A house of ordinary size and materials. */
struct gan_house gan_house_random(struct gan_dice *d, struct gan_vec corner);

void gan_house_paint(struct gan_stage *s, const struct gan_house *h);

/* A church: a nave with a tower in front. */
void gan_house_church(struct gan_stage *s, struct gan_vec corner);

#endif
