#include <string.h>

#include "dist/dist.h"
#include "gan/mem.h"

int gan_dist_broadcast_text(gan_dist *d, char **text)
{
    uint64_t bytes = *text ? strlen(*text) + 1 : 0;
    if (gan_dist_size(d) < 2) return 0;
    if (gan_dist_broadcast(d, &bytes, sizeof bytes)) return -1;
    if (gan_dist_rank(d)) *text = bytes ? gan_mem_alloc(bytes, 1) : NULL;
    if (gan_dist_agree(d, bytes && !*text)) return -1;
    return gan_dist_broadcast(d, *text, bytes);
}
