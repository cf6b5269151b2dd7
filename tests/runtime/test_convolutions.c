/* Convolutions of the plain C runtime against double loops, with the kernel of every CPU that this one can run. */
#include "runtime/gan_infer.c"

#include <criterion/criterion.h>

#include "gan/rng.h"
#include "runtime/whole.h"

struct sizes {
    int ic, oc, kernel[2], stride[2], pads[4], out_pad[2], h, w; /* y, x; top, left, bottom, right */
    int more[2];                                                 /* y, x: dilation less 1 */
};

static const struct sizes convolutions[] = {
    { 1, 8, { 4, 4 }, { 2, 2 }, { 1, 1, 1, 1 }, { 0 }, 16, 24, { 0 } },   /* a U-Net's first */
    { 8, 16, { 4, 4 }, { 2, 2 }, { 1, 1, 1, 1 }, { 0 }, 2, 2, { 0 } },    /* its innermost: most taps read padding */
    { 5, 70, { 4, 4 }, { 2, 2 }, { 1, 1, 1, 1 }, { 0 }, 24, 22, { 0 } },  /* groups that are not full */
    { 3, 3, { 1, 1 }, { 1, 1 }, { 0 }, { 0 }, 9, 33, { 0 } },             /* colours */
    { 3, 1, { 1, 1 }, { 1, 1 }, { 0 }, { 0 }, 1, 1, { 0 } },              /* a gray pixel */
    { 4, 2, { 7, 7 }, { 1, 1 }, { 0 }, { 0 }, 21, 23, { 0 } },            /* a ResNet's last */
    { 6, 16, { 3, 3 }, { 2, 2 }, { 1, 1, 1, 1 }, { 0 }, 15, 18, { 0 } },  /* odd sides, halved */
    { 300, 20, { 1, 1 }, { 1, 1 }, { 0 }, { 0 }, 5, 7, { 0 } },           /* a panel ends within a tap */
    { 7, 20, { 9, 5 }, { 1, 1 }, { 4, 2, 4, 2 }, { 0 }, 6, 5, { 0 } },    /* several; it is higher than x */
    { 2, 700, { 1, 2 }, { 1, 1 }, { 0, 1, 0, 0 }, { 0 }, 3, 4, { 0 } },   /* more channels than a task computes */
    { 3, 17, { 2, 3 }, { 3, 2 }, { 2, 0, 1, 3 }, { 0 }, 10, 11, { 0 } },  /* nothing is square */
    { 2, 12, { 3, 3 }, { 5, 5 }, { 0 }, { 0 }, 13, 13, { 0 } },           /* strides skip input */
    { 2, 4, { 3, 3 }, { 1, 1 }, { 60, 60, 60, 60 }, { 0 }, 1, 1, { 0 } }, /* most outputs see padding only */
    { 4, 9, { 3, 3 }, { 2, 2 }, { 0, 0, 1, 1 }, { 0 }, 8, 12, { 0 } },    /* padding as Keras has it */
    { 5, 6, { 3, 3 }, { 1, 1 }, { 2, 2, 2, 2 }, { 0 }, 9, 8, { 1, 1 } },  /* dilated */
    { 2, 3, { 3, 2 }, { 2, 1 }, { 1, 0, 4, 3 }, { 0 }, 7, 9, { 2, 3 } },  /* and nothing is square */
};

static const struct sizes deconvolutions[] = {
    { 8, 16, { 4, 4 }, { 2, 2 }, { 1, 1, 1, 1 }, { 0 }, 1, 1, { 0 } },     /* a U-Net's innermost */
    { 24, 40, { 4, 4 }, { 2, 2 }, { 1, 1, 1, 1 }, { 0 }, 12, 9, { 0 } },   /* one between */
    { 16, 2, { 4, 4 }, { 2, 2 }, { 1, 1, 1, 1 }, { 0 }, 16, 24, { 0 } },   /* its last */
    { 9, 18, { 3, 3 }, { 2, 2 }, { 1, 1, 1, 1 }, { 1, 1 }, 7, 10, { 0 } }, /* a ResNet's */
    { 3, 5, { 3, 3 }, { 1, 1 }, { 1, 1, 1, 1 }, { 0 }, 8, 8, { 0 } },      /* no stride */
    { 3, 5, { 2, 2 }, { 3, 3 }, { 0 }, { 0 }, 4, 5, { 0 } },               /* outputs that no input reaches */
    { 2, 16, { 5, 4 }, { 3, 2 }, { 2, 1, 0, 3 }, { 1, 0 }, 6, 7, { 0 } },  /* nothing is square */
    { 3, 600, { 4, 4 }, { 4, 4 }, { 0 }, { 3, 3 }, 2, 1, { 0 } },          /* many passes and channels */
};

enum { MOST = 1 << 17 };
static float x[MOST], weights[MOST], bias[MOST], y[MOST];
static double expected[MOST], size_of_sum[MOST];

static void fill(float *values, uint64_t step)
{
    gan_rng r = gan_rng_at(1, GAN_STREAM_TEST, step);
    for (uint64_t i = 0; i < MOST; i++) values[i] = (float)(2 * gan_rng_uniform(r, i) - 1);
}

static void begin_expected(const struct sizes *s, int h, int w, int biased)
{
    cr_assert(s->oc * h * w <= MOST && s->ic * s->h * s->w <= MOST &&
              s->ic * s->oc * s->kernel[0] * s->kernel[1] <= MOST);
    for (int i = 0; i < s->oc * h * w; i++) {
        expected[i] = biased ? (double)bias[i / (h * w)] : 0;
        size_of_sum[i] = fabs(expected[i]);
    }
}

