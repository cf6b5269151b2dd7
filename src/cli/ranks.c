#define _POSIX_C_SOURCE 200809L
#include "cli/ranks.h"

#include <stdlib.h>
#include <unistd.h>

#include "gan/recipes.h"
#ifdef GAN_HAS_MPI
#include "mpi/transport.h"
#endif

enum { UNKNOWN = -1, MOST = 1 << 20 };

/* Launchers tell what they have started by variables: those of Open MPI, MPICH's Hydra, Slurm, and PMIx, which does not
 * tell how many there are. */
static const struct launcher {
    const char *rank, *size;
} launchers[] = { { "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE" },
                  { "PMI_RANK", "PMI_SIZE" },
                  { "PMIX_RANK", "PMIX_SIZE" },
                  { "PMIX_RANK", NULL } };

/* Its number, from `least` on. */
static int number_in(const char *variable, int least)
{
    const char *value = variable ? getenv(variable) : NULL;
    char *end = NULL;
    long number = value ? strtol(value, &end, 10) : 0;
    if (!value || end == value || number < least) return UNKNOWN;
    return number < MOST ? (int)number : MOST;
}

/* NULL: no launcher has started this process. */
static const struct launcher *launcher(void)
{
    for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++) {
        const struct launcher *l = &launchers[i];
        int found = l->size ? number_in(l->size, 1) : number_in(l->rank, 0);
        if (found != UNKNOWN) return l;
    }
    return NULL;
}

/* A failure that every process of the launcher has by itself: the first one tells. When it ends, launchers end the others,
 * which must not be the first to go: that would end it before it has told. */
static int all_failed(const struct launcher *l)
{
    enum { PATIENCE_S = 5 };
    if (number_in(l->rank, 0) <= 0)
        gan_failed();
    else
        sleep(PATIENCE_S);
    return -1;
}

#ifdef GAN_HAS_MPI
/* The launcher of another MPI leaves each process alone in its world. */
static int check_world(const struct launcher *l, const gan_transport *t)
{
    int started = number_in(l->size, 1);
    if (started == UNKNOWN || started == t->size) return 0;
    return gan_error("one of %d processes, but %s sees %d: gan is linked with another MPI than the launcher's", started,
                     t->name, t->size);
}

static int join(const struct launcher *l, gan_dist **d)
{
    gan_transport t;
    if (gan_mpi_open(&t)) return gan_failed(), -1;
    if (check_world(l, &t)) {
        t.close(t.self);
        return all_failed(l);
    }
    gan_messages_of_rank(t.rank);
    *d = gan_dist_new(&t);
    if (*d) return 0;
    gan_failed();
    t.end(t.self, GAN_EXIT_FAILED); /* closing would wait for the others */
    return -1;
}
#else
static int join(const struct launcher *l, gan_dist **d)
{
    (void)d;
    gan_error("this is one of several processes that mpirun has started, but gan was built without MPI");
    return all_failed(l);
}
#endif

int gan_ranks_open(gan_dist **d)
{
    const struct launcher *l = launcher();
    *d = NULL;
    return l ? join(l, d) : 0;
}

int gan_ranks_load_config(const gan_arguments *a, const gan_texts *set, gan_dist *d, gan_config *c)
{
    return gan_dist_agree(d, gan_load_config(a, set, c) || !gan_recipe_find(c->train.recipe));
}

void gan_ranks_end(gan_dist *d)
{
    if (gan_dist_size(d) < 2 || gan_dist_agreed(d)) return;
    if (gan_dist_rank(d)) gan_error_in("rank %d", gan_dist_rank(d));
    gan_failed();
    gan_dist_end(d, GAN_EXIT_FAILED);
}

int gan_ranks_failed(gan_dist *d)
{
    gan_ranks_end(d);
    if (!gan_dist_rank(d)) gan_failed();
    gan_dist_free(d);
    return GAN_EXIT_FAILED;
}
