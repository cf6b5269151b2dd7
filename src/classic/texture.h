/* How rough a picture is around each pixel. */
#ifndef CLASSIC_TEXTURE_H
#define CLASSIC_TEXTURE_H

enum { GAN_TEXTURE_RADIUS = 2 };

/* deviation[i] = standard deviation of x in the 5x5 window around pixel i, which ends at the picture's border. */
void gan_texture(const float *x, int w, int h, float *deviation);

#endif
