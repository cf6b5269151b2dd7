/* How many channels networks have follows from what the data are. */
#include "gan/config.h"

static const int planes[] = { [GAN_LAB] = 2, [GAN_YUV601] = 2, [GAN_YUV709] = 2, [GAN_HSV] = 2, [GAN_RGB] = 3 };
static const int seen[] = { [GAN_INPUT_GRAY] = 1, [GAN_INPUT_LINES] = 1, [GAN_INPUT_RGB] = 3 };

int gan_config_outputs(const gan_config *c)
{
    return planes[c->data.colour_space];
}

int gan_config_inputs(const gan_config *c)
{
    enum { MASK = 1 };
    return seen[c->data.input] + (c->data.hints ? gan_config_outputs(c) + MASK : 0);
}
