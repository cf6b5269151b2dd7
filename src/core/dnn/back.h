/* What differs between oneDNN 2.x and 3.x, behind one set of functions: memory descriptors and primitive descriptors.
 * back2.c and back3.c implement it; the build compiles the one that fits. Everything returns 0 or -1, or NULL, with a
 * message. */
#ifndef GAN_CORE_DNN_BACK_H
#define GAN_CORE_DNN_BACK_H

#include <oneapi/dnnl/dnnl.h>
#include <stddef.h>
#include <stdint.h>

#include "core/emit.h"

typedef struct gan_md gan_md; /* a memory descriptor; owned, gan_md_free */

enum gan_tag {
    GAN_TAG_ANY,
    GAN_TAG_PLAIN,
    GAN_TAG_SWAPPED,
    GAN_TAG_BLOCK8,
    GAN_TAG_BLOCK16,
    GAN_TAG_DST_LANES8, /* weights in tiles of 8 x 8 channels, neighbours are of dst */
    GAN_TAG_DST_LANES16,
    GAN_TAG_SRC_LANES8, /* or of src */
    GAN_TAG_SRC_LANES16
};

enum { GAN_BLOCKING_DIMS = 4, GAN_BLOCKING_INNER = 4 };
typedef struct gan_blocking { /* strides in elements of the outer blocks, then the inner blocks from outside in */
    int ndims, inner;
    int64_t dims[GAN_BLOCKING_DIMS], padded[GAN_BLOCKING_DIMS], strides[GAN_BLOCKING_DIMS];
    int64_t inner_size[GAN_BLOCKING_INNER];
    int inner_dim[GAN_BLOCKING_INNER];
} gan_blocking;

gan_md *gan_md_new(int ndims, const int64_t *dims, enum gan_tag tag); /* f32 */
gan_md *gan_md_new_bf16(int ndims, const int64_t *dims, enum gan_tag tag);
int gan_md_is_bf16(const gan_md *md);
gan_md *gan_md_clone(const gan_md *md);
gan_md *gan_md_swap(const gan_md *md); /* the same memory with its first two of four dimensions exchanged */
void gan_md_free(gan_md *md);
int gan_md_equal(const gan_md *a, const gan_md *b);
size_t gan_md_bytes(const gan_md *md);
int gan_md_blocking(const gan_md *md, gan_blocking *out); /* -1: not a plain blocked layout */

enum gan_conv_kind { GAN_CONV_FWD, GAN_CONV_BWD_DATA, GAN_CONV_BWD_WEIGHTS };
typedef struct gan_conv_desc { /* a convolution, or with transposed a deconvolution */
    int transposed, bias;
    gan_shape src, dst;
    int k, stride, pad, dilation;
    gan_act act; /* GAN_CONV_FWD only */
} gan_conv_desc;

/* The first implementation that is not a reference one, or else the first (*reference is 1 then). hint is the forward
 * primitive's descriptor, for the backward kinds. src, weights, dst: layouts, any of them GAN_TAG_ANY. */
dnnl_primitive_desc_t gan_back_conv(enum gan_conv_kind kind, const gan_conv_desc *d, const gan_md *src,
                                    const gan_md *weights, const gan_md *dst, const_dnnl_primitive_desc_t hint,
                                    int *reference);

/* Walks the implementations, in oneDNN's order: the first that is wanted; NULL if none is. */
typedef int gan_back_wanted(void *ctx, const_dnnl_primitive_desc_t pd);
dnnl_primitive_desc_t gan_back_conv_find(enum gan_conv_kind kind, const gan_conv_desc *d, const gan_md *src,
                                         const gan_md *weights, const gan_md *dst, const_dnnl_primitive_desc_t hint,
                                         gan_back_wanted *wanted, void *ctx);
const char *gan_back_name(const_dnnl_primitive_desc_t pd); /* of the implementation; lives as long as pd */
dnnl_primitive_desc_t gan_back_reorder(const gan_md *src, const gan_md *dst);

gan_md *gan_back_query(const_dnnl_primitive_desc_t pd, dnnl_query_t what, int index);
dnnl_memory_t gan_back_memory(const gan_md *md); /* without data */

dnnl_engine_t gan_back_engine(void); /* made at the first use; NULL and a message if that fails */
dnnl_stream_t gan_back_stream(void); /* the thread's own; freed when it ends; NULL and a message if it cannot be made */

/* Shared by the two back files. */
typedef struct gan_back_geometry {
    dnnl_dims_t stride, dilation, near_pad, far_pad;
    gan_md *bias; /* owned, gan_md_free; NULL without bias */
} gan_back_geometry;
int gan_back_geometry_init(gan_back_geometry *g, const gan_conv_desc *d);
dnnl_format_tag_t gan_back_tag(int ndims, enum gan_tag tag);
dnnl_status_t gan_back_attributes(dnnl_primitive_attr_t *attr, gan_act act); /* scratchpad of the caller's */

/* The first implementation that is wanted (*found is 1 then), or else the first of all; NULL if there is none. */
dnnl_primitive_desc_t gan_back_conv_walk(enum gan_conv_kind kind, const gan_conv_desc *d, const gan_md *src,
                                         const gan_md *weights, const gan_md *dst, const_dnnl_primitive_desc_t hint,
                                         gan_back_wanted *wanted, void *ctx, int *found);
dnnl_status_t gan_back_append(dnnl_post_ops_t ops, dnnl_alg_kind_t alg, float alpha);
int gan_back_is_reference(const_dnnl_primitive_desc_t pd);
int gan_back_error(const char *what, dnnl_status_t status); /* -1, with oneDNN's reason in words */

#endif
