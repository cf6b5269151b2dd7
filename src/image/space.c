#include "gan/space.h"

#include "gan/colour.h"
#include "gan/error.h"
#include "image/spaces.h"

static const gan_space *const all[] = { [GAN_LAB] = &gan_space_lab,
                                        [GAN_YUV601] = &gan_space_yuv601,
                                        [GAN_YUV709] = &gan_space_yuv709,
                                        [GAN_HSV] = &gan_space_hsv,
                                        [GAN_RGB] = &gan_space_rgb };

const gan_space *gan_space_of(enum gan_colour_space s)
{
    GAN_ASSERT((size_t)s < sizeof all / sizeof *all);
    return all[s];
}

void gan_space_relight(const float *x, size_t n, uint8_t *rgb)
{
    enum { BLOCK = 256 };
    float y[2 * BLOCK];
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t count = n - at < BLOCK ? n - at : BLOCK;
        gan_lab_normalise(rgb + 3 * at, count, NULL, y);
        gan_lab_restore(x + at, y, count, rgb + 3 * at);
    }
}
