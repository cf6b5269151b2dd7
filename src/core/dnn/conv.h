/* One pass of a convolution or deconvolution, and how it may be computed. */
#ifndef GAN_CORE_DNN_CONV_H
#define GAN_CORE_DNN_CONV_H

#include "core/build.h"
#include "core/tune.h"

typedef struct gan_conv_site {
    gan_emit *e;
    const gan_node *nd;
    enum gan_conv_kind kind;
    gan_conv_desc d;
    gan_buf src, dst;                 /* or their diffs, as the pass has it */
    const_dnnl_primitive_desc_t hint; /* of the forward pass, for the others */
    int bias_done;                    /* BWD_WEIGHTS: set where the bias's gradient was computed too */
} gan_conv_site;

/* A primitive, and the layouts it wants. */
typedef struct gan_conv_choice {
    dnnl_primitive_desc_t pd;
    gan_md *src, *weights, *dst; /* owned */
} gan_conv_choice;

/* oneDNN's primitive for the pass: the one that `name` tells, as gan_conv_names has it, or with NULL the usual one. */
int gan_conv_choose(const gan_conv_site *s, const char *name, gan_conv_choice *c);
void gan_conv_choice_release(gan_conv_choice *c);

/* Appends the names of all primitives that oneDNN has for the pass, or of all but the usual one: the implementation, and
 * which sides it is to have in layouts of its own, "jit:avx2 src". */
void gan_conv_names(const gan_conv_site *s, int without_usual, gan_alternatives *list);

/* The pass as a primitive of oneDNN; name as above. */
int gan_conv_primitive(gan_conv_site *s, const char *name);

/* A buffer that a kernel may write in layout md: b itself, or a temporary one that *reorder says to copy to b. */
gan_buf gan_conv_writable(gan_emit *e, gan_buf b, gan_shape s, const gan_md *md, int *reorder);

#endif
