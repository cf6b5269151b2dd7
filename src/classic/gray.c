/* No colours at all: what every other method has to beat. */
#include <string.h>

#include "classic/method.h"

static int colour(const void *common, const gan_gray *g, float *y)
{
    (void)common;
    memset(y, 0, 2 * (size_t)g->w * (size_t)g->h * sizeof *y);
    return 0;
}

const gan_method gan_method_gray = {
    .info = { "gray", "no colours at all: the floor under every other method", 0 },
    .colour = colour,
};
