#include "cli/cli.h"
#include "gan/parallel.h"

int gan_load_config(const gan_arguments *a, const gan_texts *set, gan_config *c)
{
    if (gan_config_load(c, a->item[0], set->count, set->item)) return -1;
    if (!a->threads) gan_parallel_use((int)c->run.threads);
    return 0;
}

int gan_read_config(const gan_arguments *a, const gan_texts *set, gan_config *c)
{
    return gan_load_config(a, set, c) ? gan_failed() : -1;
}
