/* A plan from inside: buffers, operations, and what the facade uses to make them. */
#ifndef GAN_CORE_BUILD_H
#define GAN_CORE_BUILD_H

#include "core/dnn/back.h"
#include "core/emit.h"
#include "core/layer.h"
#include "core/tune.h"

enum buf_kind {
    BUF_ARENA,  /* in the plan's memory, placed by lifetime */
    BUF_VALUES, /* a parameter's values in the layout md: the master copy or a packed one */
    BUF_BLOCK   /* a parameter's place in a block: gradients, running statistics */
};

struct buf {
    enum buf_kind kind;
    gan_shape shape;
    int block;      /* channels per block of a tensor: 1, 8 or 16; 0: a layout of oneDNN's, or scratch */
    gan_md *md;     /* NULL: scratch */
    gan_buf parent; /* GAN_NONE, or the tensor of which this is the channels from c0 on */
    int c0;
    int param, pack; /* pack: GAN_NONE is the master copy */
    int rounded;     /* a copy in float whose values are those of bf16 */
    enum gan_block of;
    size_t bytes, offset;
    int first, last; /* operations between which it lives */
    int pinned;      /* lives to the end: an output, or an input's diff */
    float *data;     /* once bound */
};

/* A tensor as our own kernels see it: element (n, c, y, x) lies at
 * n * stride_n + (c / block) * h * w * block + (y * w + x) * block + c % block. */
typedef struct gan_tensor {
    float *data;
    gan_shape s;
    int block;
    size_t stride_n;
} gan_tensor;

enum { GAN_MAX_ARG = 9, GAN_LABEL_BYTES = 96, GAN_KERNEL_BYTES = 64 };

typedef struct gan_op {
    enum gan_pass pass;
    gan_id node; /* -1: none's */
    char label[GAN_LABEL_BYTES], layouts[96];
    char kernel[GAN_KERNEL_BYTES];
    double ratio; /* of a kernel that tuning chose: its time over the usual one's; 0: not tuned */
    int (*run)(const struct gan_op *op, gan_plan *p, gan_step_key key);
    void (*bind)(const struct gan_op *op, const gan_plan *p); /* NULL: nothing to do when memory is given */
    void (*release)(void *state);
    void *state; /* owned; freed by release, then gan_mem_free */
    gan_buf arg[GAN_MAX_ARG];
    int narg;
    double flop;
    int convolution;
} gan_op;

struct conversion { /* a tensor that exists in a second layout */
    gan_buf from, to;
};

struct gan_plan {
    const gan_graph *g;
    gan_params *w;
    gan_plan_opt o;
    int nodes;
    gan_shape *shape;                     /* of each node's dst */
    gan_id *tail;                         /* the activation that a node applies, or itself */
    gan_id *home;                         /* the concat in whose buffer a node's dst lies, or -1 */
    int *block;                           /* channels per block of each node's dst */
    int *live;                            /* an input, or an output that is wanted depends on the node */
    int *wants;                           /* the node's diff is wanted */
    gan_buf *dst, *diff, *stats;          /* stats: what a norm keeps for backward */
    gan_buf *plain, *plain_diff;          /* per output: what the caller reads and writes */
    gan_buf between;                      /* the caller's memory between the passes */
    gan_buf *grad;                        /* per parameter */
    gan_chosen (*chosen)[GAN_CONV_KINDS]; /* per node; NULL: not tuned */
    const gan_trial *trial;               /* NULL, but for a plan that tuning times */
    struct buf *buf;
    gan_op *op;
    int bufs, ops, fwd_ops;
    size_t bytes;
    char *mem;
    int owns_mem, poison;
    int alone; /* an operation is run by itself: pieces of gradients go nowhere */
};

struct gan_emit {
    gan_plan *p;
    gan_id self;
    enum gan_pass pass;
    struct conversion *conversion;
    int conversions;
    gan_buf add_from[GAN_MAX_SRC], add_to[GAN_MAX_SRC];
    int adds;
};

/* lower.c: which activations are absorbed, which tensors are placed inside a concat. */
int gan_lower(gan_plan *p);

/* unpack.c: for parameters of one copy, operations that make their values in other layouts. */
int gan_build_unpack(gan_emit *e);

/* arena.c: places the BUF_ARENA buffers by lifetime; sets p->bytes. */
int gan_arena_place(gan_plan *p);

/* How many channels a block of a tensor with c channels has: 16, 8 or 1. */
int gan_block_of(int c);
enum gan_tag gan_block_tag(int block);

/* 1 if the plan is to give output i of its graph. */
int gan_build_wants(const gan_plan *p, int i);

/* Buffers; GAN_NONE and a message when out of memory. */
gan_buf gan_build_tensor(gan_plan *p, gan_shape s, int block);
gan_buf gan_build_view(gan_plan *p, gan_buf parent, gan_shape s, int c0);
gan_buf gan_build_laid(gan_plan *p, gan_shape s, const gan_md *md); /* any layout; takes a copy of md */
gan_buf gan_build_scratch(gan_plan *p, size_t bytes);
gan_buf gan_build_values(gan_plan *p, int param, const gan_md *md); /* NULL: as it is; for vectors */
gan_buf gan_build_values_rounded(gan_plan *p, int param, const gan_md *md);
gan_buf gan_build_block(gan_plan *p, int param, enum gan_block of);

/* The gradient of a parameter, in its fixed layout; md (of this first use) fixes it if nothing has yet. */
gan_buf gan_build_grad(gan_emit *e, int param, const gan_md *md);

/* The tensor b in layout md: itself, or a converted copy, made once per layout. */
gan_buf gan_build_as(gan_emit *e, gan_buf b, const gan_md *md);

/* The same with its values rounded to those of bf16; always a copy. */
gan_buf gan_build_rounded(gan_emit *e, gan_buf b, const gan_md *md);

/* Appends an operation with these buffers; labels it "node.layer <what>". state is taken, also on failure. */
gan_op *gan_build_op(gan_emit *e, const char *what, int narg, const gan_buf *arg, void *state);

/* Appends dst = src in another layout. */
int gan_build_reorder(gan_emit *e, const char *what, gan_buf src, gan_buf dst);

const gan_md *gan_build_md(const gan_emit *e, gan_buf b);
gan_tensor gan_plan_tensor(const gan_plan *p, gan_buf b);
float *gan_plan_data(const gan_plan *p, gan_buf b);

#endif
