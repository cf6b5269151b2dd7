/* The program as one of many ranks. */
#ifndef GAN_CLI_RANKS_H
#define GAN_CLI_RANKS_H

#include "gan/dist.h"

/* Joins the ranks if a launcher of MPI has started this process together with others; *d is NULL if none has, and then
 * MPI is not touched. Owned, gan_dist_free. */
int gan_ranks_open(gan_dist **d);

/* The exit code of a command after a failure: prints the message once, and ends the ranks that do not know. Takes d. */
int gan_ranks_failed(gan_dist *d);

#endif
