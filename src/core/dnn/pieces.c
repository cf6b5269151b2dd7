/* When a gradient of weights goes to whoever updates them in pieces (gan_grad_piece), and is never written. */
#include "core/dnn/kernel.h"
#include "core/dnn/layout.h"
#include "core/params.h"

int gan_kernel_in_pieces(const gan_emit *e, int param, const gan_md *md)
{
    const gan_plan *p = e->p;
    gan_blocking b;
    int64_t side = gan_layout_tiled(md);
    if (!p->o.piece || !p->o.ready || p->o.flags & GAN_GRAD_ADD || gan_params_has(p->w, GAN_GRADS)) return 0;
    if (!side || gan_md_blocking(md, &b) || !gan_md_equal(md, gan_params_md(p->w, param))) return 0;
    return b.strides[3] == side * side && b.strides[2] == b.dims[3] * b.strides[3] &&
           b.dims[2] * b.strides[2] <= GAN_PACK_GRAIN;
}
