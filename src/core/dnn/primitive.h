/* oneDNN primitives as operations of a plan. */
#ifndef GAN_CORE_DNN_PRIMITIVE_H
#define GAN_CORE_DNN_PRIMITIVE_H

#include "core/build.h"

typedef struct gan_argument {
    int arg;           /* DNNL_ARG_... */
    gan_buf buf;       /* GAN_NONE: the primitive has no such argument */
    dnnl_query_t what; /* the primitive's own descriptor of it */
    int index;
} gan_argument;

/* Appends an operation that runs pd, which stays the caller's, on the arguments. */
gan_op *gan_primitive_op(gan_emit *e, const char *what, const_dnnl_primitive_desc_t pd, int n, const gan_argument *a);

#endif
