/* Messages by MPI. Only the main thread calls it. */
#include "mpi/transport.h"

#include <mpi.h>

#include "gan/error.h"
#include "gan/mem.h"

struct message { /* a free one's request is MPI_REQUEST_NULL */
    MPI_Request request;
    int expected; /* bytes of one that is received; -1: it is sent */
};

struct mail { /* messages under way by number */
    struct message *message;
    int count, first_free; /* no number below first_free is free */
};

static int failed(const char *what, int code)
{
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;
    MPI_Error_string(code, text, &length);
    return gan_error("MPI: %s: %.*s", what, length, text);
}

static int number_for(struct mail *m)
{
    for (; m->first_free < m->count; m->first_free++)
        if (m->message[m->first_free].request == MPI_REQUEST_NULL) return m->first_free;
    int more = m->count ? 2 * m->count : 64;
    struct message *message = gan_mem_resize(m->message, (size_t)more, sizeof *message);
    if (!message) return -1;
    m->message = message;
    for (; m->count < more; m->count++) m->message[m->count] = (struct message){ MPI_REQUEST_NULL, -1 };
    return m->first_free;
}

static int send_to(void *self, int to, int tag, const void *data, size_t bytes)
{
    struct mail *m = self;
    int number = number_for(m);
    if (number < 0) return -1;
    m->message[number].expected = -1;
    int code = MPI_Isend(data, (int)bytes, MPI_BYTE, to, tag, MPI_COMM_WORLD, &m->message[number].request);
    return code ? failed("sending", code) : number;
}

static int receive_from(void *self, int from, int tag, void *data, size_t bytes)
{
    struct mail *m = self;
    int number = number_for(m);
    if (number < 0) return -1;
    m->message[number].expected = (int)bytes;
    int code = MPI_Irecv(data, (int)bytes, MPI_BYTE, from, tag, MPI_COMM_WORLD, &m->message[number].request);
    return code ? failed("receiving", code) : number;
}

/* MPI itself complains of longer messages only. */
static int check_length(const struct message *message, const MPI_Status *status)
{
    int bytes = 0;
    if (message->expected < 0) return 0;
    int code = MPI_Get_count(status, MPI_BYTE, &bytes);
    if (code) return failed("receiving", code);
    if (bytes == message->expected) return 0;
    return gan_error("MPI: rank %d has sent %d bytes, not %d: it does something else", status->MPI_SOURCE, bytes,
                     message->expected);
}

static int test(void *self, int number)
{
    struct mail *m = self;
    MPI_Status status;
    int done = 0, code = MPI_Test(&m->message[number].request, &done, &status);
    if (code) return failed("exchanging", code);
    if (!done) return 0;
    if (number < m->first_free) m->first_free = number;
    return check_length(&m->message[number], &status) ? -1 : 1;
}

static void close_mail(void *self)
{
    struct mail *m = self;
    MPI_Finalize();
    gan_mem_free(m->message);
    gan_mem_free(m);
}

static void end_all(void *self, int code)
{
    (void)self;
    MPI_Abort(MPI_COMM_WORLD, code);
}

int gan_mpi_open(gan_transport *t)
{
    int provided;
    struct mail *m = gan_mem_alloc(1, sizeof *m);
    if (!m) return -1;
    *t = (gan_transport){ .name = "MPI",
                          .self = m,
                          .send = send_to,
                          .receive = receive_from,
                          .test = test,
                          .close = close_mail,
                          .end = end_all };
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided)) {
        gan_mem_free(m);
        return gan_error("MPI does not start");
    }
    if (provided < MPI_THREAD_FUNNELED) {
        close_mail(m);
        return gan_error("this MPI does not allow threads");
    }
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &t->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &t->size);
    return 0;
}
