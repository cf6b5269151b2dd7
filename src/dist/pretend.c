#include <string.h>

#include "dist/dist.h"
#include "gan/error.h"

static int send_nothing(void *self, int to, int tag, const void *data, size_t bytes)
{
    (void)self, (void)to, (void)tag, (void)data, (void)bytes;
    return 0;
}

/* Other ranks' values are like those that are there already; small sums get zeros. */
static int receive_nothing(void *self, int from, int tag, void *data, size_t bytes)
{
    (void)self, (void)from;
    if (tag < GAN_TAG_RING) memset(data, 0, bytes);
    return 0;
}

static int done(void *self, int message)
{
    (void)self, (void)message;
    return 1;
}

gan_dist *gan_dist_pretend(int size)
{
    const gan_transport t = {
        .name = "nobody", .size = size, .send = send_nothing, .receive = receive_nothing, .test = done
    };
    GAN_ASSERT(size > 0);
    return gan_dist_new(&t);
}
