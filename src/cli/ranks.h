/* The program as one of many ranks. */
#ifndef GAN_CLI_RANKS_H
#define GAN_CLI_RANKS_H

#include "cli/cli.h"
#include "gan/dist.h"

/* Joins the ranks if a launcher of MPI has started this process together with others; *d is NULL if none has, and then
 * MPI is not touched. -1: it was printed what is wrong. Owned, gan_dist_free. */
int gan_ranks_open(gan_dist **d);

/* gan_load_config in all ranks, whose recipe is then known to exist: 0 or -1 in all. */
int gan_ranks_load_config(const gan_arguments *a, const gan_texts *set, gan_dist *d, gan_config *c);

/* After a failure that the other ranks do not know of: prints the message and ends them all, this one too. Messages may
 * be under way, so it comes before their memory is freed. Otherwise it does nothing. */
void gan_ranks_end(gan_dist *d);

/* The exit code of a command after a failure: prints the message once, and ends the ranks that do not know. Takes d. */
int gan_ranks_failed(gan_dist *d);

#endif
