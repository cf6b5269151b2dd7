#include "cli/ranks.h"

#include <stdlib.h>

#include "cli/cli.h"
#include "gan/error.h"
#ifdef GAN_HAS_MPI
#include "mpi/transport.h"
#endif

/* How many processes the launcher has started: variables of Open MPI, MPICH's Hydra and Slurm's PMI. 0: none has. */
static int launched(void)
{
    static const char *const names[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_SIZE" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        long count = value ? strtol(value, NULL, 10) : 0;
        if (count > 0) return count < 1 << 20 ? (int)count : 1 << 20;
    }
    return getenv("PMIX_RANK") ? 1 : 0; /* a launcher that does not tell how many */
}

int gan_ranks_open(gan_dist **d)
{
    *d = NULL;
    if (!launched()) return 0;
#ifdef GAN_HAS_MPI
    gan_transport t;
    if (gan_mpi_open(&t)) return -1;
    *d = gan_dist_new(&t);
    if (*d) return 0;
    gan_failed();
    t.end(t.self, GAN_EXIT_FAILED); /* closing would wait for the others */
    return -1;
#else
    return gan_error("this is one of %d processes that mpirun has started, but gan was built without MPI", launched());
#endif
}

int gan_ranks_failed(gan_dist *d)
{
    if (gan_dist_size(d) > 1 && !gan_dist_agreed(d)) {
        if (gan_dist_rank(d)) gan_error_in("rank %d", gan_dist_rank(d));
        gan_failed();
        gan_dist_end(d, GAN_EXIT_FAILED);
    } else if (!gan_dist_rank(d)) {
        gan_failed();
    }
    gan_dist_free(d);
    return GAN_EXIT_FAILED;
}
