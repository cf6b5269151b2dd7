/* Everything a painter works with. */
#ifndef GAN_SCENE_STAGE_H
#define GAN_SCENE_STAGE_H

#include "scene/canvas.h"
#include "scene/dice.h"
#include "scene/light.h"
#include "scene/material.h"
#include "scene/noise.h"
#include "scene/view.h"

struct gan_stage {
    struct gan_canvas canvas;
    struct gan_view view;
    struct gan_light light;
    struct gan_palette palette;
    struct gan_noise noise;
    struct gan_dice dice;
    float pixel; /* side of one of the picture's pixels; picture widths */
};

/* The wavelengths worth showing at a depth. */
static inline void gan_stage_scale(const struct gan_stage *s, struct gan_spot *at, float depth)
{
    float unit = depth / s->view.focal; /* what the picture's width shows there; metres */
    at->depth = depth;
    at->band.coarse = unit / 8;
    at->band.fine = unit * s->pixel * 2;
}

#endif
