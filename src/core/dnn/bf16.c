/* What a plan that emulates bf16 adds to one in float: operands of convolutions rounded. */
#include "core/dnn/bf16.h"

#include <oneapi/dnnl/dnnl.h>

#include "base/simd.h"
#include "core/dnn/dnn.h"
#include "core/dnn/kernel.h"
#include "gan/error.h"
#include "gan/parallel.h"

enum { GRAIN = 4096 /* floats */ };

struct rounding {
    const float *src;
    float *dst;
};

GAN_SIMD static void round_range(void *ctx, size_t begin, size_t end)
{
    const struct rounding *r = ctx;
    for (size_t i = begin; i < end; i++) r->dst[i] = gan_bf16(r->src[i]);
}

void gan_bf16_round(const float *src, float *dst, size_t n)
{
    gan_parallel_range(n, GRAIN, round_range, &(struct rounding){ src, dst });
}

static int run_round(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct buf *src = &p->buf[op->arg[0]];
    gan_bf16_round(src->data, p->buf[op->arg[1]].data, src->bytes / sizeof *src->data);
    return 0;
}

int gan_kernel_round(gan_emit *e, gan_buf src, gan_buf dst)
{
    gan_op *op = gan_build_op(e, "round", 2, (gan_buf[]){ src, dst }, NULL);
    if (op) op->run = run_round;
    return op ? 0 : -1;
}

static int is_native(void)
{
    return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
}

int gan_dnn_check_math(enum gan_math math)
{
    if (math != GAN_MATH_BF16 || is_native()) return 0;
    return gan_error("math = bf16 would be slower than f32, since this processor, or ONEDNN_MAX_CPU_ISA, has no bf16 "
                     "arithmetic; bf16_emulated rounds alike, to see what it does to quality");
}
