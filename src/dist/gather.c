#include <string.h>

#include "dist/dist.h"

/* Either way between rank 0 and another. */
static int pass(gan_dist *d, int other, const char *out, char *in, size_t bytes)
{
    for (size_t done = 0; done < bytes; done += GAN_DIST_PART) {
        size_t n = bytes - done < GAN_DIST_PART ? bytes - done : GAN_DIST_PART;
        if (out ? gan_dist_send(d, other, GAN_TAG_GATHER, out + done, n)
                : gan_dist_receive(d, other, GAN_TAG_GATHER, in + done, n))
            return -1;
    }
    return 0;
}

int gan_dist_gather(gan_dist *d, const void *mine, size_t bytes, void *all)
{
    if (gan_dist_rank(d)) return pass(d, 0, mine, NULL, bytes);
    memcpy(all, mine, bytes);
    for (int r = 1; r < gan_dist_size(d); r++)
        if (pass(d, r, NULL, (char *)all + (size_t)r * bytes, bytes)) return -1;
    return 0;
}
