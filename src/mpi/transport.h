/* Messages by MPI: the only module that sees it. It belongs to the program; the library does without MPI. */
#ifndef GAN_MPI_TRANSPORT_H
#define GAN_MPI_TRANSPORT_H

#include "gan/dist.h"

/* Starts MPI. The transport's close ends it. */
int gan_mpi_open(gan_transport *t);

#endif