/* Every product of a convolution: input (c, row, col) with element (ky, kx) of the kernel. In a plain convolution the input
 * is larger than the output by the stride, in a transposed one the other way round. */
static void multiply_all(const struct sizes *s, int transposed, int h, int w)
{
    int high = transposed ? s->h : h, wide = transposed ? s->w : w; /* of the smaller one */
    for (int o = 0; o < s->oc; o++)
        for (int c = 0; c < s->ic; c++)
            for (int row = 0; row < high; row++)
                for (int col = 0; col < wide; col++)
                    for (int k = 0; k < s->kernel[0] * s->kernel[1]; k++) {
                        int ky = k / s->kernel[1], kx = k % s->kernel[1], plane = s->kernel[0] * s->kernel[1];
                        int large_y = row * s->stride[0] + ky * (1 + s->more[0]) - s->pads[0],
                            large_x = col * s->stride[1] + kx * (1 + s->more[1]) - s->pads[1];
                        int out_y = transposed ? large_y : row, out_x = transposed ? large_x : col;
                        int in_y = transposed ? row : large_y, in_x = transposed ? col : large_x;
                        if (out_y < 0 || out_y >= h || out_x < 0 || out_x >= w) continue;
                        if (in_y < 0 || in_y >= s->h || in_x < 0 || in_x >= s->w) continue;
                        int pair = transposed ? c * s->oc + o : o * s->ic + c;
                        double product = (double)weights[pair * plane + k] * x[(c * s->h + in_y) * s->w + in_x];
                        expected[(o * h + out_y) * w + out_x] += product;
                        size_of_sum[(o * h + out_y) * w + out_x] += fabs(product);
                    }
}

static onnx_bytes make_file(const struct sizes *s, int transposed, int biased)
{
    onnx_bytes graph = { 0 };
    char line[256];
    int64_t dim[4] = { s->oc, s->ic, s->kernel[0], s->kernel[1] }, channels = s->oc;
    if (transposed) dim[0] = s->ic, dim[1] = s->oc;
    onnx_floats(&graph, "w", 4, dim, weights);
    if (biased) onnx_floats(&graph, "b", 1, &channels, bias);
    snprintf(line, sizeof line, "%s y x w %s kernel_shape=%d,%d strides=%d,%d pads=%d,%d,%d,%d",
             transposed ? "ConvTranspose" : "Conv", biased ? "b" : "", s->kernel[0], s->kernel[1], s->stride[0],
             s->stride[1], s->pads[0], s->pads[1], s->pads[2], s->pads[3]);
    if (transposed)
        snprintf(line + strlen(line), sizeof line - strlen(line), " output_padding=%d,%d", s->out_pad[0],
                 s->out_pad[1]);
    if (s->more[0] || s->more[1])
        snprintf(line + strlen(line), sizeof line - strlen(line), " dilations=%d,%d", 1 + s->more[0], 1 + s->more[1]);
    onnx_node(&graph, line);
    return onnx_model(&graph, s->ic);
}

static int output_side(const struct sizes *s, int axis, int transposed)
{
    int side = axis ? s->w : s->h, pads = s->pads[axis] + s->pads[axis + 2];
    if (transposed) return (side - 1) * s->stride[axis] - pads + s->kernel[axis] + s->out_pad[axis];
    return (side + pads - (s->kernel[axis] - 1) * (1 + s->more[axis]) - 1) / s->stride[axis] + 1;
}

static void check(const struct sizes *s, int transposed, int biased, const struct kernel *kernel)
{
    int h = output_side(s, 0, transposed), w = output_side(s, 1, transposed);
    onnx_bytes file = make_file(s, transposed, biased);
    gan_infer *m = open_whole(kernel, &file);
    begin_expected(s, h, w, biased);
    multiply_all(s, transposed, h, w);
    for (int i = 0; i < s->oc * h * w; i++) y[i] = NAN;
    struct shape out = run_whole(m, s->h, s->w, x, y, MOST);
    cr_assert(out.c == s->oc && out.h == h && out.w == w);
    for (int i = 0; i < s->oc * h * w; i++)
        cr_assert_leq(fabs(y[i] - expected[i]), 1e-6 * size_of_sum[i], "%d of %d to %d, rows of %d: %g, not %g", i,
                      s->ic, s->oc, kernel->rows, (double)y[i], expected[i]);
    gan_infer_close(m);
}

static void check_all(const struct kernel *kernel)
{
    fill(x, 0);
    fill(weights, 1);
    fill(bias, 2);
    for (int biased = 0; biased < 2; biased++) {
        for (size_t i = 0; i < sizeof convolutions / sizeof *convolutions; i++)
            check(&convolutions[i], 0, biased, kernel);
        for (size_t i = 0; i < sizeof deconvolutions / sizeof *deconvolutions; i++)
            check(&deconvolutions[i], 1, biased, kernel);
    }
}

Test(runtime_convolutions, equal_double_loops_with_the_best_kernel)
{
    check_all(choose_kernel());
}

Test(runtime_convolutions, equal_double_loops_with_the_kernel_of_any_cpu)
{
    check_all(&(struct kernel){ 2, kernel_any });
}

#if defined __GNUC__ && defined __x86_64__
Test(runtime_convolutions, equal_double_loops_with_the_kernel_of_avx2)
{
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) cr_skip_test("this CPU has no AVX2");
    check_all(&(struct kernel){ 6, kernel_avx2 });
}
#endif
