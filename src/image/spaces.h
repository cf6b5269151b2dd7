/* The rows of the colour spaces, and what their files share. */
#ifndef IMAGE_SPACES_H
#define IMAGE_SPACES_H

#include <math.h>

#include "gan/space.h"

extern const gan_space gan_space_lab, gan_space_yuv601, gan_space_yuv709, gan_space_hsv, gan_space_rgb;

/* Luma of ITU-R BT.601 and BT.709: weights of R' and B'; that of G' makes 1. */
#define GAN_BT601_R 0.299
#define GAN_BT601_B 0.114
#define GAN_BT709_R 0.2126
#define GAN_BT709_B 0.0722

/* A sample 0..1 to 8 bits; what is not a number is 0. */
static inline uint8_t gan_space_byte(float v)
{
    v = v > 0 ? v : 0;
    return (uint8_t)(fminf(v, 1) * 255 + 0.5f);
}

/* CIE L / 50 - 1 of a gray sRGB sample 0..1. */
double gan_space_lab_tone(double gray);

#endif
