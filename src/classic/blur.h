#ifndef CLASSIC_BLUR_H
#define CLASSIC_BLUR_H

/* dst = mean of src in the window of `radius` around each pixel, which ends at the picture's border. Not in place. */
int gan_box_blur(const float *src, int w, int h, int radius, float *dst);

#endif
